from __future__ import annotations

from dataclasses import replace

import pytest

from channels.contract import FileRef, Press, Text, Voice
from dialogs.effects import AddToTicket, CallDispatcher, OpenTicket
from dialogs.events import FileRefused, Recognised, RefusalReason
from dialogs.session import State
from dialogs.world import Known
from tests.dialogs.talk import Talk, fresh_world, newcomer, with_ticket

LISTENING = fresh_world(known=Known(notified=True), listens=True)


def say(talk: Talk, name: str = "голос-1") -> str:
    return talk.event(Voice(FileRef(remote_id=name, mime="audio/ogg"), 5))


def hear(talk: Talk, text: str, name: str = "голос-1") -> str:
    return talk.event(Recognised(file=name, text=text))


def calls(talk: Talk) -> list[str]:
    return [one.reason for one in talk.effects(CallDispatcher)]


def reporting() -> Talk:
    talk = Talk()
    talk.write("Лифт не работает")
    assert talk.session.state is State.ADDRESS
    return talk


def test_voice_in_a_report_is_kept_and_the_question_repeated() -> None:
    talk = reporting()
    said = say(talk)
    assert "услышит диспетчер" in said
    assert "По какому адресу" in said
    assert calls(talk) == []


def test_second_voice_in_a_row_calls_a_dispatcher_and_the_question_stays() -> None:
    talk = reporting()
    say(talk)
    said = say(talk, "голос-2")
    assert calls(talk) == ["voice"]
    assert "По какому адресу" in said
    assert talk.session.draft.voices == ("голос-1", "голос-2")
    say(talk, "голос-3")
    assert calls(talk) == ["voice"]  # called once


def test_words_between_two_voices_start_the_count_anew() -> None:
    talk = reporting()
    say(talk)
    talk.write("Садовая 5")
    say(talk)
    assert calls(talk) == []


def test_voice_goes_into_the_ticket_with_the_photos() -> None:
    talk = reporting()
    say(talk)
    talk.write("Садовая 5, кв. 17", "8 903 123-45-67")
    talk.photo("photo.jpg")
    talk.write("готово", "отправить")
    (order,) = talk.effects(OpenTicket)
    assert order.files == ("photo.jpg", "голос-1")


def test_voice_by_itself_calls_a_dispatcher() -> None:
    talk = Talk()
    assert "услышит диспетчер" in say(talk)
    assert calls(talk) == ["voice"]
    assert "Главное меню" in talk.labels


def test_voice_as_an_addition_goes_into_the_ticket() -> None:
    talk = with_ticket()
    ticket = talk.world.tickets[0]
    talk.event(Press(f"add:{ticket.id}"))
    say(talk)
    (added,) = talk.effects(AddToTicket)
    assert (added.ticket_id, added.file) == (ticket.id, "голос-1")
    assert talk.session.state is State.COMMENT


def test_voice_before_the_notice_is_kept_and_answered_after_it() -> None:
    talk = newcomer()
    assert "Нажмите «Продолжить»" in say(talk)
    assert "услышит диспетчер" in talk.press("Продолжить")
    assert calls(talk) == ["voice"]


def test_dispatcher_who_speaks_is_not_disturbed() -> None:
    talk = Talk()
    talk.world = replace(talk.world, claimed_by="Ирина")
    assert say(talk) == ""
    assert hear(talk, "Лифт не работает") == ""


# --- with a transcriber --------------------------------------------------------------------------------------------


def test_what_was_heard_counts_after_yes() -> None:
    talk = Talk(world=LISTENING)
    assert "Слушаю" in say(talk)
    assert calls(talk) == []
    assert "Я услышал: «Лифт не работает на Садовой 5». Верно?" in hear(talk, "Лифт не работает на Садовой 5")
    assert not talk.session.draft.started
    talk.press("Да")
    assert talk.session.draft.text == "Лифт не работает на Садовой 5"
    assert talk.session.draft.voices == ("голос-1",)
    assert "ул. Садовая, д. 5" in talk.text


def test_yes_and_no_can_be_typed() -> None:
    talk = reporting()
    talk.world = LISTENING
    say(talk)
    hear(talk, "Садовая 5")
    talk.write("да")
    assert talk.session.state is State.APARTMENT
    say(talk)
    hear(talk, "семнадцать")
    said = talk.write("нет")
    assert "Напишите, пожалуйста, текстом" in said
    assert "Какая квартира" in said


def test_other_words_instead_of_yes_put_what_was_heard_aside() -> None:
    talk = reporting()
    talk.world = LISTENING
    say(talk)
    hear(talk, "Ленина 12")
    talk.write("Садовая 5")
    assert talk.session.draft.address == "ул. Садовая, д. 5"
    talk.event(Press("heard:yes"))
    assert "stale" in [one.key for one in talk.says]
    assert talk.session.draft.address == "ул. Садовая, д. 5"


def test_heard_emergency_is_acted_upon_at_once() -> None:
    talk = Talk(world=LISTENING)
    say(talk)
    assert "Запах газа" in hear(talk, "у нас пахнет газом в подъезде")
    (order,) = talk.effects(OpenTicket)
    assert order.emergency == "gas"
    assert order.files == ("голос-1",)


@pytest.mark.parametrize("text", ["", "  "])
def test_nothing_heard_is_as_without_a_transcriber(text: str) -> None:
    talk = Talk(world=LISTENING)
    say(talk)
    assert "услышит диспетчер" in hear(talk, text)
    assert calls(talk) == ["voice"]


def test_nothing_heard_after_the_resident_went_on_says_nothing() -> None:
    talk = Talk(world=LISTENING)
    say(talk)
    talk.event(Text("Лифт не работает"))
    assert hear(talk, "") == ""
    assert calls(talk) == []


# --- files that are not kept ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "told"), [("not_allowed", "принять не могу"), ("too_big", "слишком большой"), ("lost", "ещё раз")]
)
def test_refused_file_is_told_and_leaves_the_report(reason: RefusalReason, told: str) -> None:
    talk = reporting()
    talk.photo("virus.exe")
    talk.photo("дом.jpg")
    said = talk.event(FileRefused(file="virus.exe", reason=reason))
    assert told in said
    assert "По какому адресу" in said
    assert talk.session.draft.files == ("дом.jpg",)


def test_refused_file_is_told_while_a_dispatcher_speaks() -> None:
    talk = reporting()
    talk.world = replace(talk.world, claimed_by="Ирина")
    assert "принять не могу" in talk.event(FileRefused(file="x", reason="not_allowed"))
    assert len(talk.says) == 1
