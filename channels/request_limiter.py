"""Limit the requests per second of an adapter to a service: sends, uploads and answers together.

The service counts the requests that arrive within any second of its own clock. We know only when a request was started
and answered. So a request slower than the fastest ones counts as arrived late, and an unanswered request holds its
slot. `bot/delivery/policy/rate_limiter.py` limits the messages of the outbox, which does not know the other requests.
"""

from __future__ import annotations

import asyncio
import heapq
import math
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

SECOND = 1.005  # one second with a margin, because its clock and ours are read at different places
HELD_SECONDS = 1.0  # within which a request with a delayed answer arrives
FEW_TRIPS = 50  # the fewest round trips that show the fastest one
TRIP_SECONDS = 2.5  # of the full rate are remembered; in a shorter time a busy machine may have had no fast ones


class RequestLimiter:
    """Lets `count` requests start in any second, in their order. A cancelled request gives its slot back.

    The limiter knows only the requests of this process.

    Args:
        count: requests that the service allows in any second.
        seconds: a monotonic clock.
        pause: the sleep of that clock.
    """

    def __init__(
        self, count: int, seconds: Callable[[], float], pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._seconds = seconds
        self._pause = pause
        self._unheld = asyncio.Semaphore(count)  # admits in order
        self._free_at = [-math.inf] * count  # heap: for each free slot, the time from which it may be used
        self._trips: deque[float] = deque(maxlen=max(FEW_TRIPS, int(TRIP_SECONDS * count)))

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for a slot and hold it for one request made inside the context."""
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
        """Do the same for a request whose answer the service delays, such as a long poll."""
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
        """Wait for a slot; return the start time of the request."""
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
