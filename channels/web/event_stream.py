"""Wait for new lines of a conversation without missing any."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from channels.contract import Line, Transcript

BATCH = 200


class Listeners:
    """The waiting streams of this process, by conversation."""

    def __init__(self) -> None:
        self._events: dict[str, set[asyncio.Event]] = {}

    def wake(self, conversation: str) -> None:
        for event in self._events.get(conversation, ()):
            event.set()

    def wake_all(self) -> None:
        for conversation in self._events:
            self.wake(conversation)

    def count(self, conversation: str) -> int:
        return len(self._events.get(conversation, ()))

    @contextmanager
    def listen(self, conversation: str) -> Iterator[asyncio.Event]:
        event = asyncio.Event()
        self._events.setdefault(conversation, set()).add(event)
        try:
            yield event
        finally:
            self._events[conversation].discard(event)
            if not self._events[conversation]:
                del self._events[conversation]


async def next_lines(
    transcript: Transcript, conversation: str, after: int, seconds: float, woken: asyncio.Event
) -> list[Line]:
    """Return the lines above `after`; wait up to `seconds` if there are none. May return empty early.

    Both waits begin before the first read. Otherwise a line stored between the read and the wait would be noticed only
    after the time is up.
    """
    if seconds <= 0:
        return await transcript.lines_after(conversation, after, BATCH)
    woken.clear()
    waits: set[asyncio.Task[None]] = {
        asyncio.create_task(_wait(transcript, conversation, after, seconds)),
        asyncio.create_task(_woken(woken)),
    }
    try:
        await asyncio.sleep(0)
        if lines := await transcript.lines_after(conversation, after, BATCH):
            return lines
        done, _ = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in done:
            wait.result()  # an error of the store ends the stream; the browser reconnects
        return await transcript.lines_after(conversation, after, BATCH)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)


async def all_lines(transcript: Transcript, conversation: str, after: int = 0) -> list[Line]:
    """Return every line above `after`."""
    lines: list[Line] = []
    while batch := await transcript.lines_after(conversation, lines[-1].id if lines else after, BATCH):
        lines += batch
    return lines


async def _wait(transcript: Transcript, conversation: str, after: int, seconds: float) -> None:
    await transcript.wait(conversation, after, seconds)


async def _woken(event: asyncio.Event) -> None:
    await event.wait()
