"""Find the known word that a misspelt word stands for. Built once over a vocabulary, then cached.

Only words that the dictionary does not know are corrected: «прорвола» becomes «прорвала», «корова» stays. Candidates
share letter pairs with the word, and rapidfuzz chooses the nearest of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from language.disk_cache import Arrays, cached, packed, unpacked
from language.lemmas import is_known

FOLDER = Path(__file__).parent
LIKE_ENOUGH = 74.0  # of 100
SHORTEST = 4  # letters of a word that may be misspelt
CANDIDATES = 24  # compared in full
REMEMBERED = 16_384  # words

Pairs = Mapping[str, NDArray[np.int32]]


class Speller:
    """Finds the word of a vocabulary that a misspelt word stands for. pairs: numbers of words by letter pair."""

    def __init__(self, words: Sequence[str], pairs: Pairs) -> None:
        self._words = words
        self._known = frozenset(words)
        self._pairs = pairs
        self.meant = lru_cache(maxsize=REMEMBERED)(self._meant)

    @classmethod
    def of(cls, vocabulary: Iterable[str]) -> Speller:
        words = _fit(vocabulary)
        pairs: dict[str, list[int]] = {}
        for number, word in enumerate(words):
            for pair in pairs_of(word):
                pairs.setdefault(pair, []).append(number)
        return cls(words, {pair: np.array(numbers, dtype=np.int32) for pair, numbers in pairs.items()})

    @classmethod
    def cached(cls, name: str, vocabulary: Iterable[str]) -> Speller:
        """Read the speller of a vocabulary from the disk cache, or build it and store it there under a name."""
        words = _fit(vocabulary)
        return cached(FOLDER, f"spelling-{name}", [packed(words).tobytes()], lambda: cls.of(words), cls.from_arrays)

    def arrays(self) -> Arrays:
        """Return the speller as arrays, for `from_arrays`."""
        sizes = np.array([len(numbers) for numbers in self._pairs.values()], dtype=np.int32)
        numbers = np.concatenate([np.zeros(0, dtype=np.int32), *self._pairs.values()])
        return {"words": packed(self._words), "pairs": packed(self._pairs), "sizes": sizes, "numbers": numbers}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Speller:
        """Undo `arrays`. Raises KeyError or ValueError when something is missing."""
        ends = np.cumsum(arrays["sizes"])
        numbers = np.split(arrays["numbers"], ends[:-1]) if len(ends) else []
        pairs = unpacked(arrays["pairs"]) if numbers else []
        return cls(unpacked(arrays["words"]), dict(zip(pairs, numbers, strict=True)))

    def _meant(self, word: str) -> str:
        """Return the nearest word of the vocabulary, or '' when the word is known or nothing is near."""
        if word in self._known or len(word) < SHORTEST or not word.isalpha() or is_known(word):
            return ""
        sharing = [self._pairs[pair] for pair in sorted(pairs_of(word)) if pair in self._pairs]
        if not sharing:
            return ""
        shared = np.bincount(np.concatenate(sharing), minlength=len(self._words))
        candidates = (
            np.argpartition(-shared, CANDIDATES)[:CANDIDATES] if len(shared) > CANDIDATES else np.arange(len(shared))
        )
        near = [self._words[number] for number in sorted(candidates.tolist())]
        best = process.extractOne(word, near, scorer=fuzz.ratio, score_cutoff=LIKE_ENOUGH)
        return best[0] if best else ""


def pairs_of(word: str) -> frozenset[str]:
    padded = f"^{word}$"
    return frozenset(padded[place : place + 2] for place in range(len(padded) - 1))


def _fit(vocabulary: Iterable[str]) -> list[str]:
    return [word for word in dict.fromkeys(vocabulary) if len(word) >= SHORTEST - 1 and word.isalpha()]
