"""Find the entry that answers a question, or none. Built once, then pure; about a millisecond per question.

The rank of an entry is the sum of its features (`faq.matching.features`) with the weights of `faq.matching.weights`. A
second model decides whether the best entry is given as the answer. It considers the rank, the lead over the next entry,
the words of the question that the entry does not cover, and whether the question concerns a housing company at all. The
score is the chance that the entry is right.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache

import numpy as np

from faq.base.loader import Base
from faq.matching.features import EntryFeatures
from faq.matching.index import answer_of
from faq.matching.reading import QueryReader
from faq.matching.weights import CHANCE, CHANCE_OFFSET, RANK
from faq.types import FaqEntry, FaqMatch
from language.features import words_of
from language.keyboard_layout import russian
from language.linear_model import LinearModel
from language.normalise import plain
from language.similarity import Floats

CLEAR = 0.55  # score from which an entry is given as the answer
MAYBE = 0.12  # score from which the best entry is offered as a choice
OFFERED = 0.10  # share of the best score from which other entries are offered too
APART = 0.5  # share of the best score that no other entry may reach when an answer is clear
REMEMBERED = 256  # questions: one turn asks about the same text several times


class FaqMatcher:
    """Implements `dialogs.world.Faq`. problems: the classifier's model; without it the features of problems are 0."""

    def __init__(self, base: Base, problems: LinearModel | None = None) -> None:
        self.entries = base.entries
        self._by_id = {entry.id: entry for entry in base.entries}
        texts = (text for entry in base.entries for text in (*entry.variants, answer_of(entry)))
        self._reader = QueryReader(problems, [word for text in texts for word in words_of(text)])
        self._features = EntryFeatures(base.entries, self._reader)
        self._cached_rating = lru_cache(maxsize=REMEMBERED)(self._rated)

    def get(self, entry_id: str) -> FaqEntry | None:
        return self._by_id.get(entry_id)

    def match(self, text: str) -> FaqMatch:
        """Return the answer when one entry is clearly meant, else up to three possible entries, else nothing."""
        rated = self._cached_rating(text)
        if not rated:
            return FaqMatch(entry=None, score=0.0)
        best, score = rated[0]
        ahead = len(rated) == 1 or rated[1][1] < score * APART
        if score >= CLEAR and ahead and self._asks_enough(text, best):
            return FaqMatch(entry=best, score=score)
        maybe = tuple(entry for entry, other_score in rated[:3] if score >= MAYBE and other_score >= score * OFFERED)
        return FaqMatch(entry=None, score=score, maybe=maybe)

    def _asks_enough(self, text: str, entry: FaqEntry) -> bool:
        """Say whether a text has two words or is a wording of the entry: a lone «мусор» may mean anything."""
        return len(plain(text).split()) > 1 or plain(russian(text)) in map(plain, wordings_of(entry))

    def rated(self, text: str) -> list[tuple[FaqEntry, float]]:
        """Return the likeliest entries with their scores, 0..1, best first."""
        return list(self._cached_rating(text))

    def _rated(self, text: str) -> tuple[tuple[FaqEntry, float], ...]:
        query = self._reader.read(text)
        if not query.words or not self.entries:
            return ()
        numbers, values = self._features.of(query)
        ranks = values @ RANK
        order = np.argsort(-ranks, kind="stable")
        lead = ranks[order[0]] - ranks[order[1]] if len(order) > 1 else ranks[order[0]]
        of_answer = self._features.of_answer(query, numbers[order[0]])
        chance = _chance(np.concatenate([values[order[0]], [lead, ranks[order[0]]], of_answer]))
        return tuple(
            (self.entries[numbers[place]], chance * math.exp(ranks[place] - ranks[order[0]])) for place in order
        )


def _chance(values: Floats) -> float:
    score = float(values @ CHANCE) + CHANCE_OFFSET
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, score))))


def wordings_of(entry: FaqEntry) -> Iterable[str]:
    return (entry.question, *entry.variants)
