"""Misspelt words and the words that were meant."""

from __future__ import annotations

import pytest

from language.spelling import Speller

SPELLER = Speller.of(["отопление", "канализация", "сантехник", "газ", "заявка", "показания"])


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("атопление", "отопление"),
        ("канализацыя", "канализация"),
        ("сантехнек", "сантехник"),
        ("зоявка", "заявка"),
        ("газь", "газ"),
    ],
)
def test_a_misspelt_word_is_the_nearest_known_one(written: str, meant: str) -> None:
    assert SPELLER.meant(written) == meant


@pytest.mark.parametrize("word", ["отопление", "заявление", "газета", "абвгдежз", "xyz", "да", ""])
def test_known_words_and_words_like_nothing_stay(word: str) -> None:
    assert SPELLER.meant(word) == ""


@pytest.mark.parametrize("words", [["отопление", "газ"], ["да"], []])
def test_a_speller_survives_being_stored(words: list[str]) -> None:
    again = Speller.from_arrays(Speller.of(words).arrays())
    assert again.meant("атопление") == Speller.of(words).meant("атопление")
