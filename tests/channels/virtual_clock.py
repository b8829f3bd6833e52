"""A clock that only moves when nobody can go on, and a service at the end of an uneven way that counts by it."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import random


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0
        self._sleepers: list[tuple[float, int, asyncio.Event]] = []
        self._numbers = itertools.count()

    def seconds(self) -> float:
        return self.now

    async def pause(self, seconds: float) -> None:
        awake = asyncio.Event()
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._numbers), awake))
        await awake.wait()

    async def run(self, *tasks: asyncio.Task[None]) -> None:
        """Wake whoever sleeps shortest, until all tasks ended; raise what one of them raised."""
        while not all(task.done() for task in tasks):
            for _ in range(8):
                await asyncio.sleep(0)
            if self._sleepers:
                moment, _, awake = heapq.heappop(self._sleepers)
                self.now = max(self.now, moment)
                awake.set()
        for task in tasks:
            task.result()


class Service:
    """Notes when each request arrived: 2 to 12 ms after it was started, answered as late again."""

    def __init__(self, clock: Clock) -> None:
        self.arrived: dict[str, list[float]] = {}
        self._clock = clock
        self._rng = random.Random(5)  # noqa: S311

    async def ask(self, name: str) -> None:
        await self._clock.pause(self._rng.uniform(0.002, 0.012))
        self.arrived.setdefault(name, []).append(self._clock.now)
        await self._clock.pause(self._rng.uniform(0.002, 0.012))

    @property
    def all(self) -> list[float]:
        return sorted(moment for each in self.arrived.values() for moment in each)


def most_within_a_second(times: list[float]) -> int:
    return max(sum(1 for one in times if start <= one < start + 1) for start in times)
