"""A service's limit of requests per second, kept where all requests of an adapter pass: sends, uploads, answers.

The service counts in any second, by its own clock, when a request arrives. We know when one was started and when it was
answered; so one that took longer than the fastest ones counts as arrived late, and one that is not answered yet holds
its slot. `bot/delivery/policy/rate_limiter.py` does the same for what the outbox sends; here it is met by what the
outbox knows nothing of.
"""

from __future__ import annotations

import asyncio
import heapq
import math
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

SECOND = 1.005  # what we take for one: its clock and ours are read at different places
HELD_SECONDS = 1.0  # in which a request arrives whose answer is held back
FEW_TRIPS = 50  # round trips among which the fastest is looked for, at least: among fewer it is not known
TRIP_SECONDS = 2.5  # of the full rate are remembered; within fewer a busy machine may have had no fast ones


class RequestLimiter:
    """Lets `count` requests start in any second, in the order they came; a cancelled request gives its slot back.

    It knows the requests of this process only.

    Args:
        count: requests that the service allows in any second.
        seconds: a clock that is never set back.
        pause: its sleep.
    """

    def __init__(
        self, count: int, seconds: Callable[[], float], pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._seconds = seconds
        self._pause = pause
        self._unheld = asyncio.Semaphore(count)  # lets in by turn
        self._free_at = [-math.inf] * count  # heap: when each slot that no request holds may be used again
        self._trips: deque[float] = deque(maxlen=max(FEW_TRIPS, int(TRIP_SECONDS * count)))

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for a slot; make one request inside."""
        started = await self._take()
        try:
            yield
        finally:
            now = self._seconds()
            self._trips.append(now - started)
            fastest = min(self._trips) if len(self._trips) >= FEW_TRIPS else 0.0
            self._give(max(started, now - fastest) + SECOND)

    @asynccontextmanager
    async def held_slot(self) -> AsyncIterator[None]:
        """The same for a request that the service answers when it wants to: a long poll, say."""
        started = await self._take()
        latest = started + HELD_SECONDS + SECOND
        self._give(latest)
        try:
            yield
        finally:
            sooner = self._seconds() + SECOND
            if sooner < latest and latest in self._free_at:
                self._free_at.remove(latest)
                self._free_at.append(sooner)
                heapq.heapify(self._free_at)

    async def _take(self) -> float:
        """Return when the request starts."""
        await self._unheld.acquire()
        free_at = heapq.heappop(self._free_at)
        try:
            if (wait := free_at - self._seconds()) > 0:
                await self._pause(wait)
        except BaseException:
            self._give(free_at)
            raise
        return self._seconds()

    def _give(self, free_at: float) -> None:
        heapq.heappush(self._free_at, free_at)
        self._unheld.release()
