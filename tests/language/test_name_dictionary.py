"""Parts of names: the dictionary's, and those that only an ending tells."""

from __future__ import annotations

from language.name_dictionary import (
    NAME,
    PATRONYMIC,
    SURNAME,
    agreed,
    is_feminine,
    is_mostly_a_name,
    is_verb,
    readings,
    surnames,
)


def test_a_name_has_part_case_and_gender() -> None:
    cases = {(reading.part, reading.gender, reading.case, reading.plain) for reading in readings("игоря")}
    assert (NAME, "masc", "gent", "игорь") in cases
    assert readings("труба") == ()


def test_a_woman_s_surname_and_patronymic_turn_into_her_own_nominative() -> None:
    assert {(reading.part, reading.plain) for reading in readings("семёновой")} == {(SURNAME, "семёнова")}
    assert {(reading.part, reading.plain) for reading in readings("андреевны")} == {(PATRONYMIC, "андреевна")}


def test_endings_tell_what_the_dictionary_lacks() -> None:
    assert [reading.part for reading in readings("ильинишна")] == [PATRONYMIC]
    assert [(reading.gender, reading.case) for reading in surnames("лыков")] == [("masc", "nomn")]


def test_neighbours_must_agree() -> None:
    together = agreed([readings("пахомова"), readings("игоря")])
    assert {(reading[0].gender, reading[0].plain) for reading in together} == {("masc", "пахомов")}
    assert agreed([readings("анна"), readings("игорь")]) == []


def test_some_names_are_rather_something_else() -> None:
    assert is_mostly_a_name("лена")
    assert not is_mostly_a_name("света")
    assert is_feminine("асия")
    assert not is_feminine("анна")
    assert is_verb("шумит")
