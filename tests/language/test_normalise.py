"""Words made comparable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from language.keyboard_layout import russian
from language.normalise import MOST_TEXT, plain, stem, stems, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Течёт!!! Труба,", "течет труба"),
        ("вoдa", "вода"),  # Latin o and a
        ("нееееет вооооды", "неет вооды"),
        ("кв.17-а", "кв 17 а"),
        ("\x00\u200bкран\t\nкапает", "кран капает"),
        ("", ""),
    ],
)
def test_one_spelling(text: str, expected: str) -> None:
    assert plain(text) == expected


def test_long_texts_are_looked_at_from_their_beginning() -> None:
    assert len(plain("труба " * 20_000)) <= MOST_TEXT


def test_words_without_meaning_go_unless_nothing_else_is_left() -> None:
    assert words("У меня в подъезде нет света") == ("меня", "подъезде", "света")
    assert words("как так") == ("как", "так")


@pytest.mark.parametrize(
    "forms",
    [
        ("труба", "трубы", "трубой", "трубу"),
        ("горячая", "горячей", "горячую", "горячего"),
        ("счетчик", "счетчика", "счетчики", "счетчиков", "счетчикам"),
        ("отопление", "отопления", "отоплением"),
        ("протекает", "протекают"),
    ],
)
def test_forms_of_a_word_meet(forms: tuple[str, ...]) -> None:
    assert len({stem(form) for form in forms}) == 1


def test_different_words_stay_apart() -> None:
    assert len({stem(word) for word in ("вода", "лифт", "свет", "газ", "труба", "крыша")}) == 6


@pytest.mark.parametrize("text", ["rjulf lflen djle", "kogda dadut vodu"])
def test_wrong_layout_and_latin_spelling_are_read(text: str) -> None:
    assert stems(russian(text)) == stems("когда дадут воду")


@pytest.mark.parametrize("text", ["нет воды", "no hot water in my flat", "12", ""])
def test_what_is_right_stays(text: str) -> None:
    assert russian(text) == text


@given(st.text(max_size=300))
def test_any_text_is_taken_and_a_second_time_changes_nothing(text: str) -> None:
    once = plain(text)
    assert plain(once) == once
    assert all(stems(text)) or not stems(text)
    assert isinstance(russian(text), str)
