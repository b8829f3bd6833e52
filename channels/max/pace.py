"""MAX's limits per second, kept here because answers to presses share them with messages, which the outbox paces.

Each process counts its own requests. Where presses and messages are in different processes MAX may say 429 now and
then: the message is sent a second later.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

PER_SECOND = 28  # MAX allows 30 requests of one bot
WINDOW_SECONDS = 1.05  # a second, and what the network may squeeze it by
PER_CHAT = 2  # messages, edits and answers to presses of one chat
CHATS = 5000  # remembered; more are forgotten
LONGEST_WAIT_SECONDS = 1.0  # for one place; more only if the clock was set back


@dataclass(slots=True)
class Chat:
    """Two places; each is free again a second after its request was answered, so MAX saw that one earlier still."""

    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PER_CHAT))
    free_at: deque[float] = field(default_factory=lambda: deque([0.0] * PER_CHAT))


class Gate:
    """Every request passes here and waits until its second has room."""

    def __init__(self, now: Callable[[], datetime], pause: Callable[[float], Awaitable[None]]) -> None:
        self._now = now
        self._pause = pause
        self._starts: deque[float] = deque(maxlen=PER_SECOND)
        self._chats: dict[str, Chat] = {}

    @asynccontextmanager
    async def room(self, chat: str = "") -> AsyncIterator[None]:
        """Make a request inside. chat: of a message, an edit or an answer; empty: the request is none of these."""
        if not chat:
            await self._start()
            yield
            return
        known = self._chats.pop(chat, None) or Chat()
        self._chats[chat] = known  # last in line to be forgotten
        if len(self._chats) > CHATS:
            del self._chats[next(iter(self._chats))]
        async with known.places:
            free_at = known.free_at.popleft()
            try:
                if (wait := free_at - self._seconds()) > 0:
                    await self._pause(min(wait, LONGEST_WAIT_SECONDS))
                await self._start()
                yield
            finally:
                known.free_at.append(self._seconds() + 1.0)

    async def _start(self) -> None:
        """Take the bot's next free moment at once, so that whoever comes later gets a later one; then wait for it."""
        now = self._seconds()
        if self._starts and self._starts[-1] > now + 60:  # the clock was set back
            self._starts.clear()
        full = len(self._starts) == PER_SECOND
        moment = max(now, self._starts[0] + WINDOW_SECONDS) if full else now
        self._starts.append(moment)
        if moment > now:
            await self._pause(moment - now)

    def _seconds(self) -> float:
        return self._now().timestamp()
