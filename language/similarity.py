"""Similarity of one text to many others at once: cosines over the views of `language.features`.

The fewer owners (problems, entries) use a feature, the more it weighs. The index is built once. A query reads only the
lists of its own features, which numpy sums.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from language.disk_cache import Arrays, packed, unpacked
from language.features import VIEWS, Counts, Features

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class View:
    """The inverted index of one view.

    places: by feature, its weight and the range of its texts in `rows`. values: shares of the texts' lengths.
    """

    places: dict[str, tuple[float, int, int]]
    rows: NDArray[np.int32]
    values: NDArray[np.float32]


class SimilarityIndex:
    """An index over texts; `owners[row]` is the number, from 0, of the owner of a text."""

    def __init__(self, owners: NDArray[np.int32], views: Sequence[View]) -> None:
        self.owners = owners
        self.views = tuple(views)

    @classmethod
    def of(cls, texts: Sequence[Features], owners: Sequence[int]) -> SimilarityIndex:
        """Build the index."""
        every = max(owners, default=-1) + 1
        views = [_view([text.views[number] for text in texts], owners, every) for number in range(VIEWS)]
        return cls(np.asarray(owners, dtype=np.int32), views)

    def __len__(self) -> int:
        return len(self.owners)

    def cosines(self, asked: Features) -> Floats:
        """Return the mean of the views' cosines, shape (texts,). Features that no text has are left out."""
        matches = FeatureMatches()
        for view, counts in zip(self.views, asked.views, strict=True):
            matches.add(view, counts, VIEWS)
        return matches.summed(len(self))

    def cosines_by_view(self, asked: Features) -> Floats:
        """Return the cosines, shape (views, texts)."""
        cosines = np.empty((VIEWS, len(self)))
        for number, (view, counts) in enumerate(zip(self.views, asked.views, strict=True)):
            matches = FeatureMatches()
            matches.add(view, counts, 1)
            cosines[number] = matches.summed(len(self))
        return cosines

    def weight(self, form: str) -> float | None:
        """Return the weight of a dictionary form; None when no text has the form."""
        place = self.views[1].places.get(form)
        return None if place is None else place[0]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the index as arrays, for `from_arrays`."""
        arrays: dict[str, NDArray[Any]] = {"owners": self.owners}
        for number, view in enumerate(self.views):
            arrays[f"names{number}"] = packed(view.places)
            arrays[f"weights{number}"] = np.array([weight for weight, _, _ in view.places.values()])
            arrays[f"starts{number}"] = np.array([start for _, start, _ in view.places.values()], dtype=np.int32)
            arrays[f"rows{number}"], arrays[f"values{number}"] = view.rows, view.values
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> SimilarityIndex:
        """Undo `arrays`. Raises KeyError or ValueError when something is missing."""
        views = []
        for number in range(VIEWS):
            names = unpacked(arrays[f"names{number}"])
            rows, values = arrays[f"rows{number}"], arrays[f"values{number}"]
            starts = [*arrays[f"starts{number}"].tolist(), len(rows)]
            weights = arrays[f"weights{number}"].tolist()
            views.append(
                View(dict(zip(names, zip(weights, starts, starts[1:], strict=False), strict=True)), rows, values)
            )
        return cls(arrays["owners"], views)


class FeatureMatches:
    """The texts that share features with a query, to be summed at once."""

    __slots__ = ("rows", "shares", "sizes", "values")

    def __init__(self) -> None:
        self.rows: list[NDArray[np.int32]] = []
        self.values: list[NDArray[np.float32]] = []
        self.shares: list[float] = []
        self.sizes: list[int] = []

    def add(self, view: View, counts: Counts, views: int) -> None:
        """Add the features of one of `views` views, all of equal weight."""
        squares, places, first = 0.0, view.places, len(self.shares)
        for name, count in counts.items():
            place = places.get(name)
            if place is not None:
                weight, start, end = place
                share = count * weight
                squares += share * share
                self.rows.append(view.rows[start:end])
                self.values.append(view.values[start:end])
                self.shares.append(share)
                self.sizes.append(end - start)
        if squares:
            scale = 1.0 / (math.sqrt(squares) * views)
            self.shares[first:] = [share * scale for share in self.shares[first:]]

    def summed(self, count: int) -> Floats:
        """Return the sum of each of `count` texts."""
        if not self.rows:
            return np.zeros(count)
        weights = np.concatenate(self.values) * np.repeat(np.array(self.shares, dtype=np.float32), self.sizes)
        return np.bincount(np.concatenate(self.rows), weights=weights, minlength=count).astype(np.float64, copy=False)


def _view(texts: Sequence[Counts], owners: Sequence[int], every: int) -> View:
    users: dict[str, set[int]] = {}
    for counts, owner in zip(texts, owners, strict=True):
        for name in counts:
            users.setdefault(name, set()).add(owner)
    numbers = {name: number for number, name in enumerate(users)}
    weights = [math.log((1 + every) / len(using)) for using in users.values()]
    columns, rows, values = [], [], []
    for row, counts in enumerate(texts):
        weighed = [(numbers[name], count * weights[numbers[name]]) for name, count in counts.items()]
        length = math.sqrt(sum(value * value for _, value in weighed)) or 1.0
        columns += [number for number, _ in weighed]
        rows += [row] * len(weighed)
        values += [value / length for _, value in weighed]
    of_feature = np.asarray(columns, dtype=np.int32)
    order = np.argsort(of_feature, kind="stable")
    starts = np.searchsorted(of_feature[order], np.arange(len(numbers) + 1))
    ends = starts.tolist()
    return View(
        dict(zip(numbers, zip(weights, ends, ends[1:], strict=False), strict=True)),
        np.asarray(rows, dtype=np.int32)[order],
        np.asarray(values, dtype=np.float32)[order],
    )
