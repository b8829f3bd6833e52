"""A large knowledge base, eleven wordings an entry: how fast a question finds its answer, beside others."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from faq.matching import topics as background
from faq.matching.matcher import FaqMatcher
from language.lemmas import dictionary
from tests.bench.form.by_turns import Pace, by_turns
from tests.bench.understanding.faq_peers import Ours, Rater, peers
from tests.bench.understanding.made_up import MadeUp
from tests.bench.understanding.questions import OURS, share, stored_in, warm
from tickets.classification.classifier import RuleClassifier

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AtScale:
    """Of ours, dictionary, topics and classifier being ready: build_s of a new base, read_s of one that is stored.

    found: share of questions whose entry is first, by system.
    """

    entries: int
    build_s: float
    read_s: float
    found: dict[str, float]
    pace: dict[str, Pace]


def measured(entries: int, questions: int) -> AtScale:
    """Build every system over one made-up base and ask new questions by turns."""
    made = MadeUp(entries)
    model, *_ = RuleClassifier.shipped().model, background.shipped(), dictionary()
    with tempfile.TemporaryDirectory() as name, stored_in(Path(name)):
        (built, _), (read, matcher) = (timed(lambda: FaqMatcher(made.base, model)) for _ in range(2))
    raters: dict[str, Rater] = {OURS: Ours(matcher), **peers(made.base)}
    warm(raters)
    asked = [*made.questions(questions)]
    taken = by_turns(raters, [text for _, text in asked])
    found = {
        name: share([wanted in one.ids[:1] for (wanted, _), one in zip(asked, taken[name].answers, strict=True)])
        for name in raters
    }
    return AtScale(entries, built, read, found, {name: one.pace() for name, one in taken.items()})


def timed(make: Callable[[], T]) -> tuple[float, T]:
    started = time.perf_counter()
    made = make()
    return time.perf_counter() - started, made
