"""How well complaints by other authors find their category, and emergencies their alarm, beside logistic regression.

The peer, scikit-learn's TF-IDF of runs of letters with a logistic regression, learns from the same examples as ours:
one model of the categories, one of "this is an emergency".
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from bot.commands.check.classify import predicted
from tests.bench.form.by_turns import Pace, by_turns
from tests.bench.understanding.questions import HALVES, OURS, Row, rows, share
from tickets.classification import examples
from tickets.classification.classifier import OF_OTHERS, RuleClassifier, wordings
from tickets.classification.problems import shipped
from tickets.lifecycle.types import Priority

PEER = "TF-IDF, letters 2-5 + LogisticRegression"
NO_CATEGORY = ""


class Named(NamedTuple):
    """categories: the likeliest, best first, at most three; none when the text names no problem."""

    categories: tuple[str, ...]
    emergency: bool


@dataclass(frozen=True, slots=True)
class Quality:
    category_at_1: float
    category_at_3: float
    emergency_recall: float
    emergency_precision: float


@dataclass(frozen=True, slots=True)
class Complaints:
    quality: dict[str, dict[str, Quality]]  # by half and system
    pace: dict[str, Pace]


@dataclass(frozen=True, slots=True)
class Learning:
    """How much the peer may learn: features (None: all that occur twice) and steps at most."""

    features: int | None
    steps: int


FULL, QUICK = Learning(None, 200), Learning(10_000, 30)  # quick: some 5 % fewer categories right, a fifth of the time


def ours(text: str) -> Named:
    """Name a complaint as `./domovoy check classify` does."""
    classifier = RuleClassifier.shipped()
    found = predicted(classifier.classify(text), classifier.emergency(text))
    return Named(tuple(found["top3"]), found["predicted_priority"] == Priority.EMERGENCY)


class Regression:
    """The peer."""

    def __init__(self, learning: Learning) -> None:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression

        problems = shipped()
        texts = [(code, text) for code, problem in problems.items() for text in wordings(problem)]
        texts += [(one.subject, one.text) for one in examples.shipped()]
        urgent = {code for code, problem in problems.items() if problem.priority is Priority.EMERGENCY} | {*OF_OTHERS}
        self._vectorizer = TfidfVectorizer(
            analyzer="char_wb",
            ngram_range=(2, 5),
            sublinear_tf=True,
            min_df=2,
            max_features=learning.features,
            dtype=np.float32,
        )
        read: Any = self._vectorizer.fit_transform([text for _, text in texts])
        self._categories = LogisticRegression(C=10, max_iter=learning.steps)
        self._urgent = LogisticRegression(C=10, max_iter=learning.steps)
        categories = [problems[code].category if code in problems else NO_CATEGORY for code, _ in texts]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # a quick run lets it learn less
            self._categories.fit(read, categories)
            self._urgent.fit(read, [code in urgent for code, _ in texts])

    def __call__(self, text: str) -> Named:
        read: Any = self._vectorizer.transform([text])
        chances = self._categories.predict_proba(read)[0]
        best = [str(self._categories.classes_[number]) for number in np.argsort(-chances)[:3]]
        return Named(tuple(best), bool(self._urgent.predict(read)[0]))


def measured(learning: Learning) -> Complaints:
    """Let both name every complaint by turns, and judge."""
    systems: dict[str, Callable[[str], Named]] = {OURS: ours, PEER: Regression(learning)}
    for system in systems.values():
        system("жалоба на дом")
    told = [*rows("complaints.jsonl"), *rows("second_complaints.jsonl")]
    taken = by_turns(systems, [row["text"] for row in told])
    quality = {half: {name: judged(half, told, one.answers) for name, one in taken.items()} for half in HALVES}
    return Complaints(quality, {name: one.pace() for name, one in taken.items()})


def judged(half: str, told: Sequence[Row], answers: Sequence[Named]) -> Quality:
    of_half = [(row, one) for row, one in zip(told, answers, strict=True) if row["half"] == half]
    inside = [(row["category"], one) for row, one in of_half if row.get("category")]
    alarms = [one.emergency for row, one in of_half if row["priority"] == Priority.EMERGENCY]
    raised = [row["priority"] == Priority.EMERGENCY for row, one in of_half if one.emergency]
    return Quality(
        share([category in one.categories[:1] for category, one in inside]),
        share([category in one.categories for category, one in inside]),
        share(alarms),
        share(raised),
    )
