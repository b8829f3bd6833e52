"""Find the entry that answers a question. Built once, then pure; about a millisecond per question.

How the score comes about: each stem of the question is looked up among the stems of the base, a typo by rapidfuzz. A
wording is rated by the weight (rare words weigh more) of what it shares with the question, on both sides, and by
rapidfuzz's ratio of the two as a whole. Words the base has never seen weigh most, so a question about something else
scores low however many small words it shares.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz, process

from faq.base import Base
from faq.types import FaqEntry, FaqMatch
from language.layout import russian
from language.normalise import plain, stem, stems

CLEAR = 0.52  # score from which an entry is given as the answer
MAYBE = 0.38  # score from which it is offered as a choice
APART = 0.04  # a clear answer is this much better than the next entry
TYPO = 80.0  # of 100: stems this alike are one stem with a typo
SHORTEST_TYPO = 4  # characters; shorter stems must be equal
RATED = 40  # wordings rated in full
MOST_WORDS = 40  # of one question

# Words of asking: they tell a question from another only a little.
_ASKING = (
    "как где когда кто что куда почему сколько какой какие зачем нужно можно надо должен должны делать сделать узнать"
    " хотел хотела скажите подскажите дом квартира квартире доме наш мой"
)
_LIGHT = frozenset(stem(word) for word in _ASKING.split())
_LIGHT_WEIGHT = 0.35


@dataclass(frozen=True, slots=True)
class Wording:
    entry: int  # index in the base
    stems: frozenset[int]
    weight: float
    text: str  # its stems, joined


class FaqMatcher:
    """Implements `dialogs.types.Faq`."""

    def __init__(self, base: Base) -> None:
        self.entries = base.entries
        self._by_id = {entry.id: entry for entry in base.entries}
        texts = [(number, text) for number, entry in enumerate(base.entries) for text in wordings_of(entry)]
        self._numbers: dict[str, int] = {}
        rows = [(number, _stems(text)) for number, text in texts]
        for _, row in rows:
            for one in row:
                self._numbers.setdefault(one, len(self._numbers))
        self._vocabulary = list(self._numbers)
        self._weights = self._weigh(rows)
        self._unknown = max(self._weights, default=1.0)
        self._wordings = [self._wording(number, row) for number, row in rows]
        self._index: dict[int, list[int]] = defaultdict(list)
        for place, wording in enumerate(self._wordings):
            for number in wording.stems:
                self._index[number].append(place)
        self._lookup = lru_cache(maxsize=8192)(self._find_stem)

    def get(self, entry_id: str) -> FaqEntry | None:
        return self._by_id.get(entry_id)

    def match(self, text: str) -> FaqMatch:
        """Return the answer when one entry is clearly meant, else up to three that may be, else nothing."""
        rated = self.rated(text)
        if not rated:
            return FaqMatch(entry=None, score=0.0)
        best, score = rated[0]
        if score >= CLEAR and (len(rated) == 1 or score - rated[1][1] >= APART or score > 0.97):
            return FaqMatch(entry=best, score=score)
        maybe = tuple(entry for entry, one in rated[:3] if one >= MAYBE)
        return FaqMatch(entry=None, score=score, maybe=maybe)

    def rated(self, text: str) -> list[tuple[FaqEntry, float]]:
        """Return entries with their scores, 0..1, best first."""
        asked = _stems(russian(text))[:MOST_WORDS]
        found = [self._lookup(one) for one in asked]
        weights = {number: self._weights[number] * likeness for number, likeness in found if number >= 0}
        total = sum(self._weight_of(one, hit) for one, hit in zip(asked, found, strict=True))
        if not weights or total == 0:
            return []
        shared: dict[int, float] = defaultdict(float)
        for number, weight in weights.items():
            for place in self._index[number]:
                shared[place] += weight
        likely = sorted(shared, key=lambda place: -shared[place] / (total + self._wordings[place].weight))[:RATED]
        joined = " ".join(asked)
        best: dict[int, float] = {}
        for place in likely:
            wording = self._wordings[place]
            score = rate(shared[place], total, wording.weight, fuzz.token_sort_ratio(joined, wording.text) / 100)
            best[wording.entry] = max(score, best.get(wording.entry, 0.0))
        return [(self.entries[entry], best[entry]) for entry in sorted(best, key=lambda entry: -best[entry])]

    def _weight_of(self, one: str, found: tuple[int, float]) -> float:
        return self._weights[found[0]] if found[0] >= 0 else _LIGHT_WEIGHT if one in _LIGHT else self._unknown

    def _find_stem(self, one: str) -> tuple[int, float]:
        """Return the number of a stem and how alike it is, 0..1; -1 when the base has nothing like it."""
        if (number := self._numbers.get(one)) is not None:
            return number, 1.0
        if len(one) < SHORTEST_TYPO or one.isdigit():
            return -1, 0.0
        found = process.extractOne(one, self._vocabulary, scorer=fuzz.ratio, score_cutoff=TYPO)
        return (found[2], found[1] / 100) if found and len(found[0]) >= SHORTEST_TYPO else (-1, 0.0)

    def _weigh(self, rows: Sequence[tuple[int, Sequence[str]]]) -> list[float]:
        """Weigh each stem by how few entries use it."""
        entries: dict[str, set[int]] = defaultdict(set)
        for number, row in rows:
            for one in row:
                entries[one].add(number)
        count = max(1, len(self.entries))
        return [
            _LIGHT_WEIGHT if one in _LIGHT else 1.0 + math.log(count / len(entries[one])) for one in self._vocabulary
        ]

    def _wording(self, entry: int, row: Sequence[str]) -> Wording:
        numbers = frozenset(self._numbers[one] for one in row)
        return Wording(entry, numbers, sum(self._weights[number] for number in numbers), " ".join(row))


def rate(shared: float, asked: float, worded: float, likeness: float) -> float:
    """Score of a wording: the share of weights both have, mostly the question's own, and the likeness as a whole."""
    mine, theirs = min(1.0, shared / asked), min(1.0, shared / worded)
    common = 0.0 if mine + theirs == 0 else (1.0 + 0.6) * mine * theirs / (0.6 * theirs + mine)
    return 0.8 * common + 0.2 * likeness


def wordings_of(entry: FaqEntry) -> Iterable[str]:
    return (entry.question, *entry.variants)


def _stems(text: str) -> tuple[str, ...]:
    """Return distinct stems in order: of the words that mean something and of the words of asking."""
    meant = stems(text)
    asking = (one for one in map(stem, plain(text).split()) if one in _LIGHT)
    return tuple(dict.fromkeys((*meant, *asking)))
