"""A misspelt word and the known word that was meant. Built once over a vocabulary, then cached.

Only words that the dictionary does not know are changed: «прорвола» is «прорвала», while «корова» is nobody's «кровля».
Candidates share letter pairs with the word, rapidfuzz tells which of them is nearest.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import lru_cache

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
        self._pairs: dict[str, list[int]] = defaultdict(list)
        for number, word in enumerate(self._words):
            for pair in pairs_of(word):
                self._pairs[pair].append(number)
        self.meant = lru_cache(maxsize=REMEMBERED)(self._meant)

    def _meant(self, word: str) -> str:
        """Return the nearest word of the vocabulary, or '' when the word is known or nothing is near."""
        if word in self._known or len(word) < SHORTEST or not word.isalpha() or is_known(word):
            return ""
        shared: Counter[int] = Counter()
        for pair in pairs_of(word):
            shared.update(self._pairs.get(pair, ()))
        near = [self._words[number] for number, _ in shared.most_common(CANDIDATES)]
        found = process.extractOne(word, near, scorer=fuzz.ratio, score_cutoff=LIKE_ENOUGH)
        return found[0] if found else ""


def pairs_of(word: str) -> frozenset[str]:
    padded = f"^{word}$"
    return frozenset(padded[place : place + 2] for place in range(len(padded) - 1))
