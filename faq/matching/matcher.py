"""Find the entry that answers a question, or stay silent. Built once, then pure; about a millisecond per question.

Every entry is rated by several signals (`faq.matching.features`), added up with the weights of `faq.matching.weights`.
Whether the best one is given as the answer is a second decision, over how good it is, how far ahead, what of the
question it leaves unsaid, and whether that sounds like a housing company's matter at all: the score is the chance that
it is right.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache

import numpy as np

from faq.base.loader import Base
from faq.matching.features import Signals
from faq.matching.index import answer_of
from faq.matching.reading import Sense
from faq.matching.weights import CHANCE, CHANCE_OFFSET, RANK
from faq.types import FaqEntry, FaqMatch
from language.features import words_of
from language.keyboard_layout import russian
from language.linear_model import LinearModel
from language.normalise import plain
from language.similarity import Floats

CLEAR = 0.55  # score from which an entry is given as the answer
MAYBE = 0.12  # score from which the best entry is offered as a choice
OFFERED = 0.10  # of the best one's score: what others need to be offered beside it
APART = 0.5  # of the best one's score: an answer is clear when no other entry reaches it
REMEMBERED = 256  # questions: one turn asks about the same text several times


class FaqMatcher:
    """Implements `dialogs.world.Faq`. problems: what the classifier learnt; without it troubles are not told apart."""

    def __init__(self, base: Base, problems: LinearModel | None = None) -> None:
        self.entries = base.entries
        self._by_id = {entry.id: entry for entry in base.entries}
        texts = (text for entry in base.entries for text in (*entry.variants, answer_of(entry)))
        self._sense = Sense(problems, [word for text in texts for word in words_of(text)])
        self._signals = Signals(base.entries, self._sense)
        self._lately = lru_cache(maxsize=REMEMBERED)(self._rated)

    def get(self, entry_id: str) -> FaqEntry | None:
        return self._by_id.get(entry_id)

    def match(self, text: str) -> FaqMatch:
        """Return the answer when one entry is clearly meant, else up to three that may be, else nothing."""
        rated = self._lately(text)
        if not rated:
            return FaqMatch(entry=None, score=0.0)
        best, score = rated[0]
        ahead = len(rated) == 1 or rated[1][1] < score * APART
        if score >= CLEAR and ahead and self._asks_enough(text, best):
            return FaqMatch(entry=best, score=score)
        maybe = tuple(entry for entry, one in rated[:3] if score >= MAYBE and one >= score * OFFERED)
        return FaqMatch(entry=None, score=score, maybe=maybe)

    def _asks_enough(self, text: str, entry: FaqEntry) -> bool:
        """Say whether a text has two words, or is a wording of the entry itself: «мусор» may mean anything."""
        return len(plain(text).split()) > 1 or plain(russian(text)) in map(plain, wordings_of(entry))

    def rated(self, text: str) -> list[tuple[FaqEntry, float]]:
        """Return the likeliest entries with their scores, 0..1, best first."""
        return list(self._lately(text))

    def _rated(self, text: str) -> tuple[tuple[FaqEntry, float], ...]:
        asked = self._sense.read(text)
        if not asked.words or not self.entries:
            return ()
        numbers, signals = self._signals.of(asked)
        ranks = signals @ RANK
        order = np.argsort(-ranks, kind="stable")
        lead = ranks[order[0]] - ranks[order[1]] if len(order) > 1 else ranks[order[0]]
        told = self._signals.of_answer(asked, numbers[order[0]])
        chance = _chance(np.concatenate([signals[order[0]], [lead, ranks[order[0]]], told]))
        return tuple(
            (self.entries[numbers[place]], chance * math.exp(ranks[place] - ranks[order[0]])) for place in order
        )


def _chance(signals: Floats) -> float:
    score = float(signals @ CHANCE) + CHANCE_OFFSET
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, score))))


def wordings_of(entry: FaqEntry) -> Iterable[str]:
    return (entry.question, *entry.variants)
