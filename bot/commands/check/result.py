"""The result of a check: rows with predictions, one summary, and tables for people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bot.commands.check.json_lines import Row, percentile
from bot.process.progress import Progress

Input = TypeVar("Input")
Output = TypeVar("Output")


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

    def over(self, inputs: Sequence[Input], work: Callable[[Input], Output], progress: Progress) -> list[Output]:
        outputs = []
        for number, text in enumerate(inputs, 1):
            started = self.clock()
            outputs.append(work(text))
            self.seconds.append(self.clock() - started)
            progress(number, len(inputs), self.what)
        return outputs

    def figures(self) -> dict[str, float]:
        return {"p50_ms": percentile(self.seconds, 0.5), "p99_ms": percentile(self.seconds, 0.99)}


def confusion(pairs: Sequence[tuple[object, object]], title: str, max_rows: int = 40) -> Table:
    """Count (expected, predicted) pairs that differ, most frequent first."""
    counts: dict[tuple[str, str], int] = {}
    for pair in ((str(expected), str(actual)) for expected, actual in pairs):  # a file's own may be anything
        if pair[0] != pair[1]:
            counts[pair] = counts.get(pair, 0) + 1
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:max_rows]
    return Table(title=title, columns=("ожидалось", "получилось", "раз"), rows=[(*pair, n) for pair, n in ranked])
