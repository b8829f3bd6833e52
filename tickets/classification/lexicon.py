"""Find the groups of words that the rules of emergencies name, also for misspelt words. Pure once built."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from rapidfuzz.distance import OSA

SHORTEST_SOUND = 4  # letters of a beginning from which its sound is compared too
SHORTEST_TYPO = 6  # letters from which one wrong, missing, swapped or added letter is forgiven
_SOUND = str.maketrans("оыяюэ", "аиауе")

Pattern = tuple[str, ...]  # words of a phrase; a word that ends in * stands for every word with that beginning


class Lexicon:
    """Finds the groups that a word or phrase belongs to.

    groups: name -> patterns separated by commas. ``пах*`` is a beginning, ``+water`` takes in another group,
    ``!пахл*`` takes words out of the group again.
    """

    def __init__(self, groups: Mapping[str, str]) -> None:
        self._raw = {name: [part.strip() for part in text.split(",") if part.strip()] for name, text in groups.items()}
        self._names = frozenset(self._raw)
        self._words: dict[str, set[str]] = defaultdict(set)
        self._starts: dict[str, set[str]] = defaultdict(set)
        self._out: dict[str, set[str]] = defaultdict(set)
        self._phrases: dict[str, list[tuple[Pattern, str]]] = defaultdict(list)
        for name in self._raw:
            for pattern in self._patterns(name, ()):
                self._add(name, pattern)
        self._out_starts = {name: tuple(starts) for name, starts in self._out.items()}
        self._out_every = tuple(start for starts in self._out.values() for start in starts)
        self._longest = max(map(len, self._starts), default=0)
        self._typo_starts: dict[str, list[str]] = defaultdict(list)  # by their first letter
        for start in self._starts:
            if len(start) >= SHORTEST_TYPO:
                self._typo_starts[start[0]].append(start)
        self._start_sounds = {_sound(start): start for start in self._starts if len(start) >= SHORTEST_SOUND}
        self._word_sounds = {_sound(word): word for word in self._words if len(word) > SHORTEST_SOUND}
        self._groups_of = lru_cache(maxsize=16384)(self._find_groups)

    def check(self, names: Iterable[str]) -> None:
        """Raise `ValueError` for a group that does not exist."""
        if unknown := [name for name in names if name not in self._names]:
            raise ValueError(f"unknown group of words {unknown[0]!r}")

    def find(self, words: Sequence[str]) -> Iterator[tuple[str, int, int]]:
        """Yield group, first and last place of each known word or phrase."""
        for place, word in enumerate(words):
            for group in self._groups_of(word):
                yield group, place, place
            for pattern, group in self._phrases.get(word, ()):
                end = place + len(pattern)
                if end > len(words) or not _is(words[place + 1], pattern[1]):
                    continue  # most phrases fail here
                if all(map(_is, words[place + 2 : end], pattern[2:])):
                    yield group, place, end - 1

    def _patterns(self, name: str, above: tuple[str, ...]) -> Iterator[str]:
        self.check([name])
        if name in above:
            raise ValueError(f"group of words {name!r} takes in itself")
        for pattern in self._raw[name]:
            if pattern.startswith("+"):
                yield from self._patterns(pattern[1:], (*above, name))
            else:
                yield pattern

    def _add(self, name: str, pattern: str) -> None:
        words = tuple(pattern.replace("ё", "е").split())
        if len(words) > 1:
            self._phrases[words[0]].append((words, name))  # the first word of a phrase is written out
        elif pattern.startswith("!"):
            self._out[name].add(words[0][1:].rstrip("*"))
        elif pattern.endswith("*"):
            self._starts[words[0][:-1]].add(name)
        else:
            self._words[words[0]].add(name)

    def _find_groups(self, word: str) -> frozenset[str]:
        groups = self._exact(word)
        if not groups and not word.startswith(self._out_every):
            groups = self._misspelt(word)
        return frozenset(group for group in groups if not word.startswith(self._out_starts.get(group, ())))

    def _exact(self, word: str) -> set[str]:
        groups = set(self._words.get(word, ()))
        for length in range(2, min(len(word), self._longest) + 1):
            groups |= self._starts.get(word[:length], set())
        return groups

    def _misspelt(self, word: str) -> set[str]:
        sound = _sound(word)
        groups = set(self._words[same]) if (same := self._word_sounds.get(sound)) else set()
        for length in range(SHORTEST_SOUND, len(sound) + 1):
            if start := self._start_sounds.get(sound[:length]):
                groups |= self._starts[start]
        if groups or len(word) < SHORTEST_TYPO:
            return groups
        for start in self._typo_starts.get(word[0], ()):
            if _nearly_begins(word, start):
                groups |= self._starts[start]
        return groups


def _is(word: str, pattern: str) -> bool:
    return word.startswith(pattern[:-1]) if pattern.endswith("*") else word == pattern


def _sound(word: str) -> str:
    """Write a word as it sounds: most mistakes are in unstressed vowels and doubled letters."""
    folded = word.translate(_SOUND).replace("и", "е")
    return "".join(letter for place, letter in enumerate(folded) if not place or folded[place - 1] != letter)


def _nearly_begins(word: str, start: str) -> bool:
    size = len(start)
    if word[1] not in start[:3] and word[2] not in start[1:4]:
        return False  # after one edit the second or the third letter is still near its place
    near: bool = (
        OSA.distance(word[:size], start, score_cutoff=1) <= 1
        or OSA.distance(word[: size - 1], start, score_cutoff=1) <= 1
        or OSA.distance(word[: size + 1], start, score_cutoff=1) <= 1
    )
    return near
