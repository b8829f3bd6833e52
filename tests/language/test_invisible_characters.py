"""What cannot be seen does not tear a word apart."""

from __future__ import annotations

import time

import pytest

from language.invisible_characters import visible
from language.keyboard_layout import russian
from language.normalise import plain


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
def test_letters_without_end_take_no_time(text: str) -> None:
    started = time.perf_counter()
    assert russian(text) == text
    assert time.perf_counter() - started < 1.0
