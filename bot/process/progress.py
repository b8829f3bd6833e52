"""How far a long command has come, on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

BAR = 24  # characters


class Progress:
    """Call it with rows done, rows in all, and what is being done. A terminal's line is redrawn; a log gets few."""

    def __init__(self, out: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = out or sys.stderr
        self._clock = clock
        self._pause = 0.1 if self._out.isatty() else 5.0
        self._next = clock() + self._pause

    def __call__(self, done: int, total: int, what: str) -> None:
        if self._clock() < self._next and done < total:
            return
        self._next = self._clock() + self._pause
        share = done / total if total else 1.0
        counts = f"{share:4.0%}  {done:,} из {total:,}  {what}".replace(",", " ")
        if self._out.isatty():
            filled = round(share * BAR)
            end = "\n" if done >= total else ""
            self._out.write(f"\r\x1b[K[{'#' * filled}{'.' * (BAR - filled)}] {counts}{end}")
        else:
            self._out.write(counts + "\n")
        self._out.flush()
