"""Cosines of one text with many, over any countable features; postings in flat arrays. Pure once built."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Counts = Mapping[str, int]
Scores = NDArray[np.float32]


BASE = 1.0  # weight of a feature that everybody uses


class Cosines:
    """tf-idf vectors of documents of feature counts, each of length 1.

    Args:
        groups: of each document; a feature weighs by how few groups use it. By default each document is its own.
    """

    def __init__(self, documents: Sequence[Counts], groups: Sequence[int] | None = None) -> None:
        self.size = len(documents)
        of = range(self.size) if groups is None else groups
        used = {(name, group) for document, group in zip(documents, of, strict=True) for name in document}
        frequency: Counter[str] = Counter(name for name, _ in used)
        total = len(set(of))
        self._weights = {name: math.log((1 + total) / (1 + count)) + BASE for name, count in frequency.items()}
        places: dict[str, list[int]] = defaultdict(list)
        values: dict[str, list[float]] = defaultdict(list)
        for place, document in enumerate(documents):
            for name, value in self._vector(document).items():
                places[name].append(place)
                values[name].append(value)
        self._postings = {
            name: (np.array(places[name], dtype=np.int32), np.array(values[name], dtype=np.float32)) for name in places
        }

    def _vector(self, counts: Counts) -> dict[str, float]:
        known = {
            name: (1 + math.log(count)) * self._weights[name] for name, count in counts.items() if name in self._weights
        }
        length = math.sqrt(sum(value * value for value in known.values()))
        return {name: value / length for name, value in known.items()} if length else {}

    def scores(self, counts: Counts) -> Scores:
        """Return the cosine with each document, 0..1; features that no document has are left out."""
        found = [(self._postings[name], value) for name, value in self._vector(counts).items()]
        if not found:
            return np.zeros(self.size, dtype=np.float32)
        places = np.concatenate([posting[0] for posting, _ in found])
        values = np.concatenate([posting[1] * value for posting, value in found])
        return np.bincount(places, weights=values, minlength=self.size).astype(np.float32)


def letter_runs(words: Sequence[str], sizes: Sequence[int] = (3, 4, 5)) -> Counter[str]:
    """Count runs of letters within words; the ends of a word count as a letter."""
    runs: Counter[str] = Counter()
    for word in words:
        framed = f" {word} "
        for size in sizes:
            runs.update(framed[start : start + size] for start in range(len(framed) - size + 1))
    return runs
