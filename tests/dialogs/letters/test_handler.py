"""Letters: everything at once opens the ticket, gaps are asked for in one letter, nothing is lost, automata rest."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from channels.contract import FileRef, Letter, Unsupported
from dialogs.effects import (
    AddToTicket,
    CallDispatcher,
    ChangeStatus,
    CountThrottled,
    OpenTicket,
    UpdateTicket,
    WantAnnouncements,
)
from dialogs.world import Known
from tests.dialogs.talk import Talk, fresh_world
from tickets.lifecycle.types import Status

FULL = "Добрый день. По адресу Садовая 5, кв. 17 второй день холодные батареи. Анна, 8 903 123-45-67"


def mailbox(**known: Any) -> Talk:
    return Talk(world=fresh_world(letters=True, known=Known(**known)))


def write(talk: Talk, text: str, subject: str = "", ticket: str = "", files: int = 0) -> str:
    stored = tuple(FileRef(remote_id=f"stored-{number}") for number in range(files))
    return talk.event(Letter(text=text, subject=subject, ticket=ticket, files=stored))


def orders(talk: Talk) -> list[OpenTicket]:
    return talk.effects(OpenTicket)


def test_a_letter_with_everything_opens_the_ticket_at_once() -> None:
    talk = mailbox()
    reply = write(talk, FULL, "Нет отопления", files=2)
    (order,) = orders(talk)
    assert (order.apartment, order.phone, order.files) == ("17", "+79031234567", ("stored-0", "stored-1"))
    assert order.house_id
    assert "Заявка № 26-000001 принята" in reply
    assert reply.startswith("Здравствуйте")
    assert "С уважением" in reply
    assert talk.labels == []


def test_a_signature_tells_whom_to_call() -> None:
    talk = mailbox()
    signature = "С уважением,\nПетрова Анна\nтел. 8 903 123-45-67"
    talk.event(Letter(text="Садовая 5, кв. 17, холодные батареи", subject="Отопление", signature=signature))
    (order,) = orders(talk)
    assert (order.phone, order.name) == ("+79031234567", "Анна Петрова")
    assert "Петрова" not in order.text


def test_an_emergency_by_letter_takes_the_signature_too() -> None:
    talk = mailbox()
    talk.event(Letter(text="Пахнет газом! Садовая 5, кв. 17", signature="Анна, 8 903 123-45-67"))
    (order,) = orders(talk)
    assert (order.phone, order.name) == ("+79031234567", "Анна")


def test_a_forwarded_mail_is_kept_whole_and_understood_without_its_head() -> None:
    talk = mailbox()
    text = "От: ЖЭК, Лесная 3, кв. 1\nУ нас на Садовой 5, кв. 17 холодные батареи, 8 903 123-45-67"
    talk.event(Letter(text=text, said=text.partition("\n")[2], subject="Fwd: тепло"))
    (order,) = orders(talk)
    assert (order.apartment, order.text) == ("17", text)


def test_gaps_are_asked_for_in_one_letter_and_its_answer_opens_the_ticket() -> None:
    talk = mailbox()
    reply = write(talk, "У нас не горит свет в подъезде")
    assert "адреса" in reply
    assert "телефона" in reply
    assert orders(talk) == []
    reply = write(talk, "Садовая 5, 89031234567", "Re: обращение")
    (order,) = orders(talk)
    assert order.phone == "+79031234567"
    assert "свет" in order.text
    assert "26-000001" in reply


def test_a_second_letter_that_leaves_gaps_opens_the_ticket_as_it_is() -> None:
    talk = mailbox()
    write(talk, "Холодные батареи")
    write(talk, "Неведомая улица 999, сделайте что-нибудь")
    (order,) = orders(talk)
    assert order.house_id == 0
    assert "Неведомая" in order.address_text
    assert [call.reason for call in talk.effects(CallDispatcher)] == ["address_unknown"]


def test_an_unanswered_gap_becomes_a_ticket_after_the_wait() -> None:
    talk = mailbox()
    write(talk, "Холодные батареи")
    talk.later(hours=3).fire("draft_reminder")
    (order,) = orders(talk)
    assert "батареи" in order.text
    talk.later(hours=24).fire("draft_close")
    assert len(orders(talk)) == 1


def test_an_emergency_gets_the_safety_text_first_and_one_letter_for_all_gaps() -> None:
    talk = mailbox()
    reply = write(talk, "В квартире сильно пахнет газом!", "СРОЧНО")
    assert reply.startswith("⚠️")
    assert "адреса" in reply
    assert len(orders(talk)) == 1
    write(talk, "Садовая 5 кв 17, тел 89031234567", "Re: СРОЧНО")
    (update,) = talk.effects(UpdateTicket)
    assert update.house_id
    assert update.phone == "+79031234567"
    assert len(orders(talk)) == 1


def test_an_answer_about_a_ticket_goes_into_it_with_one_receipt_an_hour() -> None:
    talk = mailbox(notified=True)
    write(talk, FULL)
    assert "добавил к заявке № 26-000001" in write(talk, "Ещё и на кухне холодно", "Re:", "26-000001", files=1)
    assert write(talk, "И в ванной тоже", "Re:", "26-000001") == ""
    added = talk.effects(AddToTicket)
    assert [one.text for one in added if one.text] == ["Ещё и на кухне холодно", "И в ванной тоже"]
    assert [one.file for one in added if one.file] == ["stored-0"]
    assert len(orders(talk)) == 1


def test_someone_elses_number_opens_no_door() -> None:
    talk = mailbox(notified=True)
    write(talk, FULL, "Re: [№ 26-000777]", "26-000777")
    assert talk.effects(AddToTicket) == []
    assert len(orders(talk)) == 1


def test_solved_and_not_solved_are_words_of_a_reply() -> None:
    talk = mailbox(notified=True)
    write(talk, FULL)
    assert "«решена» или «не решена»" in talk.change(Status.DONE)
    assert "закрыта" in write(talk, "решена", "Re:", "26-000001")
    assert [one.status for one in talk.effects(ChangeStatus)] == [Status.CLOSED]


def test_not_solved_asks_why_and_reopens() -> None:
    talk = mailbox(notified=True)
    write(talk, FULL)
    talk.change(Status.DONE)
    assert "Что осталось не так" in write(talk, "Не решена", "Re:", "26-000001")
    write(talk, "Батарея всё ещё холодная", "Re:", "26-000001")
    (change,) = talk.effects(ChangeStatus)
    assert (change.status, change.reason) == (Status.REOPENED, "Батарея всё ещё холодная")


def test_a_question_gets_its_answer_and_no_ticket() -> None:
    talk = mailbox()
    assert "показани" in write(talk, "Когда передавать показания счётчиков?").lower()
    assert orders(talk) == []


def test_what_nobody_understands_goes_to_a_dispatcher() -> None:
    talk = mailbox()
    assert "передал диспетчеру" in write(talk, "Прошу рассмотреть коммерческое предложение о партнёрстве")
    assert talk.effects(CallDispatcher)


def test_thanks_and_repeats_are_not_answered() -> None:
    talk = mailbox(notified=True)
    assert write(talk, "Спасибо!") == ""
    assert write(talk, "Ваше обращение принято. Садовая 5")
    assert write(talk, "Ваше обращение принято. Садовая 5") == ""
    assert talk.effects(CountThrottled)


def test_stop_ends_announcements_and_only_those() -> None:
    talk = mailbox(notified=True)
    assert "объявления больше не присылаю" in write(talk, "Стоп", "Стоп")
    assert [one.wanted for one in talk.effects(WantAnnouncements)] == [False]
    assert "буду присылать объявления" in write(talk, "Подписаться")
    assert [one.wanted for one in talk.effects(WantAnnouncements)] == [False, True]


def test_the_same_words_days_later_are_a_new_letter() -> None:
    talk = mailbox(notified=True)
    write(talk, FULL)
    assert write(talk, FULL) == ""
    assert "26-000002" in write(talk.later(days=4), FULL)
    assert len(orders(talk)) == 2


def test_files_of_a_reply_in_one_word_are_kept() -> None:
    talk = mailbox(notified=True)
    write(talk, FULL)
    talk.change(Status.DONE)
    write(talk, "Не решена", "Re:", "26-000001")
    write(talk, "Батарея всё ещё холодная", "Re:", "26-000001", files=2)
    assert [one.file for one in talk.effects(AddToTicket) if one.file] == ["stored-0", "stored-1"]


def test_an_automaton_with_new_words_each_time_gets_one_letter_an_hour() -> None:
    talk = mailbox(notified=True)
    replies = [write(talk, f"Ticket {number} has been created") for number in range(4711, 4716)]
    assert [bool(reply) for reply in replies] == [True, False, False, False, False]
    assert len(talk.effects(CallDispatcher)) == 5


def test_news_by_letter_stay_news() -> None:
    talk = mailbox(notified=True)
    write(talk, FULL)
    talk.change(Status.IN_PROGRESS)
    assert {say.priority for say in talk.says} == {3}


def test_the_notice_comes_once() -> None:
    talk = mailbox()
    assert "нужны только для работы" in write(talk, FULL)
    assert "нужны только для работы" not in write(talk, "Когда передавать показания?")


def test_a_known_address_is_taken_and_named() -> None:
    talk = mailbox(notified=True)
    write(talk, FULL)
    house = orders(talk)[0].house_id
    reply = write(talk, "Течёт кран на кухне")
    assert orders(talk)[1].house_id == house
    assert "из прошлого обращения" in reply


def test_a_letter_too_big_to_read_is_answered() -> None:
    assert "слишком большой" in mailbox().event(Unsupported("too_big"))


WORDS = st.sampled_from(
    ["решена", "не решена", "да", "нет", "спасибо", "отмена", "диспетчер", "мои заявки", FULL, "пахнет газом", "?", ""]
) | st.text(max_size=40)
LETTERS = st.builds(
    Letter,
    text=WORDS,
    subject=st.sampled_from(["", "Re: заявка", "Батареи"]) | st.text(max_size=20),
    ticket=st.sampled_from(["", "26-000001", "26-999999"]),
    files=st.sampled_from([(), (FileRef(remote_id="a"),)]),
)
NEWS = st.sampled_from([*Status, "draft_reminder", "draft_close"])


@settings(max_examples=150, deadline=None)
@given(st.lists(LETTERS | NEWS, max_size=10))
def test_any_letters_are_taken_and_no_letter_has_buttons(actions: list[object]) -> None:
    talk = mailbox()
    for action in actions:
        match action:
            case Status():
                if talk.world.tickets:
                    talk.change(action)
            case str(kind):
                talk.later(hours=3).fire(kind)  # type: ignore[arg-type]  # a kind of timer
            case _:
                before = len(talk.did)
                talk.event(action)  # type: ignore[arg-type]  # a letter
                assert talk.said or len(talk.did) > before or "пасибо" in str(action), action
        assert talk.labels == []
        assert all(said.strip() for said in talk.said)
