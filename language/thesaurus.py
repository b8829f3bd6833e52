"""Concepts: words with the same meaning to a resident, like «батарея», «радиатор», «конвектор». Pure once read.

The file has one concept per line, ``name = word, word, phrase of words``. Words match in any form. Phrases match as
written, without small words. A word may belong to several concepts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from language.disk_cache import cached
from language.lemmas import Forms, lemma
from language.normalise import STOP_WORDS, plain

FILE = Path(__file__).with_name("thesaurus.txt")
TELLING = frozenset("нет не без до когда как какие какой кто ли можно сейчас".split())  # noqa: SIM905  # stop words with a meaning
SMALL = STOP_WORDS - TELLING


class Thesaurus:
    """Concepts by the forms of words."""

    def __init__(self, concepts: Mapping[str, Sequence[str]]) -> None:
        self._words: dict[str, tuple[str, ...]] = {}
        self._phrases: dict[str, tuple[tuple[tuple[str, ...], str], ...]] = {}
        for name, wordings in concepts.items():
            for wording in wordings:
                self._add(name, forms(wording))

    @classmethod
    @lru_cache(maxsize=1)
    def shipped(cls) -> Thesaurus:
        """The thesaurus that comes with the program; read once."""
        text = FILE.read_text(encoding="utf-8")
        cached(FILE.parent, "forms", [text.encode()], lambda: Forms.of(plain_words(text)), Forms.from_arrays)
        return cls(read(text))

    def words(self) -> Iterable[str]:
        """Return every word that has a concept, in its dictionary form, alone or in a phrase."""
        yield from self._words
        for phrases in self._phrases.values():
            for phrase, _ in phrases:
                yield from phrase

    def of_word(self, form: str) -> tuple[str, ...]:
        """Return the concepts of one word in its dictionary form."""
        return self._words.get(form, ())

    def of_phrases(self, words: Sequence[str]) -> list[tuple[int, str]]:
        """Return the concepts of phrases among words in their dictionary forms, each with the place it begins at."""
        return [
            (place, name)
            for place, word in enumerate(words)
            for phrase, name in self._phrases.get(word, ())
            if tuple(words[place : place + len(phrase)]) == phrase
        ]

    def _add(self, name: str, wording: tuple[str, ...]) -> None:
        if len(wording) == 1:
            known = self._words.get(wording[0], ())
            self._words[wording[0]] = known if name in known else (*known, name)
        elif wording:
            self._phrases[wording[0]] = (*self._phrases.get(wording[0], ()), (wording, name))


def forms(text: str) -> tuple[str, ...]:
    """Return the dictionary forms of the words of a text that are not small, in order."""
    return tuple(lemma(word) for word in plain(text).split() if word not in SMALL)


def plain_words(text: str) -> set[str]:
    """Return every word of the file."""
    return {word for line in text.splitlines() for word in plain(line).split()}


def read(text: str) -> dict[str, list[str]]:
    """Return wordings by concept. Raises ValueError for a line of another shape."""
    concepts: dict[str, list[str]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, equals, wordings = line.partition("=")
        if not equals:
            raise ValueError(f"thesaurus, line {number}: no `name = words`")
        concepts.setdefault(name.strip(), []).extend(filter(None, map(str.strip, wordings.split(","))))
    return concepts
