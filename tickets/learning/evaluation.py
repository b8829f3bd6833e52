"""What the classifier may learn from corrections, and how it judges before and after. Pure.

The convention worth knowing: corrections never teach a danger. Alarms follow from the rules and the shipped examples
alone, so a correction towards a dangerous problem teaches nothing, nor one of words that sound like an emergency.
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
OTHER = "question"  # the code of «Другое»: says only that the guess was wrong
KEPT_OUT = 4  # one text of so many is never learned, it judges
FEW = 5  # kept-out texts below which nothing can be judged

OF_OTHER, OF_DANGER, OF_EMERGENCY, OF_UNKNOWN = "other", "danger", "emergency", "unknown"

Example = tuple[str, str]  # code of the right problem, text
Tell = Callable[[int, int], None]  # rows done, rows in all


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """learn: rows to learn from. judge: kept-out rows. left: rows that are neither, by the reason."""

    learn: tuple[Correction, ...]
    judge: tuple[Correction, ...]
    left: Mapping[str, int]


def lesson(rows: Iterable[Correction], classifier: RuleClassifier) -> Lesson:
    """Divide corrections; the same text always falls on the same side."""
    learn, judge, left = [], [], Counter[str]()
    for row in latest(rows):
        reason = unfit(row, classifier)
        if is_kept_out(row.text) and reason not in (OF_OTHER, OF_UNKNOWN):
            judge.append(row)
        elif reason:
            left[reason] += 1
        else:
            learn.append(row)
    return Lesson(learn=tuple(learn), judge=tuple(judge), left=left)


def examples(rows: Iterable[Correction], classifier: RuleClassifier) -> list[Example]:
    """Return what a classifier learns from rows that were learned; those that have become unfit are left out."""
    return [known(row) for row in rows if not unfit(row, classifier)]


def known(row: Correction) -> Example:
    """Return a correction as an example, without the marks of what was taken out."""
    return row.chosen, row.text.replace(MARK, " ").strip()


def latest(rows: Iterable[Correction]) -> list[Correction]:
    """Return one correction of each text: a dispatcher's before a resident's, the last one of the same."""
    found: dict[str, Correction] = {}
    for row in sorted(rows, key=lambda one: (one.who == DISPATCHER, one.at_ms, one.id)):
        found.pop(plain(row.text), None)
        found[plain(row.text)] = row
    return sorted(found.values(), key=lambda one: one.id)


def unfit(row: Correction, classifier: RuleClassifier) -> str:
    """Return why nothing is learned from a correction, or ''."""
    chosen = classifier.problem(row.chosen)
    if chosen is None:
        return OF_UNKNOWN
    if row.chosen == OTHER and row.who != DISPATCHER:
        return OF_OTHER
    if chosen.problem.safety:
        return OF_DANGER
    return OF_EMERGENCY if classifier.emergency(row.text) else ""


def is_kept_out(text: str) -> bool:
    """Say whether a text only judges; decided by the text alone."""
    return hashlib.blake2b(plain(text).encode(), digest_size=4).digest()[0] % KEPT_OUT == 0


@lru_cache(maxsize=1)
def control() -> tuple[Example, ...]:
    """Return the shipped texts whose right problem is known.

    Raises:
        ConfigError: the file cannot be read, or names a problem that does not exist.
    """
    try:
        told = yaml.safe_load(CONTROL.read_text(encoding="utf-8"))
        rows = tuple((str(code), str(text)) for code, texts in told.items() for text in texts)
    except (OSError, yaml.YAMLError, AttributeError, TypeError) as error:
        raise ConfigError(f"{CONTROL.name}: как контрольный набор не читается: {error}") from error
    if unknown := sorted({code for code, _ in rows} - shipped().keys()):
        raise ConfigError(f"{CONTROL.name}: таких проблем нет: {', '.join(unknown)}")
    return rows


# --- judging -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a classifier says of a text whose right problem is known. guessed: code; '': none."""

    text: str
    right: str
    guessed: str
    category_right: bool
    among_three: bool
    alarm: bool  # the right problem is an emergency
    raised: bool  # the classifier says that it is one


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How many rows are right; of alarms: how many there are, how many were raised, and how many of these rightly."""

    rows: int
    category: int
    among_three: int
    problem: int
    alarms: int
    raised: int
    heard: int


def judge(classifier: RuleClassifier, rows: Sequence[Example], tell: Tell) -> list[Answer]:
    """Classify every text."""
    answers = []
    for number, (code, text) in enumerate(rows, 1):
        answers.append(_answer(classifier, code, text))
        tell(number, len(rows))
    return answers


def _answer(classifier: RuleClassifier, code: str, text: str) -> Answer:
    right, found = classifier.problem(code), classifier.classify(text)
    assert right is not None  # noqa: S101  rows of unknown problems were left out
    category = right.problem.category
    top = found.top if found else ()
    return Answer(
        text=text,
        right=code,
        guessed=found.problem.code if found else "",
        category_right=found is not None and found.problem.category == category,
        among_three=category in {one.category for one in top},
        alarm=right.problem.priority is Priority.EMERGENCY,
        raised=bool(classifier.emergency(text)) or (found is not None and found.problem.priority is Priority.EMERGENCY),
    )


def figures(answers: Sequence[Answer]) -> Figures:
    return Figures(
        rows=len(answers),
        category=sum(one.category_right for one in answers),
        among_three=sum(one.among_three for one in answers),
        problem=sum(one.guessed == one.right for one in answers),
        alarms=sum(one.alarm for one in answers),
        raised=sum(one.raised for one in answers),
        heard=sum(one.alarm and one.raised for one in answers),
    )


def missed(before: Sequence[Answer], after: Sequence[Answer]) -> list[str]:
    """Return the texts of emergencies that were heard before and are not heard any more."""
    return [new.text for old, new in zip(before, after, strict=True) if old.alarm and old.raised and not new.raised]


def worse(before: Figures, after: Figures) -> bool:
    """Say whether any count of the same rows is worse."""
    false_before, false_after = before.raised - before.heard, after.raised - after.heard
    names = ("category", "among_three", "problem", "heard")
    return false_after > false_before or any(getattr(after, name) < getattr(before, name) for name in names)
