"""No telephone number in the shipped data may be somebody's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(
    [ROOT / "config.yaml", *(path for room in ("faq", "houses", "tickets") for path in (ROOT / room).rglob("*.yaml"))]
)
_PHONE = re.compile(r"(?<![\d+])\+?\d(?:[\s()–.-]{0,3}\d){9,10}(?!\d)")
_NOBODYS = re.compile(r"[78]?(?:900000000|000000000)\d")  # 8 900 000-00-0x; +7 (000) 000-00-0x of the company


def somebodys(text: str) -> list[str]:
    """Return the numbers of 10 or 11 digits that may be somebody's."""
    found = [one.group() for line in text.splitlines() for one in _PHONE.finditer(line)]
    return [one for one in found if not _NOBODYS.fullmatch(re.sub(r"\D", "", one))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_shipped_data_have_no_number_that_may_be_somebodys(path: Path) -> None:
    assert somebodys(path.read_text(encoding="utf-8")) == []


def test_all_data_of_the_classifier_and_the_answers_are_looked_at() -> None:
    folders = {path.parent.relative_to(ROOT).as_posix() for path in FILES}
    assert {"tickets/classification/examples", "faq/matching/topics", "faq/knowledge"} <= folders


@pytest.mark.parametrize("number", ["89161234455", "+7 (903) 555-12-10", "8 912 000 44 21", "916 123 44 55"])
def test_a_number_is_noticed_however_it_is_written(number: str) -> None:
    assert somebodys(f"звоните {number}, жду") == [number]


@pytest.mark.parametrize("number", ["8 900 000-00-03", "+79000000001", "+7 (000) 000-00-00", "112", "7781203"])
def test_numbers_of_nobody_are_let_through(number: str) -> None:
    assert somebodys(f"звоните {number}, жду") == []
