"""A large knowledge base, eleven wordings an entry: how fast a question finds its answer, beside others."""

from __future__ import annotations

import time
from dataclasses import dataclass

from faq import background
from faq.matcher import FaqMatcher
from language.lemmas import dictionary
from tests.bench.by_turns import Pace, by_turns
from tests.bench.faq_peers import Ours, Rater, peers
from tests.bench.made_up import MadeUp
from tests.bench.questions import OURS, share, warm
from tickets.classifier import RuleClassifier


@dataclass(frozen=True, slots=True)
class AtScale:
    """build_s: of ours, dictionary, topics and classifier being ready. found: share of questions, by system."""

    entries: int
    build_s: float
    found: dict[str, float]
    pace: dict[str, Pace]


def measured(entries: int, questions: int) -> AtScale:
    """Build every system over one made-up base and ask new questions by turns."""
    made = MadeUp(entries)
    learnt, *_ = RuleClassifier.shipped().learnt, background.shipped(), dictionary()
    started = time.perf_counter()
    matcher = FaqMatcher(made.base, learnt)
    built = time.perf_counter() - started
    raters: dict[str, Rater] = {OURS: Ours(matcher), **peers(made.base)}
    warm(raters)
    asked = [*made.questions(questions)]
    taken = by_turns(raters, [text for _, text in asked])
    found = {
        name: share([wanted in one.ids[:1] for (wanted, _), one in zip(asked, taken[name].answers, strict=True)])
        for name in raters
    }
    return AtScale(entries, built, found, {name: one.pace() for name, one in taken.items()})
