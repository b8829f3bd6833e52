"""Limit the requests per second of an adapter to a service: sends, uploads and answers together.

The service counts the requests that arrive within any second of its own clock (`channels.round_trips`). An unanswered
request holds its slot. `bot/delivery/policy/rate_limiter.py` limits the messages of the outbox, which does not know the
other requests.
"""

from __future__ import annotations

import asyncio
import heapq
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from channels.round_trips import SECOND, RoundTrips

HELD_SECONDS = 1.0  # within which a request with a delayed answer arrives


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
        self._trips = RoundTrips(count)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for a slot and hold it for one request made inside the context."""
        started = await self._take()
        try:
            yield
        finally:
            self._give(self._trips.arrived(started, self._seconds()) + SECOND)

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
