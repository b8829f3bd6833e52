"""`./domovoy faq check` reports every kind of finding in a knowledge base."""

from __future__ import annotations

from pathlib import Path

import pytest

from errors import ConfigError
from faq.base.loader import Base, load_base, read_base
from faq.matching.quality_check import Finding, Kind, findings
from faq.types import FaqEntry, Season

FACTS = {"company_phone": "+7 000", "gji": ""}


def entry_of(name: str, question: str, *variants: str, answer: str = "Да.") -> FaqEntry:
    return FaqEntry(id=name, question=question, variants=variants, answer=answer)


CLEAN = (
    entry_of("meters", "Когда передавать показания счётчиков?", "до какого числа счётчики"),
    entry_of("stairs", "Кто моет подъезд?", "график уборки лестницы"),
)


def kinds(every: list[Finding]) -> list[tuple[Kind, str]]:
    return [(finding.kind, finding.entry) for finding in every]


def test_clean_base_has_no_findings_and_its_progress_is_told() -> None:
    steps: list[tuple[int, int, str]] = []
    assert findings(Base(CLEAN), lambda *step: steps.append(step)) == []
    assert steps == [(1, 2, "записи"), (2, 2, "записи")]


def test_same_question_in_two_entries_is_one_finding_not_a_collision(tmp_path: Path) -> None:
    file = tmp_path / "base.yaml"
    row = "- id: {}\n  question: Кто моет подъезд?\n  variants: [{}]\n  answer: Мы.\n"
    file.write_text(row.format("one", "график уборки") + row.format("two", "чистота на лестнице"), encoding="utf-8")
    base = read_base(file, FACTS)
    every = findings(base)
    assert [finding for finding in every if finding.kind is Kind.REPEAT] == [
        Finding(kind=Kind.REPEAT, entry="one", other="two", text="Кто моет подъезд?")
    ]
    assert [finding.text for finding in every if finding.kind in (Kind.COLLISION, Kind.LOST)] == []
    with pytest.raises(ConfigError, match="в записях one и two один и тот же вопрос 'Кто моет подъезд\\?'"):
        load_base(file, FACTS)


def test_questions_alike_collide() -> None:
    alike = (*CLEAN, entry_of("wash", "Кто подъезд моет?", "мытьё полов"))
    assert (Kind.COLLISION, "wash") in kinds(findings(Base(alike)))
    assert (Kind.COLLISION, "stairs") in kinds(findings(Base(alike)))


def test_entry_that_is_not_found_by_its_own_question_is_lost() -> None:
    assert kinds(findings(Base((*CLEAN, entry_of("what", "???", "ключ от чердака"))))) == [(Kind.LOST, "what")]


def test_entry_without_other_wordings_and_a_long_answer_are_told_also_of_a_season() -> None:
    long = Season(begins=(1, 1), ends=(2, 1), answer="а" * 501)
    entry = FaqEntry(id="key", question="Где ключ от чердака?", answer="У нас.", seasonal=(long,))
    assert kinds(findings(Base((*CLEAN, entry)))) == [(Kind.ALONE, "key"), (Kind.LONG, "key")]


def test_question_twice_in_one_entry_is_told() -> None:
    twice = entry_of("key", "Где ключ от чердака?", "ключ от подвала", "Ключ от подвала!")
    assert kinds(findings(Base((*CLEAN, twice)))) == [(Kind.TWICE, "key")]


def test_entry_that_says_nothing_names_the_empty_fact(tmp_path: Path) -> None:
    file = tmp_path / "base.yaml"
    file.write_text("- id: gji\n  question: Где инспекция?\n  answer: 'Вот: {gji}.'\n", encoding="utf-8")
    assert findings(read_base(file, FACTS)) == [Finding(kind=Kind.SILENT, entry="gji", text="{gji}")]
