"""Invisible characters do not split a word."""

from __future__ import annotations

import pytest

from language import keyboard_layout
from language.invisible_characters import visible
from language.keyboard_layout import MOST_TEXT, russian
from language.normalise import plain
from tests.support.effort import MOST_GROWTH, TIMES, calls, growth

MOST_SLOWER = 4  # times, for a text twenty-five times as long
MOST_CALLS = 40_000  # of functions; a word of thirty letters has 450 spellings to look up


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("п\u200bах\u200dн\u2060ет \ufeffгазом", "пахнет \ufeffгазом"),
        ("га\u00adзом", "газом"),
        ("га\u0301зом пахне\u0301т", "газом пахнет"),
        ("и\u0306 е\u0308", "й ё"),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f468\u200d\U0001f469\u200d\U0001f467"),
        ("обычный текст – как есть", "обычный текст – как есть"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_hidden_characters_leave_words(text: str, seen: str) -> None:
    assert visible(text) == seen


def test_words_with_hidden_characters_and_of_related_alphabets_are_one_word() -> None:
    assert plain("Л\u200bиф\u00adт, ліфт, газ\u0301") == "лифт лифт газ"


@pytest.mark.parametrize("text", ["a" * 100_000, "abcd " * 20_000, "bcdfg" * 6 + " " + "q" * 31])
def test_letters_without_end_take_no_more_than_a_page(text: str) -> None:
    page, line = text[:MOST_TEXT], text[: MOST_TEXT // TIMES]
    forget = (keyboard_layout._russian.cache_clear, keyboard_layout._mended.cache_clear)
    assert growth(lambda: russian(line), lambda: russian(page), forget) < MOST_GROWTH
    assert growth(lambda: russian(page), lambda: russian(text), forget) < MOST_SLOWER
    for empty in forget:
        empty()
    assert calls(lambda: russian(text)) < MOST_CALLS
    assert russian(text) == text
