"""MAX's limits per second, shared by messages and answers to presses.

The outbox limits only messages, so the adapter counts all requests. Each process counts its own. If presses and
messages are in different processes, MAX may sometimes answer 429; then the message is sent a second later.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from channels.request_limiter import RequestLimiter

PER_SECOND = 30  # requests of one bot
PER_CHAT = 2  # messages, edits and answers to presses of one chat
CHATS = 5000  # remembered; the oldest are forgotten


class Gate:
    """Makes every request wait until the limits allow it."""

    def __init__(
        self,
        seconds: Callable[[], float] = time.monotonic,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._seconds = seconds
        self._pause = pause
        self._bot = RequestLimiter(PER_SECOND, seconds, pause)
        self._chats: dict[str, RequestLimiter] = {}

    @asynccontextmanager
    async def room(self, chat: str = "", *, held: bool = False) -> AsyncIterator[None]:
        """Hold a slot for the request made inside the context.

        chat: the chat of a message, an edit or an answer; empty for other requests. held: MAX delays its answer until
        something happens.
        """
        if not chat:
            async with self._bot.held_slot() if held else self._bot.slot():
                yield
            return
        limiter = self._chats.pop(chat, None) or RequestLimiter(PER_CHAT, self._seconds, self._pause)
        self._chats[chat] = limiter  # the most recent is forgotten last
        if len(self._chats) > CHATS:
            del self._chats[next(iter(self._chats))]
        async with limiter.slot(), self._bot.slot():
            yield
