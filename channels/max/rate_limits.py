"""MAX's limits per second, kept here because answers to presses share them with messages, which the outbox paces.

Each process counts its own requests. Where presses and messages are in different processes MAX may say 429 now and
then: the message is sent a second later.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from channels.request_limiter import RequestLimiter

PER_SECOND = 30  # requests of one bot
PER_CHAT = 2  # messages, edits and answers to presses of one chat
CHATS = 5000  # remembered; more are forgotten


class Gate:
    """Every request passes here and waits until its second has room."""

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
        """Make a request inside.

        chat: of a message, an edit or an answer; empty: the request is none of these. held: MAX answers when something
        happened.
        """
        if not chat:
            async with self._bot.held_slot() if held else self._bot.slot():
                yield
            return
        limiter = self._chats.pop(chat, None) or RequestLimiter(PER_CHAT, self._seconds, self._pause)
        self._chats[chat] = limiter  # last in line to be forgotten
        if len(self._chats) > CHATS:
            del self._chats[next(iter(self._chats))]
        async with limiter.slot(), self._bot.slot():
            yield
