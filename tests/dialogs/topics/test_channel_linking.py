"""One resident in several channels: codes, a report that goes on elsewhere, where news go."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from channels.contract import Contact, Letter, Press, Start, Text
from dialogs.effects import (
    AddToTicket,
    CancelTimer,
    ChoosePush,
    OpenTicket,
    SaveKnown,
    SetTimer,
    TakeDraft,
    UpdateTicket,
    UseCode,
)
from dialogs.events import CodeChecked, DraftMoved, Event, Forgotten, Merged, TicketChanged
from dialogs.session import Draft, Session, State
from dialogs.world import Known, NotificationTarget, OtherDraft
from tests.dialogs.talk import CODE, Talk, fresh_world, neighbour, newcomer, problems, with_ticket
from texts.catalog import Catalog
from tickets.lifecycle.types import Status

OTHERS_CODE = CODE[::-1]
HERE = NotificationTarget(conversation_id=1, channel="web", here=True)
THERE = NotificationTarget(conversation_id=2, channel="telegram")


def begun(**changes: object) -> OtherDraft:
    """A report begun in Telegram: the lift, Садовая 5; the flat comes next."""
    draft = Draft(
        started=True, problem="lift_stopped", text="Лифт не работает", house_id=1, address="ул. Садовая, д. 5"
    )
    assert problems().problem(draft.problem)
    return OtherDraft(conversation_id=2, channel="telegram", draft=replace(draft, **changes), form=3)  # type: ignore[arg-type]


def linked(talk: Talk, **changes: object) -> Talk:
    talk.world = replace(talk.world, notification_targets=(HERE, THERE), **changes)  # type: ignore[arg-type]
    return talk


# --- codes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["код", "Привязать другой мессенджер", "/link"])
def test_a_code_is_shown_in_two_halves_with_a_warning(words: str) -> None:
    said = Talk().write(words)
    assert "1234 5670" in said
    assert "15 минут" in said
    assert "Никому" in said


def test_a_code_is_found_from_the_menu() -> None:
    talk = Talk()
    talk.write("меню")
    talk.press("Мессенджеры")
    assert talk.labels == ["Получить код", "Ввести код", "Главное меню"]
    assert "1234 5670" in talk.press("Получить код")


@pytest.mark.parametrize(
    "event",
    [
        Text(f"код {OTHERS_CODE}"),
        Text(f"Код: {OTHERS_CODE[:4]} {OTHERS_CODE[4:]}"),
        Text(f"code {OTHERS_CODE}"),
        Start(f"link-{OTHERS_CODE}"),
    ],
)
def test_a_right_code_is_taken_also_from_who_has_not_seen_the_notice(event: Event) -> None:
    talk = newcomer()
    assert talk.event(event) == "Код верный, связываю."
    assert talk.effects(UseCode) == [UseCode(code=OTHERS_CODE)]


def test_digits_alone_are_a_code_only_where_one_is_asked_for() -> None:
    talk = Talk()
    talk.write("12345678")
    assert not talk.effects(UseCode)
    talk.write("ввести код", "0765 4321")
    assert talk.effects(UseCode) == [UseCode(code="07654321")]
    assert talk.session.state is State.IDLE


def test_the_code_of_a_door_is_no_code_of_ours() -> None:
    talk = with_ticket()
    talk.press("Дополнить заявку")
    talk.write("код 12345678")
    assert talk.effects(UseCode) == []
    assert talk.effects(AddToTicket)[-1].text == "код 12345678"


def test_a_wrong_code_is_asked_for_again_and_words_still_mean_what_they_say() -> None:
    talk = Talk()
    talk.write("ввести код")
    assert "Такого кода нет" in talk.write("11112222")
    assert "восемь цифр" in talk.write("123")
    assert talk.session.state == "code"
    assert "отменил" in talk.write("отмена")
    assert talk.session.state == "idle"
    talk.write("ввести код")
    assert "Лифт" in talk.write("лифт не работает, Садовая 5")
    assert talk.session.draft.started


@pytest.mark.parametrize("outcome", ["expired", "own", "many"])
def test_a_code_that_cannot_be_used_says_why(outcome: str) -> None:
    talk = Talk()
    talk.write("ввести код")
    assert talk.event(CodeChecked(outcome=outcome))
    assert [say.key for say in talk.says] == [f"link-{outcome}"]
    assert talk.session.state is State.IDLE


def test_a_code_in_the_middle_of_a_report_leaves_the_question_open() -> None:
    talk = Talk()
    talk.write("лифт не работает")
    assert talk.session.state is State.ADDRESS
    assert "По какому адресу" in talk.write("код 11112222")
    talk.write(f"код {OTHERS_CODE}")
    assert "По какому адресу" in talk.event(Merged(outcome="merged", channel="telegram"))
    assert talk.session.draft.problem


@pytest.mark.parametrize("payload", ["link-", "link-abc", "link-٣٣٣٣٣٣٣٣", "link-" + "1" * 40])
def test_a_link_with_anything_else_is_an_ordinary_start(payload: str) -> None:
    talk = Talk()
    assert "Чем могу помочь" in talk.event(Start(payload))
    assert not talk.effects(UseCode)


def test_a_letter_can_ask_for_a_code_but_never_use_one() -> None:
    """Its sender is forged easily; who reads the mailbox is proven by the code that was sent there."""
    talk = Talk()
    talk.world = replace(talk.world, letters=True)
    said = talk.event(Letter(text=f"код {OTHERS_CODE}", subject="Re: заявка"))
    assert "отправителя письма легко подделать" in said
    assert not talk.effects(UseCode)
    assert "1234 5670" in talk.event(Letter(text="код", subject="Re: заявка"))


# --- what came of a proof ------------------------------------------------------------------------------------------


def test_what_was_held_back_until_the_notice_is_answered_after_the_merge() -> None:
    talk = newcomer()
    talk.write("лифт не работает")
    talk.write(OTHERS_CODE)
    talk.world = replace(talk.world, known=neighbour().world.known)
    said = talk.event(Merged(outcome="merged", channel="telegram"))
    assert "Готово" in said
    assert "в Telegram" in said
    assert talk.session.draft.text == "лифт не работает"


def test_two_newcomers_still_get_the_notice() -> None:
    talk = newcomer()
    talk.write("здравствуйте", OTHERS_CODE)
    assert "Продолжить" in talk.event(Merged(outcome="merged", channel="telegram"))
    assert talk.session.state is State.CONSENT


@pytest.mark.parametrize(("outcome", "says"), [("same", "уже всё связано"), ("refused", "Позовите диспетчера")])
def test_a_proof_that_changes_nothing_is_answered(outcome: str, says: str) -> None:
    assert says in Talk().event(Merged(outcome=outcome, channel="telegram"))


def test_the_other_conversation_is_warned_and_its_question_stays_open() -> None:
    talk = Talk()
    talk.write("лифт не работает")
    said = talk.event(Merged(outcome="linked", channel="web"))
    assert "в чате на сайте" in said
    assert talk.labels == ["Позвать диспетчера"]
    assert talk.session.state is State.ADDRESS


def test_the_bot_is_silent_while_a_dispatcher_has_the_conversation() -> None:
    talk = linked(Talk(), claimed_by="Ирина", other_draft=begun())
    assert talk.event(Merged(outcome="merged", channel="telegram")) == ""
    assert talk.event(DraftMoved(form=1, channel="web")) == ""


def test_a_foreign_link_is_warned_of_also_while_a_dispatcher_has_the_conversation() -> None:
    talk = linked(Talk(), claimed_by="Ирина")
    assert "в чате на сайте" in talk.event(Merged(outcome="linked", channel="web"))
    assert talk.labels == []


def test_an_unknown_channel_is_named_in_general() -> None:
    assert "в другом мессенджере" in Talk().event(Merged(outcome="linked", channel="pigeon"))


# --- a report begun elsewhere --------------------------------------------------------------------------------------


@pytest.mark.parametrize("yes", ["да", "1", "Продолжить здесь"])
def test_a_report_begun_elsewhere_goes_on_after_the_merge(yes: str) -> None:
    talk = linked(Talk(), other_draft=begun())
    said = talk.event(Merged(outcome="merged", channel="telegram"))
    assert "Вы начали заявку в Telegram" in said
    assert "ул. Садовая, д. 5" in said
    said = talk.press(yes) if yes.startswith("П") else talk.write(yes)
    assert "Какая квартира" in said
    assert talk.effects(TakeDraft) == [TakeDraft(conversation_id=2, form=3)]
    assert [one.kind for one in talk.effects(SetTimer)] == ["draft_reminder", "draft_close"]
    talk.write("17", "8 903 123-45-67", "нет")
    talk.press("Отправить заявку")
    assert talk.effects(OpenTicket)[-1].text == "Лифт не работает"


@pytest.mark.parametrize("word", ["меню", "привет", "сообщить о проблеме"])
def test_it_is_offered_to_who_comes_back_and_once_only(word: str) -> None:
    talk = linked(Talk(), other_draft=begun())
    assert "Продолжить её здесь?" in talk.write(word)
    assert "Чем могу помочь" in talk.write("нет")
    assert "Продолжить её здесь?" not in talk.write(word)
    assert not talk.effects(TakeDraft)


def test_it_can_be_resumed_by_name_and_ignored_by_a_new_report() -> None:
    assert "Какая квартира" in linked(Talk(), other_draft=begun()).write("продолжить заявку")
    talk = linked(Talk(), other_draft=begun())
    talk.write("меню", "нет света во всём доме, Садовая 7")
    assert talk.session.draft.house_id
    assert talk.session.draft.text.startswith("нет света")


def test_a_report_that_is_gone_meanwhile_is_said_to_be() -> None:
    talk = linked(Talk(), other_draft=begun())
    talk.write("меню")
    talk.world = replace(talk.world, other_draft=None)
    assert "уже не действует" in talk.press("Продолжить здесь")


def test_an_emergency_keeps_its_ticket_when_it_goes_on_elsewhere() -> None:
    ticket = with_ticket().world.tickets[0]
    other = begun(ticket_id=ticket.id, emergency="gas", problem="gas_smell", phone="", apartment="")
    talk = linked(Talk(), other_draft=other, tickets=(ticket,))
    assert "По какому телефону" in talk.write("меню", "да")
    talk.write("8 903 123-45-67")
    assert talk.effects(UpdateTicket) == [UpdateTicket(ticket_id=ticket.id, phone="+79031234567")]


def test_the_report_ends_where_it_was_begun() -> None:
    talk = Talk()
    talk.write("лифт не работает")
    assert "в чате на сайте" in talk.event(DraftMoved(form=talk.session.form, channel="web"))
    assert not talk.session.draft.started
    assert [one.kind for one in talk.effects(CancelTimer)] == ["draft_reminder", "draft_close"]
    talk.write("домофон сломан")
    assert talk.event(DraftMoved(form=talk.session.form - 1, channel="web")) == ""
    assert talk.session.draft.started


def test_a_wish_to_be_forgotten_elsewhere_is_silent_and_complete() -> None:
    talk = neighbour()
    talk.write("лифт не работает")
    assert talk.event(Forgotten()) == ""
    assert talk.session == Session(form=talk.session.form)


# --- where news go -------------------------------------------------------------------------------------------------


def test_the_channel_for_news_is_chosen_by_button_or_number() -> None:
    talk = linked(Talk())
    assert "туда, где вы оставили заявку" in talk.write("куда присылать ответы")
    assert talk.labels == ["Чат на сайте", "Telegram", "Туда, где пишу заявку", "Главное меню"]
    assert "будете получать в Telegram" in talk.write("2")
    assert "Сейчас вы получаете их в Telegram" in talk.write("куда присылать ответы")
    assert "туда, где вы оставили" in talk.press("Туда, где пишу заявку")
    assert talk.effects(ChoosePush) == [ChoosePush(conversation_id=2), ChoosePush(conversation_id=0)]


def test_a_place_that_is_not_offered_is_stale() -> None:
    talk = linked(Talk())
    assert "уже не действует" in talk.event(Press("push:99"))
    assert not talk.effects(ChoosePush)


def test_who_has_one_channel_is_told_how_to_link_another() -> None:
    assert "Получите код" in Talk().write("куда присылать ответы")


def test_news_reach_another_conversation_and_are_answered_there() -> None:
    """A ticket opened elsewhere: its buttons work here, because tickets are the resident's."""
    ticket = replace(with_ticket().world.tickets[0], status=Status.DONE)
    talk = Talk(world=fresh_world(known=Known(notified=True), tickets=(ticket,)))
    talk.event(TicketChanged(ticket=ticket, kind="status", actor_name="Ирина"))
    assert "Спасибо за ответ" in talk.press("Да, решена")


# --- a contact -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verified", [True, False])
def test_only_a_contact_that_the_channel_vouches_for_is_a_proof(verified: bool) -> None:
    talk = Talk()
    talk.event(Contact("79031234567", "Анна", verified=verified))
    talk.write("лифт не работает", "Садовая 5", "17")
    talk.event(Contact("79031234567", "Анна", verified=verified))
    saved = [one.verified for one in talk.effects(SaveKnown) if one.phone]
    assert saved == ([True, True] if verified else [False])


def test_a_channel_without_a_name_in_the_texts_has_the_common_one() -> None:
    catalog = Catalog("ru", ZoneInfo("Europe/Moscow"))
    assert catalog.render("channel-toy", {}) == catalog.render("channel-other", {}) == "Другой мессенджер"
    assert catalog.render("channel-in", {"channel": "toy"}) == "в другом мессенджере"
