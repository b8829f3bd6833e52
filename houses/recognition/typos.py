"""Words with typos found in a closed vocabulary, however long it is. Pure once built.

Two steps: words are compared as they sound ("каралева" is "королева"), and what still differs by one letter is found
over all ways of leaving a letter out, so that a look-up costs as many dictionary reads as the word has letters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz.distance import DamerauLevenshtein

SHORTEST = 4  # letters; in shorter words every typo makes another word
PER_LETTERS = 4  # one differing letter is allowed in so many
_SOUNDS = str.maketrans("оеыэюбвгджзщ", "аиииипфктшсш", "ьъй")


@lru_cache(maxsize=16384)
def sound(word: str) -> str:
    """Return a word as it is heard: unstressed vowels and voiced consonants alike, no doubled letters."""
    plain = word.translate(_SOUNDS)
    return "".join(letter for place, letter in enumerate(plain) if not place or letter != plain[place - 1])


def is_like(word: str, name: str) -> bool:
    """Say whether one word may be another one with a typo: by the rules of `Typos.near`."""
    if min(len(word), len(name)) < SHORTEST or abs(len(word) - len(name)) > 2:
        return False
    if DamerauLevenshtein.distance(sound(word), sound(name), score_cutoff=1) > 1:
        return False
    most = max(1, len(word) // PER_LETTERS)
    return DamerauLevenshtein.distance(word, name, score_cutoff=most) <= most


class Typos:
    """Finds words of a vocabulary by their misspelt forms."""

    def __init__(self, vocabulary: Iterable[str]) -> None:
        self._words: dict[str, list[str]] = defaultdict(list)
        for word in vocabulary:
            if len(word) >= SHORTEST and word.isalpha():
                self._words[sound(word)].append(word)
        self._shorter: dict[str, list[str]] = defaultdict(list)
        for heard in self._words:
            for less in _shortened(heard):
                self._shorter[less].append(heard)

    def near(self, word: str) -> list[tuple[str, float]]:
        """Return words that may be meant, with their likeness 0..1, best first."""
        if len(word) < SHORTEST:
            return []
        heard = sound(word)
        every = {heard, *self._shorter.get(heard, ())}
        for less in _shortened(heard):
            every.add(less)
            every.update(self._shorter.get(less, ()))
        most = max(1, len(word) // PER_LETTERS)
        found = []
        for name in every:
            for known in self._words.get(name, ()):
                away = DamerauLevenshtein.distance(word, known, score_cutoff=most)
                if away <= most:
                    found.append((known, 1 - away / max(len(word), len(known))))
        return sorted(found, key=lambda item: (-item[1], item[0]))


def _shortened(word: str) -> set[str]:
    return {word[:place] + word[place + 1 :] for place in range(len(word))}
