"""Knowledge bases that can be used, and those that say why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from errors import ConfigError
from faq.base.loader import load_base
from faq.types import FaqEntry

GIVEN = {"company_phone": "+7 000", "gji": ""}
ENTRY = "- id: meters\n  question: Когда передавать показания?\n  answer: До 25 числа.\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "base.yaml"


def test_an_entry_is_read_with_everything_it_may_hold(file: Path) -> None:
    file.write_text(
        "- id: meters\n  topic: Счётчики\n  question: Когда передавать показания?\n  variants: [до какого числа]\n"
        "  answer: |\n    Звоните {company_phone}.\n    Жаловаться: {gji}. Ждём до 25 числа.\n"
        "  follow_up: [meters]\n  problem: meter_seal\n",
        encoding="utf-8",
    )
    assert load_base(file, GIVEN).entries == (
        FaqEntry(
            id="meters",
            topic="Счётчики",
            question="Когда передавать показания?",
            variants=("до какого числа",),
            answer="Звоните +7 000.\nЖдём до 25 числа.",
            follow_up=("meters",),
            problem="meter_seal",
        ),
    )


def test_an_entry_that_has_nothing_left_to_say_is_left_out(file: Path) -> None:
    file.write_text(ENTRY + "- id: gji\n  question: Где инспекция?\n  answer: 'Телефон: {gji}.'\n", encoding="utf-8")
    base = load_base(file, GIVEN)
    assert ([entry.id for entry in base.entries], base.left_out) == (["meters"], ("gji",))


def test_the_files_of_a_folder_are_one_base(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(ENTRY.replace("meters", "second").replace("Когда", "Куда"), encoding="utf-8")
    (tmp_path / "a.yaml").write_text(ENTRY, encoding="utf-8")
    assert [entry.id for entry in load_base(tmp_path, GIVEN).entries] == ["meters", "second"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id: meters", "нужен список записей"),
        ("- id: [", "строка 1: здесь нарушен YAML"),
        ("- meters", "не запись"),
        ("- id: Счётчики\n  question: x\n  answer: y", "id 'Счётчики'"),
        ("- id: meters\n  answer: y", "запись meters: поле question пусто"),
        ("- id: meters\n  question: x\n  answer: '  '", "запись meters: поле answer пусто"),
        ("- id: meters\n  question: x\n  answer: y\n  variant: [z]", "поля variant нет"),
        ("- id: meters\n  question: x\n  answer: y\n  variants: z", "в поле variants нужен список"),
        ("- id: meters\n  question: x\n  answer: '{phone}'", "подстановки {phone} нет; бывают: company_phone, gji"),
        (ENTRY + ENTRY, "запись meters встречается дважды"),
        (ENTRY + ENTRY.replace("meters", "more").replace("К", "к"), "в записях meters и more один и тот же вопрос"),
        (ENTRY + "  follow_up: [gone]\n", "в follow_up названа gone"),
    ],
)
def test_what_is_wrong_is_said(file: Path, text: str, says: str) -> None:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load_base(file, GIVEN)
    assert says in str(error.value)


def test_a_missing_base_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        load_base(tmp_path / "nowhere", GIVEN)
