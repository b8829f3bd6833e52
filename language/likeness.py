"""How alike a text is to many others at once: cosines over the views of `language.features`.

Each feature weighs the more the fewer owners (problems, entries) use it. An index is built once; a question to it costs
the lists of its own features, summed by numpy.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from language.features import VIEWS, Counts, Features

Floats = NDArray[np.float64]
Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class View:
    """The inverted index of one view. Feature n stands in the texts rows[starts[n]:starts[n + 1]]."""

    numbers: dict[str, int]  # of features
    weights: list[float]
    starts: list[int]
    rows: NDArray[np.int32]
    values: NDArray[np.float32]  # share of the text's length, beside rows


Part = tuple[View, int, int, float]  # a feature of a text: where it stands in its view, and its share


class Likeness:
    """An index over texts; `owners[row]` is whom a text belongs to, numbered from 0."""

    def __init__(self, owners: NDArray[np.int32], views: Sequence[View]) -> None:
        self.owners = owners
        self.views = tuple(views)

    @classmethod
    def of(cls, texts: Sequence[Features], owners: Sequence[int]) -> Likeness:
        """Build the index."""
        every = max(owners, default=-1) + 1
        views = [_view([text.views[number] for text in texts], owners, every) for number in range(VIEWS)]
        return cls(np.asarray(owners, dtype=np.int32), views)

    def __len__(self) -> int:
        return len(self.owners)

    def alike(self, asked: Features) -> Floats:
        """Return the mean of the views' cosines, shape (texts,). A feature that no text has is left out."""
        return self._summed([part for view, counts in self._seen(asked) for part in _parts(view, counts, VIEWS)])

    def alike_by_view(self, asked: Features) -> Floats:
        """Return the cosines, shape (views, texts)."""
        return np.stack([self._summed(_parts(view, counts, 1)) for view, counts in self._seen(asked)])

    def _seen(self, asked: Features) -> Iterable[tuple[View, Counts]]:
        return zip(self.views, asked.views, strict=True)

    def _summed(self, parts: Sequence[Part]) -> Floats:
        if not parts:
            return np.zeros(len(self))
        rows = np.concatenate([view.rows[start:end] for view, start, end, _ in parts])
        values = np.concatenate([view.values[start:end] for view, start, end, _ in parts])
        shares = np.repeat([share for *_, share in parts], [end - start for _, start, end, _ in parts])
        return np.bincount(rows, weights=values * shares, minlength=len(self)).astype(np.float64, copy=False)

    def weight(self, form: str) -> float | None:
        """Return what a dictionary form weighs; None when no text has it."""
        number = self.views[1].numbers.get(form)
        return None if number is None else self.views[1].weights[number]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the index as arrays, for `from_arrays`."""
        found: dict[str, NDArray[Any]] = {"owners": self.owners}
        for number, view in enumerate(self.views):
            names = "\n".join(view.numbers).encode()
            found[f"names{number}"] = np.frombuffer(names, dtype=np.uint8)
            found[f"weights{number}"] = np.asarray(view.weights)
            found[f"starts{number}"] = np.asarray(view.starts, dtype=np.int32)
            found[f"rows{number}"], found[f"values{number}"] = view.rows, view.values
        return found

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Likeness:
        """Undo `arrays`. Raises KeyError or ValueError when something lacks."""
        views = []
        for number in range(VIEWS):
            names = bytes(arrays[f"names{number}"]).decode().split("\n")
            numbers = {name: place for place, name in enumerate(names)}
            weights, starts = arrays[f"weights{number}"].tolist(), arrays[f"starts{number}"].tolist()
            views.append(View(numbers, weights, starts, arrays[f"rows{number}"], arrays[f"values{number}"]))
        return cls(arrays["owners"], views)


def _parts(view: View, counts: Counts, views: int) -> list[Part]:
    """Return where the features of a text stand, and their shares of its length; each view counts one of `views`."""
    known = [(number, count) for name, count in counts.items() if (number := view.numbers.get(name)) is not None]
    weighed = [(number, count * view.weights[number]) for number, count in known]
    length = math.sqrt(sum([weight * weight for _, weight in weighed])) * views
    if not length:
        return []
    return [(view, view.starts[number], view.starts[number + 1], weight / length) for number, weight in weighed]


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
    in_order = np.asarray(rows, dtype=np.int32)[order], np.asarray(values, dtype=np.float32)[order]
    return View(numbers, weights, starts.tolist(), *in_order)
