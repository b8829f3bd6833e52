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
    cases = {(one.part, one.gender, one.case, one.plain) for one in readings("игоря")}
    assert (NAME, "masc", "gent", "игорь") in cases
    assert readings("труба") == ()


def test_a_woman_s_surname_and_patronymic_turn_into_her_own_nominative() -> None:
    assert {(one.part, one.plain) for one in readings("семёновой")} == {(SURNAME, "семёнова")}
    assert {(one.part, one.plain) for one in readings("андреевны")} == {(PATRONYMIC, "андреевна")}


def test_endings_tell_what_the_dictionary_lacks() -> None:
    assert [one.part for one in readings("ильинишна")] == [PATRONYMIC]
    assert [(one.gender, one.case) for one in surnames("лыков")] == [("masc", "nomn")]


def test_neighbours_must_agree() -> None:
    together = agreed([readings("пахомова"), readings("игоря")])
    assert {(one[0].gender, one[0].plain) for one in together} == {("masc", "пахомов")}
    assert agreed([readings("анна"), readings("игорь")]) == []


def test_some_names_are_rather_something_else() -> None:
    assert is_mostly_a_name("лена")
    assert not is_mostly_a_name("света")
    assert is_feminine("асия")
    assert not is_feminine("анна")
    assert is_verb("шумит")
