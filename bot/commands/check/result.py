"""What a check found: rows with predictions, one summary, and tables for people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bot.commands.check.json_lines import Row, percentile
from bot.process.progress import Progress

S = TypeVar("S")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of the report; the first column names the row."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    rows: Sequence[Row]
    summary: dict[str, Any]
    tables: Sequence[Table] = ()


@dataclass(slots=True)
class Timed:
    """Runs one function over many inputs, with a progress bar, and keeps the seconds of each."""

    what: str
    clock: Callable[[], float]
    seconds: list[float] = field(default_factory=list)

    def over(self, inputs: Sequence[S], work: Callable[[S], T], progress: Progress) -> list[T]:
        found = []
        for number, text in enumerate(inputs, 1):
            started = self.clock()
            found.append(work(text))
            self.seconds.append(self.clock() - started)
            progress(number, len(inputs), self.what)
        return found

    def figures(self) -> dict[str, float]:
        return {"p50_ms": percentile(self.seconds, 0.5), "p99_ms": percentile(self.seconds, 0.99)}


def confusion(pairs: Sequence[tuple[object, object]], title: str, most: int = 40) -> Table:
    """Count (expected, predicted) pairs that differ, most frequent first."""
    counts: dict[tuple[str, str], int] = {}
    for pair in ((str(expected), str(found)) for expected, found in pairs):  # a file's own may be anything
        if pair[0] != pair[1]:
            counts[pair] = counts.get(pair, 0) + 1
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most]
    return Table(title=title, columns=("ожидалось", "получилось", "раз"), rows=[(*pair, n) for pair, n in ranked])
