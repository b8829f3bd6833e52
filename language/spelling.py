"""A misspelt word and the known word that was meant. Built once over a vocabulary, then cached.

Only words that the dictionary does not know are changed: «прорвола» is «прорвала», while «корова» is nobody's «кровля».
Candidates share letter pairs with the word, rapidfuzz tells which of them is nearest.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from rapidfuzz import fuzz, process

from language.lemmas import is_known

LIKE_ENOUGH = 74.0  # of 100
SHORTEST = 4  # letters of a word that may be misspelt
CANDIDATES = 24  # compared in full
REMEMBERED = 16_384  # words


class Speller:
    """Finds the word of a vocabulary that a misspelt one stands for."""

    def __init__(self, vocabulary: Iterable[str]) -> None:
        self._words = [word for word in dict.fromkeys(vocabulary) if len(word) >= SHORTEST - 1 and word.isalpha()]
        self._known = frozenset(self._words)
        pairs: dict[str, list[int]] = {}
        for number, word in enumerate(self._words):
            for pair in pairs_of(word):
                pairs.setdefault(pair, []).append(number)
        self._pairs = {pair: np.array(numbers, dtype=np.int32) for pair, numbers in pairs.items()}
        self.meant = lru_cache(maxsize=REMEMBERED)(self._meant)

    def _meant(self, word: str) -> str:
        """Return the nearest word of the vocabulary, or '' when the word is known or nothing is near."""
        if word in self._known or len(word) < SHORTEST or not word.isalpha() or is_known(word):
            return ""
        sharing = [self._pairs[pair] for pair in sorted(pairs_of(word)) if pair in self._pairs]
        if not sharing:
            return ""
        shared = np.bincount(np.concatenate(sharing), minlength=len(self._words))
        most = np.argpartition(-shared, CANDIDATES)[:CANDIDATES] if len(shared) > CANDIDATES else np.arange(len(shared))
        near = [self._words[number] for number in sorted(most.tolist())]
        found = process.extractOne(word, near, scorer=fuzz.ratio, score_cutoff=LIKE_ENOUGH)
        return found[0] if found else ""


def pairs_of(word: str) -> frozenset[str]:
    padded = f"^{word}$"
    return frozenset(padded[place : place + 2] for place in range(len(padded) - 1))
