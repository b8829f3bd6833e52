"""MAX's limits per second, kept here because answers to presses share them with messages, which the outbox paces."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime

PER_SECOND = 29  # MAX allows 30 requests of one bot
PER_CHAT = 2  # messages, edits and answers to presses of one chat
WINDOW_SECONDS = 1.05  # a second, and what the network may squeeze it by
CHATS = 5000  # remembered; more are forgotten


class Gate:
    """Every request passes here first and waits until its second has room."""

    def __init__(self, now: Callable[[], datetime], pause: Callable[[float], Awaitable[None]]) -> None:
        self._now = now
        self._pause = pause
        self._all: deque[float] = deque(maxlen=PER_SECOND)
        self._chats: dict[str, deque[float]] = {}

    async def enter(self, chat: str = "") -> None:
        """Wait for room. chat: of a message, an edit or an answer; empty: the request is none of these."""
        if chat:
            times = self._chats.pop(chat, None) or deque(maxlen=PER_CHAT)
            self._chats[chat] = times  # last in line to be forgotten
            if len(self._chats) > CHATS:
                del self._chats[next(iter(self._chats))]
            await self._take(times)
        await self._take(self._all)

    async def _take(self, times: deque[float]) -> None:
        """Take the next free moment at once, so that whoever comes later gets a later one; then wait for it."""
        now = self._now().timestamp()
        if times and times[-1] > now + 60:  # the clock was set back
            times.clear()
        full = len(times) == times.maxlen
        moment = max(now, times[0] + WINDOW_SECONDS) if full else now
        times.append(moment)
        if moment > now:
            await self._pause(moment - now)
