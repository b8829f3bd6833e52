"""A knowledge base of any size and questions to it that nobody asked before, made of the background topics.

An entry is two topics and a made-up noun. Its wordings, and questions to it, are the beginning of a sentence of the
first topic, the noun, and the end of a sentence of the second one; no other entry has both topics. A third of the
questions has a typo. What is asked shares its very words with the entry, far more than what people ask does.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import permutations

import yaml

from faq.base.loader import Base
from faq.matching.topics import FOLDER
from faq.types import FaqEntry

SEED = 11
_SYLLABLES = "ба ве го ду жи ка ло мо ни пе ро су ти фа ше зо лен мар бор кир".split()  # noqa: SIM905  # syllables
_ENDINGS = ("тор", "ница", "ование", "ник", "овка", "мер")
LONG_ENOUGH = 5  # letters of a word that gets a typo


class MadeUp:
    """entries: how many, each with `variants` wordings beside its question."""

    def __init__(self, entries: int, variants: int = 10) -> None:
        self._chance = random.Random(SEED)  # noqa: S311  # no secret
        topics = [*yaml.safe_load((FOLDER / "topics.yaml").read_text(encoding="utf-8")).values()]
        self._used: set[str] = set()
        pairs = self._chance.sample([*permutations(topics, 2)], entries)
        self._parts = [(*pair, noun) for pair, noun in zip(pairs, self._nouns(entries), strict=True)]
        self.base = Base(tuple(self._entry(number, variants) for number in range(entries)))

    def questions(self, count: int) -> Iterator[tuple[str, str]]:
        """Yield ids of entries and new questions to them."""
        for place in range(count):
            number = self._chance.randrange(len(self._parts))
            text = self._wording(number)
            yield f"e{number}", self._mistyped(text) if place % 3 == 0 else text

    def _entry(self, number: int, variants: int) -> FaqEntry:
        wordings = [self._wording(number) for _ in range(1 + variants)]
        answer = f"{self._wording(number)}. {self._wording(number)}."
        return FaqEntry(id=f"e{number}", question=wordings[0], variants=tuple(wordings[1:]), answer=answer)

    def _wording(self, number: int) -> str:
        """Return a wording that was not made before."""
        firsts, seconds, noun = self._parts[number]
        while True:
            first, second = self._chance.choice(firsts).split(), self._chance.choice(seconds).split()
            made = " ".join((*first[: -(-len(first) // 2)], noun, *second[len(second) // 2 :]))
            if made not in self._used:
                self._used.add(made)
                return made

    def _nouns(self, count: int) -> Sequence[str]:
        found: dict[str, None] = {}
        while len(found) < count:
            syllables = (self._chance.choice(_SYLLABLES) for _ in range(self._chance.randint(2, 3)))
            found["".join(syllables) + self._chance.choice(_ENDINGS)] = None
        return [*found]

    def _mistyped(self, text: str) -> str:
        """Leave a letter out, double it or swap it with the next one, in a long word."""
        words = text.split()
        place = self._chance.choice([number for number, word in enumerate(words) if len(word) >= LONG_ENOUGH])
        word = words[place]
        at = self._chance.randrange(1, len(word) - 1)
        changed = (word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:])
        swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        words[place] = self._chance.choice((*changed, swapped))
        return " ".join(words)
