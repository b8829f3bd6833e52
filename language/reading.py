"""A text made comparable: plain words, their dictionary forms, what they are about, and counts of each. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from language.cosines import letter_runs
from language.lemmas import every_lemma
from language.normalise import plain
from language.thesaurus import concepts

MOST_WORDS = 80  # of one text


@dataclass(frozen=True, slots=True)
class Reading:
    """words: plain. forms: the dictionary form of each word. concepts: of the thesaurus, each once."""

    words: tuple[str, ...]
    forms: tuple[str, ...]
    concepts: tuple[str, ...]


def read(text: str) -> Reading:
    """Read a text in Russian letters."""
    words = tuple(plain(text).split()[:MOST_WORDS])
    forms = every_lemma(" ".join(words))
    return Reading(words, forms, concepts(forms))


def letters(reading: Reading) -> Counter[str]:
    return letter_runs(reading.words)


def forms(reading: Reading) -> Counter[str]:
    return Counter(reading.forms)


def form_pairs(reading: Reading) -> Counter[str]:
    """Count dictionary forms, and pairs of neighbours."""
    return Counter([*reading.forms, *_pairs(reading.forms, reading.forms[1:])])


def topics(reading: Reading) -> Counter[str]:
    return Counter(reading.concepts)


def topic_pairs(reading: Reading) -> Counter[str]:
    """Count concepts, and pairs of concepts that a text names together."""
    found = reading.concepts
    together = [f"{one}+{other}" for place, one in enumerate(found) for other in found[place + 1 :]]
    return Counter([*found, *together])


def _pairs(first: Sequence[str], second: Sequence[str]) -> list[str]:
    return [f"{one} {other}" for one, other in zip(first, second, strict=False)]
