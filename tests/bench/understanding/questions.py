"""How well questions by other authors find their answers, beside what a company could take instead, in one run.

Questions are rows of `tests/data/understanding`; the half «aside» was not looked at by anybody who built what is
measured, so both are told apart. Only sums leave this module.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bot.commands.check.main import matcher as built
from bot.settings.schema import Settings
from faq.base.loader import Base
from faq.matching import index
from faq.matching import topics as background
from faq.matching.matcher import FaqMatcher
from language.linear_model import LinearModel
from tests.bench.form.by_turns import Pace, Taken, by_turns
from tests.bench.understanding.faq_peers import Ours, Rated, Rater, peers
from tickets.classification.classifier import RuleClassifier

DATA = Path(__file__).resolve().parents[2] / "data" / "understanding"
HALVES = ("dev", "aside")
OURS = "ours"
ALLOWED = (0.03, 0.05)  # shares of strangers that may be answered
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Quality:
    """Shares of one half. right_at_3, right_at_5: right and scored above all but 3 and 5 % of the strangers.

    The bar is set on the same half, for every system alike.
    """

    accuracy_at_1: float
    recall_at_3: float
    right_at_3: float
    right_at_5: float


@dataclass(frozen=True, slots=True)
class OfSet:
    """One base and its questions. quality, pace: by system; given, false: ours as it answers residents, by half."""

    name: str
    quality: dict[str, dict[str, Quality]]  # by half
    pace: dict[str, Pace]
    given: dict[str, float]  # share of the questions that got the right answer
    false: dict[str, float]  # share of the strangers that got an answer


def shipped_rows() -> list[Row]:
    return [*rows("faq_queries.jsonl"), *rows("second_faq_shipped.jsonl")]


def rows(file: str) -> list[Row]:
    return [json.loads(line) for line in (DATA / file).read_text(encoding="utf-8").splitlines()]


def shipped() -> OfSet:
    return measured("shipped base", built(Settings(), None), shipped_rows())


def bare() -> OfSet:
    """The shipped base without its variants; the background topics hold them still."""
    base = without_variants()
    return measured("shipped, no variants", FaqMatcher(base, RuleClassifier.shipped().model), shipped_rows())


def barest() -> OfSet:
    """As `bare`, and the background topics are learned anew without the shipped base."""
    return measured("shipped, none in the background either", matcher_without_knowledge(), shipped_rows())


def second() -> OfSet:
    """A base by another author who gave one wording for each question."""
    return measured("second base, no variants", built(Settings(), DATA / "second_kb.yaml"), rows("second_faq.jsonl"))


# The times of `bare` and `barest` are of texts that `shipped` has seen.
SETS: dict[str, Callable[[], OfSet]] = {"second": second, "shipped": shipped, "bare": bare, "barest": barest}


@contextmanager
def stored_in(folder: Path) -> Iterator[None]:
    """Keep the indexes of bases in this folder, so that those of the benchmark do not drive out a company's own."""
    with patch.object(index, "FOLDER", folder):
        yield


def without_variants() -> Base:
    return Base(tuple(replace(entry, variants=()) for entry in built(Settings(), None).entries))


def matcher_without_knowledge() -> FaqMatcher:
    files = [file for file in sorted(background.FOLDER.glob("*.yaml")) if file.name != "asked.yaml"]
    topics = LinearModel.of(background._examples(files))
    with patch.object(background, "shipped", lambda: topics):
        return FaqMatcher(without_variants(), RuleClassifier.shipped().model)


def measured(name: str, matcher: FaqMatcher, asked: Sequence[Row]) -> OfSet:
    """Ask everybody everything by turns, and judge."""
    raters: dict[str, Rater] = {OURS: Ours(matcher), **peers(Base(matcher.entries))}
    warm(raters)
    taken = by_turns(raters, [row["text"] for row in asked])
    given, false = {}, {}
    for half in HALVES:
        of_half = [row for row in asked if row["half"] == half]
        answers = [(row["intent"], matcher.match(row["text"]).entry) for row in of_half]
        inside = [entry is not None and entry.id == intent for intent, entry in answers if intent]
        strangers = [entry is not None for intent, entry in answers if not intent]
        given[half], false[half] = share(inside), share(strangers)
    quality = {half: {one: judged(half, asked, taken[one]) for one in raters} for half in HALVES}
    return OfSet(name, quality, {one: taken[one].pace() for one in raters}, given, false)


def warm(raters: dict[str, Rater]) -> None:
    """Let every system open what it opens once, with a question that is none of those asked."""
    for rater in raters.values():
        rater("вопрос о доме")


def judged(half: str, asked: Sequence[Row], taken: Taken[Rated]) -> Quality:
    of_half = [(row["intent"], one) for row, one in zip(asked, taken.answers, strict=True) if row["half"] == half]
    inside = [(intent, one) for intent, one in of_half if intent]
    strangers = sorted((one.score for intent, one in of_half if not intent), reverse=True)
    first = [intent in one.ids[:1] for intent, one in inside]
    bars = [strangers[int(len(strangers) * allowed)] for allowed in ALLOWED]
    at = [share([intent in one.ids[:1] and one.score > bar for intent, one in inside]) for bar in bars]
    return Quality(share(first), share([intent in one.ids for intent, one in inside]), *at)


def share(truths: Sequence[bool]) -> float:
    return sum(truths) / len(truths)
