"""Messages that no Russian resident would write: a polite answer, a dispatcher at hand, and no emergency missed."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from channels.contract import Text
from dialogs.effects import LogUnanswered, OpenTicket
from tests.dialogs.talk import Talk, fresh_world, neighbour, newcomer, texts

LINE = "Please write in Russian"
FOREIGN = (
    *("Hello, my heating does not work", "No water", "Guten Tag, kein Wasser", "Bonjour, pas d'eau chaude"),
    *("Исәнмесез", "Сәлам, су юк", "Привіт", "Ассалому алайкум", "Salom", "suv yo'q"),
    *("你好，没有热水", "السلام عليكم لا يوجد ماء"),
)
STRANGE = ("🙂🙂🙂", "12345", "...", "١٢٣", "\u200b\u200d\u2060", "asdfgh", "\U000e0041" * 5, "\x00\x07", "​")


@pytest.mark.parametrize("text", FOREIGN)
def test_other_languages_get_a_line_in_two_languages_and_a_dispatcher(text: str) -> None:
    talk = neighbour()
    said = talk.write(text)
    assert LINE in said
    assert "Позвать диспетчера" in talk.labels
    assert talk.effects(LogUnanswered) == []
    assert talk.session.draft.house_id == 0


@pytest.mark.parametrize("text", STRANGE)
def test_signs_get_a_polite_answer_and_no_house(text: str) -> None:
    talk = neighbour()
    assert talk.write(text)
    assert talk.session.draft.house_id == 0
    assert "Позвать диспетчера" in talk.labels
    assert LINE not in talk.text


def test_greeting_in_english_is_greeted() -> None:
    assert neighbour().write("hi").startswith("Здравствуйте")


def test_second_foreign_message_offers_a_dispatcher_again() -> None:
    talk = neighbour()
    talk.write("I do not understand what you say")
    assert LINE in talk.write("where is my water")
    assert "Позвать диспетчера" in talk.labels


def test_newcomer_gets_the_line_before_the_notice_and_after_it() -> None:
    talk = newcomer()
    said = talk.write("Hello, my heating does not work")
    assert said.index(LINE) < said.index("данн")
    assert LINE in talk.press("Продолжить")


def test_line_within_the_form_keeps_its_question() -> None:
    talk = neighbour()
    talk.write("Сообщить о проблеме")
    assert LINE in talk.write("what do you want from me")
    assert "addr:last" in talk.session.offered or talk.session.state == "address"
    assert "Позвать диспетчера" in talk.labels


def test_russian_in_latin_letters_is_no_other_language() -> None:
    assert LINE not in neighbour().write("zdravstvuyte, net goryachey vody")


def test_line_is_not_said_while_a_dispatcher_speaks_or_is_called() -> None:
    talk = neighbour()
    talk.world = replace(talk.world, claimed_by="Ирина")
    assert talk.write("Hello, no water") == ""
    talk.world = replace(talk.world, claimed_by="", waiting=True)
    assert LINE not in talk.write("Hello, no water")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("there is a gas leak in the kitchen", "gas"),
        ("I smell gas!", "gas"),
        ("fire!", "fire"),
        ("our kitchen is on fire", "fire"),
        ("smoke in the hallway", "fire"),
        ("help, stuck in the lift", "lift"),
        ("we are trapped in the elevator", "lift"),
        ("sparks are coming from the socket", "electric"),
        ("burning smell from the switchboard", "electric"),
        ("a pipe burst in the basement", "flood"),
        ("water is pouring from the ceiling", "flood"),
        ("carbon monoxide alarm is on", "co"),
        ("an icicle is about to fall", "falling"),
        ("Газ исе килә", "gas"),
        ("Допоможіть, пахне газом", "gas"),
        ("Пожежа у під'їзді!", "fire"),
        ("янгын!", "fire"),
        ("Застрягли в ліфті", "lift"),
        ("п\u200bа\u200bх\u200bн\u200bе\u200bт г\u00adазом", "gas"),
        ("Па\u0301хнет га\u0301зом", "gas"),
        ("смотрите " * 12_000 + ". Пахнет газом", "gas"),
    ],
)
def test_emergency_is_heard_in_any_dress(text: str, key: str) -> None:
    talk = newcomer()
    talk.write(text)
    assert talk.session.alarm == key
    assert len(talk.effects(OpenTicket)) == 1
    assert talk.effects(OpenTicket)[0].house_id == 0


@pytest.mark.parametrize(
    ("text", "key"),
    [("my neighbour is unconscious", "health"), ("somebody is breaking into my flat", "police")],
)
def test_what_is_not_ours_gets_the_number_to_call(text: str, key: str) -> None:
    talk = newcomer()
    talk.write(text)
    assert talk.says[0].key == f"emergency-{key}"


@pytest.mark.parametrize(
    "text",
    [
        "there is no gas leak, thank you",
        "where is the fire extinguisher?",
        "neighbours are smoking on the balcony",
        "how much is gas?",
        "the lift is broken",
        "no smoke here",
        "sparkling water",
        "please fix the door lock",
    ],
)
def test_calm_english_is_no_emergency(text: str) -> None:
    talk = neighbour()
    talk.write(text)
    assert [say.key for say in talk.says if say.key.startswith("emergency")] == []


@pytest.mark.parametrize(
    "piece",
    ["вода ", "a", "🙂", "1 ", "你好", "\u200b", "Садовая 5 ", "abc'd ", "x\u0301", "(", "8 903 ", "#\ufeff", "\n"],
)
def test_hundred_kilobytes_are_answered(piece: str) -> None:
    text = (piece * (100_000 // len(piece.encode())))[:100_000]
    for talk in (neighbour(), newcomer(), Talk(world=fresh_world())):
        assert talk.event(Text(text))
        assert len(talk.session.draft.text) <= 4000


@pytest.mark.parametrize("language", ["ru", "en"])
def test_line_says_its_limits_and_the_number_of_danger_in_both_languages(language: Literal["ru", "en"]) -> None:
    russian, english = texts(language).render("foreign", {"phone": "none"}).split("\n")
    for half, limit in ((russian, "понимаю только по-русски"), (english, "understand Russian only")):
        assert limit in half
        assert "112" in half
