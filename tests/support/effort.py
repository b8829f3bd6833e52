"""What work costs, told without a clock to judge by: in calls, or in how it grows with its input.

A machine that is slow or busy is slow for both sizes, so a ratio of growth means the same everywhere.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType

ROUNDS = 5
TIMES = 8  # how much longer the long input is
MOST_GROWTH = 24  # three times of what is linear; what is quadratic costs 64 times as much


def calls(work: Callable[[], object]) -> int:
    """Count the functions called, those in C included: the same number on every machine."""
    counted = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return counted


def growth(
    short: Callable[[], object], long: Callable[[], object], forget: Sequence[Callable[[], object]] = ()
) -> float:
    """Return how many times the CPU of `short` the CPU of `long` is: each by turns, the least of several rounds.

    For what cannot be counted, as the steps of a regular expression. forget: empties what is remembered of a text.
    """
    least = {short: float("inf"), long: float("inf")}
    short()
    gc.collect()
    for _ in range(ROUNDS):
        for work in least:
            for empty in forget:
                empty()
            began = time.thread_time()
            work()
            least[work] = min(least[work], time.thread_time() - began)
    return least[long] / max(least[short], 1e-9)
