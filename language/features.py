"""Features of a text, for comparing it with others: runs of letters, dictionary forms, concepts. Pure, cached.

The three views complement each other. Runs of letters survive typos, forms distinguish words, concepts connect wordings
that share no word. Neighbouring forms and concepts count as pairs too: «нет воды» is more than «нет» and «воды».
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from language.lemmas import lemma
from language.normalise import plain
from language.thesaurus import SMALL, Thesaurus

VIEWS = 3
RUNS = (4,)  # letters
REMEMBERED = 32_768  # words
MOST_WORDS = 120  # of one text
PAIR = 0.6  # weight of a pair, where a word has 1
FAR_PAIR = 0.3  # weight of two concepts with another between them
SERVICES = frozenset({"04", "104", "112", "101", "102", "103"})  # the only numbers with a meaning of their own

Counts = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Word:
    """One word that carries meaning."""

    form: str  # dictionary form
    runs: tuple[str, ...]
    concepts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Features:
    """Counts of one text by feature."""

    runs: Counts
    forms: Counts
    concepts: Counts

    @property
    def views(self) -> tuple[Counts, Counts, Counts]:
        return self.runs, self.forms, self.concepts


def words_of(text: str) -> list[str]:
    """Return the plain words that carry meaning: no small words, no numbers but those of emergency services."""
    telling = [word for word in plain(text).split() if word not in SMALL and (word.isalpha() or word in SERVICES)]
    return telling[:MOST_WORDS]


@lru_cache(maxsize=REMEMBERED)
def word(written: str) -> Word:
    """Look one plain word up."""
    form = lemma(written)
    return Word(form, _runs(written), Thesaurus.shipped().of_word(form))


def _runs(written: str) -> tuple[str, ...]:
    padded = f"^{written}$"
    runs = (padded[start : start + size] for size in RUNS for start in range(len(padded) - size + 1))
    return tuple(dict.fromkeys(runs))


def features(words: Iterable[str]) -> Features:
    """Count the features of plain words in their order."""
    known = [word(written) for written in words]
    forms = [entry.form for entry in known]
    concepts: Counter[str] = Counter(concept for entry in known for concept in entry.concepts)
    placed = [entry.concepts for entry in known]
    for place, name in Thesaurus.shipped().of_phrases(forms):
        concepts[name] += 1
        placed[place] = (*placed[place], name)
    return Features(
        Counter(run for entry in known for run in entry.runs),
        _with_pairs(forms),
        _with_concept_pairs([names for names in placed if names], concepts),
    )


def _with_pairs(forms: Sequence[str]) -> Counts:
    counts: dict[str, float] = dict(Counter(forms))
    for first, second in pairwise(forms):
        name = pair(first, second)
        counts[name] = counts.get(name, 0.0) + PAIR
    return counts


def _with_concept_pairs(placed: Sequence[tuple[str, ...]], concepts: Mapping[str, float]) -> Counts:
    counts = dict(concepts)
    for distance, share in ((1, PAIR), (2, FAR_PAIR)):
        for firsts, seconds in zip(placed, placed[distance:], strict=False):
            for name in {pair(first, second) for first in firsts for second in seconds if first != second}:
                counts[name] = counts.get(name, 0.0) + share
    return counts


def pair(first: str, second: str) -> str:
    """Name a pair whatever its order."""
    return f"{first} {second}" if first < second else f"{second} {first}"
