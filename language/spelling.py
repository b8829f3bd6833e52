"""Misspelt words turned into words of a vocabulary: "показанея" into "показания". Pure.

Only a word that the dictionary does not know is touched, and only when one word of the vocabulary is clearly the
nearest: what people write right is never changed, whatever it resembles.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein, Levenshtein

from language.lemmas import is_known
from language.normalise import plain

SHORTEST = 4  # letters; in shorter words every typo makes another word
PER_LETTERS = 4  # one typo is allowed in so many letters
REMEMBERED = 16_384


class Speller:
    """Corrects words towards a closed vocabulary of plain words."""

    def __init__(self, vocabulary: Iterable[str]) -> None:
        self._by_length: dict[int, list[str]] = {}
        for word in sorted(set(vocabulary)):
            if len(word) >= SHORTEST and word.isalpha():
                self._by_length.setdefault(len(word), []).append(word)
        self.word = lru_cache(maxsize=REMEMBERED)(self._word)

    def text(self, text: str) -> str:
        """Return the plain words of a text, the misspelt ones corrected."""
        return " ".join(self.word(word) for word in plain(text).split())

    def _word(self, word: str) -> str:
        if len(word) < SHORTEST or not word.isalpha() or is_known(word):
            return word
        most = max(1, len(word) // PER_LETTERS)
        near: list[tuple[int, str]] = []
        for length in range(len(word) - most, len(word) + most + 1):
            for found, _, _ in process.extract(
                word, self._by_length.get(length, ()), scorer=Levenshtein.distance, score_cutoff=most + 1, limit=5
            ):
                near.append((DamerauLevenshtein.distance(word, found), found))
        near = sorted(item for item in near if item[0] <= most)
        return near[0][1] if near else word
