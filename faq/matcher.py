"""Find the entry that answers a question, and say how sure that is. Built once, then pure.

The signals of `faq.signals` are added up with weights; the best entry is judged by a small logistic model, whose answer
is the chance that the entry is the right one. Sure enough: it is given. Less: up to three are offered. Else: silence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from faq.base import Base
from faq.lexical import wordings_of
from faq.signals import OF_WORDINGS, SignalIndex, Signals
from faq.types import FaqEntry, FaqMatch
from language.asking import is_question
from language.elsewhere import is_elsewhere
from language.layout import russian
from language.lemmas import every_lemma, is_content
from language.reading import Reading, read
from language.thesaurus import concepts

# Weights of the signals, in the order of `faq.signals.NAMES`.
WEIGHTS = np.array([0.75, 1.0, 1.5, 0.5, 1.5, 0.5, 2.0], dtype=np.float32)
# The logistic model: chance = 1 / (1 + exp(-(BIAS + sum of coefficient × feature))).
BIAS = -0.3
MODEL = {
    "score": 6.0,
    "lead": 4.5,
    "strange": 0.0,
    "foreign": -2.6,
    "asks": 0.0,
    "complains": -1.2,
    "elsewhere": -2.8,
}
CLEAR = 0.75  # chance from which an entry is given as the answer
APART = 0.02  # how far ahead of the next entry a given one is
MAYBE = 0.25  # chance from which it is offered as a choice
OFFERED = 3
REMEMBERED = 64  # texts: one turn asks about the same text several times


class FaqMatcher:
    """Implements `dialogs.types.Faq`.

    Args:
        complains: says whether a text reports trouble, which is no question whatever words it shares with one.
    """

    def __init__(self, base: Base, complains: Callable[[str], bool] = lambda text: False) -> None:
        self.entries = base.entries
        self._by_id = {entry.id: entry for entry in base.entries}
        self._index = SignalIndex(base)
        self._complains = complains
        counts = np.array([1 + len(entry.variants) for entry in base.entries], dtype=np.float32)
        self._trust = 1 / (1 + 0.5 * np.log2(counts))  # in the answer's words: the fewer wordings, the more
        self._own = [frozenset(every_lemma(_all_of(entry))) for entry in base.entries]
        self._about = [frozenset(read(_all_of(entry)).concepts) for entry in base.entries]
        self._known = frozenset().union(*self._own)
        self._lately = lru_cache(maxsize=REMEMBERED)(self._match)

    def get(self, entry_id: str) -> FaqEntry | None:
        return self._by_id.get(entry_id)

    def match(self, text: str) -> FaqMatch:
        """Return the answer when one entry is clearly meant, else up to three that may be, else nothing."""
        return self._lately(text)

    def rated(self, text: str) -> list[tuple[FaqEntry, float]]:
        """Return the ten likeliest entries, best first, with scores: they compare entries and are no chances."""
        return [(self.entries[place], score) for place, score in self._ranked(self._asked(text))[:10]]

    def _asked(self, text: str) -> Reading:
        return self._index.asked(russian(text))

    def _ranked(self, asked: Reading) -> list[tuple[int, float]]:
        scores = self._scores(self._index.signals(asked))
        order = np.argsort(-scores, kind="stable")[:10]
        return [(int(place), float(scores[place])) for place in order if scores[place] > 0]

    def _scores(self, signals: Signals) -> Signals:
        wordings = WEIGHTS[:OF_WORDINGS] @ signals[:OF_WORDINGS]
        answers = WEIGHTS[OF_WORDINGS:] @ signals[OF_WORDINGS:] * self._trust
        found: Signals = (wordings + answers) / (
            WEIGHTS[:OF_WORDINGS].sum() + WEIGHTS[OF_WORDINGS:].sum() * self._trust
        )
        return found

    def _match(self, text: str) -> FaqMatch:
        asked = self._asked(text)
        ranked = self._ranked(asked)
        if not ranked:
            return FaqMatch(entry=None, score=0.0)
        features = self.features(text, asked, ranked)
        chance = chance_of(features)
        best = self.entries[ranked[0][0]]
        if chance >= CLEAR and features["lead"] >= APART:
            return FaqMatch(entry=best, score=chance)
        maybe = tuple(self.entries[place] for place, _ in ranked[:OFFERED]) if chance >= MAYBE else ()
        return FaqMatch(entry=None, score=chance, maybe=maybe)

    def features(self, text: str, asked: Reading, ranked: Sequence[tuple[int, float]]) -> dict[str, float]:
        """Return what the model judges the best entry by."""
        place, score = ranked[0]
        meant = [form for form in asked.forms if is_content(form)]
        strange = sum(form not in self._known for form in meant) / max(1, len(meant))
        foreign = sum(not self._covers(place, form) for form in meant) / max(1, len(meant))
        asks = is_question(text)
        return {
            "score": score,
            "lead": score - (ranked[1][1] if len(ranked) > 1 else 0.0),
            "strange": strange,
            "foreign": foreign,
            "asks": float(asks),
            "complains": float(not asks and self._complains(text)),
            "elsewhere": float(is_elsewhere(asked.forms, self._own[place])),
        }

    def _covers(self, place: int, form: str) -> bool:
        """Say whether an entry has a dictionary form, or one of the same concept."""
        return form in self._own[place] or not self._about[place].isdisjoint(concepts((form,)))


def chance_of(features: dict[str, float]) -> float:
    """Return the chance, 0..1, that the best entry is the right one."""
    return 1 / (1 + math.exp(-(BIAS + sum(MODEL[name] * value for name, value in features.items()))))


def _all_of(entry: FaqEntry) -> str:
    return " ".join((*wordings_of(entry), entry.answer))
