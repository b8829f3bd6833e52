"""Answers that depend on the day and on the house."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from errors import ConfigError
from faq.base.house_answers import names_houses, with_house_ids
from faq.base.loader import load_base
from faq.types import FaqEntry

FACTS = {"company_phone": "+7 000", "gji": ""}
ENTRY = "- id: hot\n  question: Где горячая вода?\n  answer: Всегда.\n"
SUMMER = '  seasonal:\n    - {from: "05-01", to: "09-30", answer: "Летом. Звоните {company_phone}."}\n'
WINTER = '    - {from: "11-15", to: "02-29", answer: Зимой.}\n'
HOUSES = '  for_houses:\n    - {houses: ["Ленина, 12", "Садовая, 7"], answer: "У вас котельная."}\n'
REGISTER = {"Ленина, 12": [12], "Садовая, 7": [7], "ул. Ленина, д. 12": [12], "Мира, 1": [1, 101]}


def find(address: str) -> Sequence[int]:
    return REGISTER.get(address, [])


def entry(folder: Path, text: str) -> FaqEntry:
    file = folder / "base.yaml"
    file.write_text(text, encoding="utf-8")
    return with_house_ids(load_base(file, FACTS), find).entries[0]


@pytest.mark.parametrize(
    ("month", "day", "answer"),
    [
        (4, 30, "Всегда."),
        (5, 1, "Летом. Звоните +7 000."),
        (9, 30, "Летом. Звоните +7 000."),
        (10, 1, "Всегда."),
        (11, 14, "Всегда."),
        (11, 15, "Зимой."),
        (12, 31, "Зимой."),
        (1, 1, "Зимой."),
        (2, 28, "Зимой."),
        (3, 1, "Всегда."),
    ],
)
def test_season_holds_from_its_first_to_its_last_day_also_over_new_year(
    tmp_path: Path, month: int, day: int, answer: str
) -> None:
    assert entry(tmp_path, ENTRY + SUMMER + WINTER).answer_on(date(2027, month, day)) == answer


def test_last_day_of_february_is_winter_in_a_leap_year(tmp_path: Path) -> None:
    assert entry(tmp_path, ENTRY + SUMMER + WINTER).answer_on(date(2028, 2, 29)) == "Зимой."


def test_answer_of_the_house_goes_before_the_season_and_needs_a_known_house(tmp_path: Path) -> None:
    read_entry = entry(tmp_path, ENTRY + SUMMER + HOUSES)
    july = date(2027, 7, 1)
    assert [read_entry.answer_on(july, house) for house in (7, 12, 1, 0)] == [
        "У вас котельная.",
        "У вас котельная.",
        "Летом. Звоните +7 000.",
        "Летом. Звоните +7 000.",
    ]
    assert read_entry.answers == ("Всегда.", "Летом. Звоните +7 000.", "У вас котельная.")


def test_answer_that_has_nothing_left_to_say_gives_way_to_the_general_one(tmp_path: Path) -> None:
    text = ENTRY + '  seasonal:\n    - {from: "01-01", to: "12-31", answer: "Инспекция: {gji}."}\n'
    file = tmp_path / "base.yaml"
    file.write_text(text, encoding="utf-8")
    base = load_base(file, FACTS)
    assert base.entries[0].answer_on(date(2027, 7, 1)) == "Всегда."
    assert base.missing == (("hot", "gji"),)


def test_base_without_houses_needs_no_register(tmp_path: Path) -> None:
    file = tmp_path / "base.yaml"
    file.write_text(ENTRY + SUMMER, encoding="utf-8")
    assert not names_houses(load_base(file, FACTS))


SEASON = '  seasonal:\n    - {{from: {}, to: "09-30", answer: x}}\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (SEASON.format('"13-01"'), "запись hot: seasonal: from: даты '13-01' нет"),
        (SEASON.format('"02-30"'), "даты '02-30' нет; нужны месяц и день в кавычках"),
        (SEASON.format('"1 мая"'), "даты '1 мая' нет"),
        (SEASON.format("501"), "даты 501 нет"),
        (SUMMER + SUMMER.split("\n", 1)[1].replace("05-01", "09-30"), "день 09-30 в обоих; исправьте даты"),
        ("  seasonal:\n" + WINTER + WINTER.replace("11-15", "02-10"), "11-15…02-29 и 02-10…02-29"),
        ("  seasonal: лето\n", "seasonal: нужен список"),
        ('  seasonal:\n    - {from: "05-01", until: "06-01", answer: x}\n', "поля until нет; бывают: answer, from, to"),
        ('  seasonal:\n    - {from: "05-01", answer: x}\n', "не хватает поля to"),
        ('  seasonal:\n    - {from: "05-01", to: "06-01", answer: " "}\n', "поле answer пусто"),
        ("  for_houses:\n    - {houses: Ленина 12, answer: x}\n", "в поле houses нужен список адресов"),
        ("  for_houses:\n    - {houses: [], answer: x}\n", "в поле houses нужен список адресов"),
        ("  for_houses:\n    - {streets: [Ленина], answer: x}\n", "поля streets нет; бывают: answer, houses"),
        ("  for_houses:\n    - {houses: [Луны 1], answer: x}\n", "дом 'Луны 1': такого нет в списке домов"),
        ('  for_houses:\n    - {houses: ["Мира, 1"], answer: x}\n', "подходит несколько домов"),
        (
            HOUSES + '    - {houses: ["ул. Ленина, д. 12"], answer: x}\n',
            "'Ленина, 12' и 'ул. Ленина, д. 12' – один и тот же дом",
        ),
    ],
)
def test_what_is_wrong_with_a_season_or_a_house_is_said(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError) as error:
        entry(tmp_path, ENTRY + text)
    assert says in str(error.value)
