"""Choose the corrections that the classifier learns from, and compare it before and after. Pure.

The convention worth knowing: corrections never teach a danger. Alarms follow from the rules and the shipped examples
alone. So a correction towards a dangerous problem is not learned, and neither is one whose words sound like an
emergency.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from errors import ConfigError
from language.normalise import plain
from tickets.classification.classifier import RuleClassifier
from tickets.classification.problems import shipped
from tickets.learning.anonymise import MARK
from tickets.learning.types import DISPATCHER, Correction
from tickets.lifecycle.types import Priority

CONTROL = Path(__file__).with_name("control_set.yaml")
OTHER = "question"  # the code of «Другое»: it only means that the guess was wrong
HELD_OUT = 4  # one text of so many is never learned, it is for the comparison
FEW = 5  # held-out texts below which no comparison is possible

OF_OTHER, OF_DANGER, OF_EMERGENCY, OF_UNKNOWN = "other", "danger", "emergency", "unknown"

Example = tuple[str, str]  # code of the right problem, text
Progress = Callable[[int, int], None]  # rows done, rows in all


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionSplit:
    """learn: rows to learn from. held_out: rows for the comparison. excluded: number of other rows by reason."""

    learn: tuple[Correction, ...]
    held_out: tuple[Correction, ...]
    excluded: Mapping[str, int]


def split_corrections(rows: Iterable[Correction], classifier: RuleClassifier) -> CorrectionSplit:
    """Divide corrections; the same text always falls on the same side."""
    learn, held_out, excluded = [], [], Counter[str]()
    for row in latest(rows):
        reason = exclusion_reason(row, classifier)
        if is_held_out(row.text) and reason not in (OF_OTHER, OF_UNKNOWN):
            held_out.append(row)
        elif reason:
            excluded[reason] += 1
        else:
            learn.append(row)
    return CorrectionSplit(learn=tuple(learn), held_out=tuple(held_out), excluded=excluded)


def learned_examples(rows: Iterable[Correction], classifier: RuleClassifier) -> list[Example]:
    """Return the examples of learned rows, without rows that may not be learned any more."""
    return [as_example(row) for row in rows if not exclusion_reason(row, classifier)]


def as_example(row: Correction) -> Example:
    """Return a correction as an example, without the marks of removed words."""
    return row.chosen, row.text.replace(MARK, " ").strip()


def latest(rows: Iterable[Correction]) -> list[Correction]:
    """Return one correction per text: a dispatcher's before a resident's, and the last of several."""
    by_text: dict[str, Correction] = {}
    for row in sorted(rows, key=lambda row: (row.who == DISPATCHER, row.at_ms, row.id)):
        by_text.pop(plain(row.text), None)
        by_text[plain(row.text)] = row
    return sorted(by_text.values(), key=lambda row: row.id)


def exclusion_reason(row: Correction, classifier: RuleClassifier) -> str:
    """Return the reason not to learn from a correction, or ''."""
    chosen = classifier.problem(row.chosen)
    if chosen is None:
        return OF_UNKNOWN
    if row.chosen == OTHER and row.who != DISPATCHER:
        return OF_OTHER
    if chosen.problem.safety:
        return OF_DANGER
    return OF_EMERGENCY if classifier.emergency(row.text) else ""


def is_held_out(text: str) -> bool:
    """Say whether a text is only for the comparison. The text alone decides."""
    return hashlib.blake2b(plain(text).encode(), digest_size=4).digest()[0] % HELD_OUT == 0


@lru_cache(maxsize=1)
def control() -> tuple[Example, ...]:
    """Return the shipped texts whose right problem is known.

    Raises:
        ConfigError: the file cannot be read, or names a problem that does not exist.
    """
    try:
        data = yaml.safe_load(CONTROL.read_text(encoding="utf-8"))
        rows = tuple((str(code), str(text)) for code, texts in data.items() for text in texts)
    except (OSError, yaml.YAMLError, AttributeError, TypeError) as error:
        raise ConfigError(f"{CONTROL.name}: как контрольный набор не читается: {error}") from error
    if unknown := sorted({code for code, _ in rows} - shipped().keys()):
        raise ConfigError(f"{CONTROL.name}: таких проблем нет: {', '.join(unknown)}")
    return rows


# --- judging -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer of a classifier to a text whose right problem is known. guessed: code; '': none."""

    text: str
    right: str
    guessed: str
    category_right: bool
    among_three: bool
    alarm: bool  # the right problem is an emergency
    raised: bool  # the classifier calls it an emergency


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Counts of right rows, of alarms that are due, of alarms that were raised, and of those raised rightly (heard)."""

    rows: int
    category: int
    among_three: int
    problem: int
    alarms: int
    raised: int
    heard: int


def judge(classifier: RuleClassifier, rows: Sequence[Example], progress: Progress) -> list[Answer]:
    """Classify every text."""
    answers = []
    for number, (code, text) in enumerate(rows, 1):
        answers.append(_answer(classifier, code, text))
        progress(number, len(rows))
    return answers


def _answer(classifier: RuleClassifier, code: str, text: str) -> Answer:
    right, classification = classifier.problem(code), classifier.classify(text)
    assert right is not None  # noqa: S101  rows of unknown problems were left out
    category = right.problem.category
    top = classification.top if classification else ()
    return Answer(
        text=text,
        right=code,
        guessed=classification.problem.code if classification else "",
        category_right=classification is not None and classification.problem.category == category,
        among_three=category in {problem.category for problem in top},
        alarm=right.problem.priority is Priority.EMERGENCY,
        raised=bool(classifier.emergency(text))
        or (classification is not None and classification.problem.priority is Priority.EMERGENCY),
    )


def figures(answers: Sequence[Answer]) -> Figures:
    return Figures(
        rows=len(answers),
        category=sum(answer.category_right for answer in answers),
        among_three=sum(answer.among_three for answer in answers),
        problem=sum(answer.guessed == answer.right for answer in answers),
        alarms=sum(answer.alarm for answer in answers),
        raised=sum(answer.raised for answer in answers),
        heard=sum(answer.alarm and answer.raised for answer in answers),
    )


def missed_emergencies(before: Sequence[Answer], after: Sequence[Answer]) -> list[str]:
    """Return the texts of emergencies that raised an alarm before and raise none after."""
    return [new.text for old, new in zip(before, after, strict=True) if old.alarm and old.raised and not new.raised]


def is_worse(before: Figures, after: Figures) -> bool:
    """Say whether any count of the same rows is worse."""
    false_before, false_after = before.raised - before.heard, after.raised - after.heard
    names = ("category", "among_three", "problem", "heard")
    return false_after > false_before or any(getattr(after, name) < getattr(before, name) for name in names)
