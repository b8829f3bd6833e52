"""Figures of a benchmark: what was measured, the target beside it, and whether it was met."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version

LIBRARIES = (
    *("aiohttp", "aiosqlite", "asyncpg", "procrastinate", "tortoise-orm", "uvloop"),
    *("bm25s", "numpy", "rapidfuzz", "scikit-learn"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured value. `target`: at least so much, or at most when `at_most`; None: for orientation only."""

    part: str
    what: str
    value: float
    unit: str
    target: float | None = None
    at_most: bool = False

    @property
    def met(self) -> bool | None:
        if self.target is None:
            return None
        return self.value <= self.target if self.at_most else self.value >= self.target

    def row(self) -> tuple[str, ...]:
        target = "" if self.target is None else f"{'≤' if self.at_most else '≥'} {shown(self.target)}"
        verdict = {None: "", True: "met", False: "missed"}[self.met]
        return self.part, self.what, shown(self.value), self.unit, target, verdict


def shown(value: float) -> str:
    """Three digits at least, as many as there are before the point."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}".rstrip("0").rstrip(".") if abs(value) < 10 else f"{value:.1f}"


def table(figures: Sequence[Figure]) -> str:
    """All figures as one table of plain text."""
    rows = [("part", "what", "figure", "unit", "target", ""), *(figure.row() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(6)]
    lines = []
    for row in rows:
        cells = [
            text.rjust(width) if column in (2, 4) else text.ljust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def as_json(figures: Sequence[Figure], more: Mapping[str, object] | None = None) -> str:
    """Everything a program may want to compare: date, machine, versions, figures."""
    return json.dumps(
        {
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": {"cores": os.cpu_count(), "system": platform.system(), "architecture": platform.machine()},
            "versions": {
                "python": platform.python_version(),
                "sqlite": sqlite3.sqlite_version,
                **{name: version(name) for name in LIBRARIES},
            },
            **(more or {}),
            "figures": [{**asdict(figure), "met": figure.met} for figure in figures],
        },
        ensure_ascii=False,
    )


def quantile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all do not exceed; values need not be sorted."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def note(text: str) -> None:
    """Say on standard error how far it is."""
    print(text, file=sys.stderr, flush=True)


def check(truth: bool, what: str) -> None:
    """A figure of work that was not done is no figure."""
    if not truth:
        raise RuntimeError(f"the benchmark did not do what it counts: {what}")
