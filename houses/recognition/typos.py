"""Find words with typos in a closed vocabulary of any size. Pure once built.

Words are first compared by their sound: "каралева" is "королева". Sounds that differ by one letter are found over all
ways of leaving a letter out, so that a look-up costs as many dictionary reads as the word has letters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz.distance import DamerauLevenshtein

SHORTEST = 4  # letters; in a shorter word every typo makes another word
PER_LETTERS = 4  # letters of a word per allowed differing letter
_SOUNDS = str.maketrans("оеыэюбвгджзщ", "аиииипфктшсш", "ьъй")


@lru_cache(maxsize=16384)
def sound(word: str) -> str:
    """Return a word by its sound: unstressed vowels and voiced consonants merged, no doubled letters."""
    plain = word.translate(_SOUNDS)
    return "".join(letter for place, letter in enumerate(plain) if not place or letter != plain[place - 1])


def is_like(word: str, name: str) -> bool:
    """Say whether a word may be a name with a typo, by the rules of `Typos.near`."""
    if min(len(word), len(name)) < SHORTEST or abs(len(word) - len(name)) > 2:
        return False
    if DamerauLevenshtein.distance(sound(word), sound(name), score_cutoff=1) > 1:
        return False
    limit = max(1, len(word) // PER_LETTERS)
    return DamerauLevenshtein.distance(word, name, score_cutoff=limit) <= limit


class Typos:
    """Finds words of a vocabulary by their misspelt forms."""

    def __init__(self, vocabulary: Iterable[str]) -> None:
        self._words: dict[str, list[str]] = defaultdict(list)
        for word in vocabulary:
            if len(word) >= SHORTEST and word.isalpha():
                self._words[sound(word)].append(word)
        self._shorter: dict[str, list[str]] = defaultdict(list)
        for sounds_as in self._words:
            for less in _shortened(sounds_as):
                self._shorter[less].append(sounds_as)

    def near(self, word: str) -> list[tuple[str, float]]:
        """Return the words that may be meant, with their likeness 0..1, best first."""
        if len(word) < SHORTEST:
            return []
        sounds_as = sound(word)
        every = {sounds_as, *self._shorter.get(sounds_as, ())}
        for less in _shortened(sounds_as):
            every.add(less)
            every.update(self._shorter.get(less, ()))
        limit = max(1, len(word) // PER_LETTERS)
        matches = []
        for name in every:
            for known in self._words.get(name, ()):
                away = DamerauLevenshtein.distance(word, known, score_cutoff=limit)
                if away <= limit:
                    matches.append((known, 1 - away / max(len(word), len(known))))
        return sorted(matches, key=lambda item: (-item[1], item[0]))


def _shortened(word: str) -> set[str]:
    return {word[:place] + word[place + 1 :] for place in range(len(word))}
