"""My tickets, news of them, the planned term, visits, «Проблема решена?»."""

from __future__ import annotations

from dataclasses import replace

import pytest

from channels.contract import Location, Press, Unsupported
from dialogs.effects import AddToTicket, ChangeStatus, TermTold
from dialogs.events import HandoverChanged, TicketChanged
from dialogs.session import State
from tests.dialogs.talk import NOON, Talk, neighbour, with_ticket
from tickets.lifecycle.types import Status

HOUR_MS = 3_600_000
NOON_MS = int(NOON.timestamp() * 1000)


def test_without_tickets_it_says_so() -> None:
    assert "пока нет" in Talk().write("мои заявки")


def test_one_ticket_is_shown_at_once() -> None:
    talk = with_ticket()
    card = talk.write("что с моей заявкой?")
    for told in ("№ 26-000001", "Лифт не работает", "ул. Садовая, д. 5", "Статус: принята", "Срок: 25 ноября, 12:00"):
        assert told in card
    assert {"Дополнить заявку", "Отменить заявку"} <= set(talk.labels)


def test_several_are_offered_as_buttons_and_found_by_number() -> None:
    talk = with_ticket()
    talk.write("Домофон не работает", "да", "да", "нет", "да")
    assert "У вас 2 заявки" in talk.write("мои заявки")
    assert "Лифт не работает" in talk.press("№ 26-000001")
    assert "омофон" in talk.write("а по 26-000002 что?")


def test_words_and_photos_are_added_to_an_open_ticket() -> None:
    talk = with_ticket()
    assert "Напишите, что добавить" in talk.press("Дополнить заявку")
    assert "Стикеры" in talk.event(Unsupported("sticker"))
    assert "Фото добавил" in talk.photo("lift.jpg", "вот дверь")
    assert "Добавил к заявке" in talk.write("дверь скрипит на втором этаже")
    photo, words = talk.effects(AddToTicket)
    assert (photo.file, photo.text, words.text) == ("lift.jpg", "вот дверь", "дверь скрипит на втором этаже")
    talk.press("Дополнить заявку")
    talk.event(Location(54.3, 48.4))
    assert talk.effects(AddToTicket)[-1].text == "54.30000, 48.40000"


def test_a_photo_that_comes_by_itself_asks_which_ticket_it_belongs_to() -> None:
    talk = with_ticket()
    assert "К какой заявке" in talk.photo("a.jpg")
    talk.photo("b.jpg", "с другой стороны")
    talk.press("№ 26-000001")
    added = talk.effects(AddToTicket)
    assert [one.file for one in added if one.file] == ["a.jpg", "b.jpg"]
    assert added[0].text == "с другой стороны"


def test_or_it_begins_a_new_report() -> None:
    talk = with_ticket()
    talk.photo("a.jpg")
    assert "По какому адресу" in talk.press("Новая заявка")
    assert talk.session.draft.files == ("a.jpg",)


def test_a_ticket_is_cancelled_after_a_yes() -> None:
    talk = with_ticket()
    talk.write("мои заявки")
    talk.press("Отменить заявку")
    assert "ничего не отменяю" in talk.press("Нет, оставить")
    talk.write("мои заявки")
    talk.press("Отменить заявку")
    assert "отменена" in talk.write("да")
    assert [one.status for one in talk.effects(ChangeStatus)] == [Status.CANCELLED]


def test_a_ticket_can_be_cancelled_in_words() -> None:
    talk = with_ticket()
    assert "Отменить заявку № 26-000001?" in talk.write("отменить заявку")
    assert "отменена" in talk.press("Да, отменить")
    assert "пока нет" in Talk().write("отмените заявку")


def test_the_status_is_asked_in_words() -> None:
    assert "Статус: принята" in with_ticket().write("какой статус моей заявки?")


def test_what_the_status_no_longer_allows_shows_the_card() -> None:
    talk = with_ticket()
    button = talk.button("Дополнить заявку")
    talk.change(Status.CLOSED)
    said = talk.event(Press(button.value))
    assert "уже не действует" in said
    assert "Статус: закрыта" in said


@pytest.mark.parametrize(
    ("status", "fields", "told"),
    [
        (Status.ASSIGNED, {"executor": "Лифтсервис"}, "назначен исполнитель: Лифтсервис. Срок: 25 ноября, 12:00"),
        (Status.IN_PROGRESS, {}, "начали работу. Срок: 25 ноября, 12:00"),
        (Status.WAITING, {"reason": "ждём деталь"}, "приостановлена. Причина: ждём деталь"),
        (Status.DONE, {}, "№ 26-000001 «Лифт не работает» выполнена"),
        (Status.CLOSED, {}, "закрыта"),
        (Status.CANCELLED, {"reason": "не наш дом"}, "отменена. Причина: не наш дом"),
        (Status.REOPENED, {}, "снова в работе. Новый срок: 25 ноября, 12:00"),
    ],
)
def test_every_change_of_status_is_told(status: Status, fields: dict[str, str], told: str) -> None:
    talk = with_ticket()
    said = talk.change(status, **fields)
    assert told in said
    assert "№ 26-000001" in said
    assert talk.says[0].priority == 3
    assert bool(talk.effects(TermTold)) == ("рок: " in said)


def test_other_news_are_told_too() -> None:
    talk = with_ticket()
    ticket = replace(talk.world.tickets[0], visit_ms=NOON_MS + HOUR_MS, executor="Пётр")
    visit = talk.event(TicketChanged(ticket=ticket, kind="visit"))
    assert "назначен визит: 24 ноября, 13:00. Придёт Пётр." in visit
    comment = talk.event(TicketChanged(ticket=ticket, kind="comment", comment="Едем", actor_name="Ирина"))
    assert "№ 26-000001, Ирина: Едем" in comment
    assert "Новый срок" in talk.event(TicketChanged(ticket=ticket, kind="term"))


def test_done_asks_and_yes_closes() -> None:
    talk = with_ticket()
    assert "Проблема решена?" in talk.change(Status.DONE, comment="заменили плату")
    assert "заменили плату" in talk.text
    assert "закрыта" in talk.write("да")
    assert [one.status for one in talk.effects(ChangeStatus)] == [Status.CLOSED]


def test_no_asks_why_and_reopens() -> None:
    talk = with_ticket()
    talk.change(Status.DONE)
    assert "Что осталось не так" in talk.write("нет")
    talk.photo("still.jpg")
    assert "Вернул заявку" in talk.write("едет и застревает на пятом")
    (change,) = talk.effects(ChangeStatus)
    assert (change.status, change.reason) == (Status.REOPENED, "едет и застревает на пятом")
    assert talk.effects(AddToTicket)[-1].file == "still.jpg"


def test_reopening_needs_no_reason() -> None:
    talk = with_ticket()
    talk.change(Status.DONE)
    talk.press("Нет, не решена")
    talk.press("Пропустить")
    assert [one.status for one in talk.effects(ChangeStatus)] == [Status.REOPENED]


def test_the_survey_does_not_disturb_a_report_under_way() -> None:
    talk = with_ticket()
    talk.write("Домофон не работает")
    state = talk.session.state
    assert "Проблема решена?" in talk.change(Status.DONE)
    assert talk.session.state is state
    assert "закрыта" in talk.press("Да, решена")
    assert talk.session.draft.problem == "intercom"


def test_timers_of_a_ticket() -> None:
    talk = with_ticket()
    ticket = replace(talk.world.tickets[0], visit_ms=NOON_MS + HOUR_MS, executor="Пётр")
    term = talk.fire("ticket_term", ticket)
    assert "Планируемый срок по заявке № 26-000001: 25 ноября, 12:00. Исполнитель: Пётр." in term
    assert "Напоминаю о визите" in talk.fire("ticket_visit", ticket)
    assert talk.fire("ticket_visit", replace(ticket, visit_ms=0)) == ""
    assert talk.fire("ticket_term", replace(ticket, status=Status.CLOSED)) == ""
    assert talk.fire("ticket_survey", ticket) == ""
    assert "Проблема решена?" in talk.fire("ticket_survey", replace(ticket, status=Status.DONE))


def test_a_dispatcher_comes_and_goes() -> None:
    talk = neighbour()
    talk.write("Лифт не работает")
    assert "На связи диспетчер Ирина" in talk.event(HandoverChanged(claimed=True, dispatcher_name="Ирина"))
    back = talk.event(HandoverChanged(claimed=False))
    assert "снова отвечаю я" in back
    assert "По какому адресу" in back
    assert talk.session.state is State.ADDRESS


def test_where_no_answer_comes_back_nothing_is_asked() -> None:
    talk = with_ticket()
    talk.world = replace(talk.world, one_way=True)
    said = talk.change(Status.DONE)
    assert "выполнена" in said
    assert "?" not in said
    assert talk.world.company.emergency_phone in said
    assert talk.fire("ticket_survey", talk.world.tickets[0]) == ""


def test_a_ticket_taken_by_phone_is_told_with_its_term() -> None:
    talk = with_ticket()
    ticket = talk.world.tickets[0]
    said = talk.event(TicketChanged(ticket=ticket, kind="opened"))
    assert said.startswith(f"Заявка № {ticket.number} принята: {ticket.problem_title}. Срок: ")
    assert talk.effects(TermTold)[-1].ticket_id == ticket.id
