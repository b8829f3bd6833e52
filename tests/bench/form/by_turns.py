"""Several systems that answer the same texts by turns, so that what else the machine does touches all of them alike."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from tests.bench.figures import quantile

T = TypeVar("T")


@dataclass(slots=True)
class Taken(Generic[T]):
    """Answers in the order of the texts, and what each took: of the thread's CPU, and by the clock on the wall."""

    answers: list[T] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    wall_ms: list[float] = field(default_factory=list)

    def add(self, work: Callable[[str], T], text: str) -> None:
        wall, cpu = time.perf_counter(), time.thread_time()
        answer = work(text)
        self.cpu_ms.append((time.thread_time() - cpu) * 1000)
        self.wall_ms.append((time.perf_counter() - wall) * 1000)
        self.answers.append(answer)

    def pace(self) -> Pace:
        return Pace(quantile(self.cpu_ms, 0.5), quantile(self.cpu_ms, 0.99), quantile(self.wall_ms, 0.99))


@dataclass(frozen=True, slots=True)
class Pace:
    """Milliseconds a text takes.

    Of CPU, as `tests.bench.understanding.addresses` counts them, and the p99 on the wall.
    """

    p50_ms: float
    p99_ms: float
    wall_p99_ms: float


def by_turns(systems: Mapping[str, Callable[[str], T]], texts: Sequence[str]) -> dict[str, Taken[T]]:
    """Ask every system every text; with each text another one is first."""
    names = list(systems)
    taken: dict[str, Taken[T]] = {name: Taken() for name in names}
    with settled():
        for number, text in enumerate(texts):
            first = number % len(names)
            for name in (*names[first:], *names[:first]):
                taken[name].add(systems[name], text)
    return taken


@contextmanager
def settled() -> Iterator[None]:
    """Keep the collector of garbage from looking through what stays, as `bot.turns.served_houses` does."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
