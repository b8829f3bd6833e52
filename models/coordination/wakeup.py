"""Wake-ups between parts of the program. A wake-up is a hint, never a fact: the facts lie in the database.

A waiter reads the database again when `Listener.wait` returns, notified or not; so a lost wake-up costs one timeout.
"""

from __future__ import annotations

import asyncio
from typing import Protocol
from weakref import WeakSet, WeakValueDictionary


class Listener:
    """One waiter for one topic. Keep it for the whole loop: notifications between two waits are remembered."""

    def __init__(self) -> None:
        self._notified = asyncio.Event()
        self._topic: _Topic | None = None

    def notice(self) -> None:
        """The topic was notified; many notifications before the next wait count as one."""
        self._notified.set()

    async def wait(self, timeout: float) -> None:
        """Return when the topic was notified since the last wait, at once if it already was, or after `timeout` s."""
        try:
            async with asyncio.timeout(timeout):
                await self._notified.wait()
        except TimeoutError:
            return
        self._notified.clear()


class Wakeup(Protocol):
    """Topics: ``inbox``, ``outbox``, ``console``, ``files``, ``conversation:<channel>:<address>``."""

    def notify(self, topic: str) -> None:
        """Wake every listener of a topic; best effort, coalesced, never blocks."""

    def listen(self, topic: str) -> Listener:
        """Return a listener that hears every notification from now on, for as long as somebody holds it."""
        ...

    async def wait(self, topic: str, timeout: float) -> None:
        """Wait for the next notification, at most `timeout` seconds; a loop wants `listen`, which misses none."""

    async def close(self) -> None:
        """Notify no more."""


class _Topic:
    """Everybody who listens to one topic. The listeners hold it, so it disappears with the last of them."""

    def __init__(self) -> None:
        self.listeners: WeakSet[Listener] = WeakSet()


class LocalWakeup:
    """Wake-ups within one process; use it only from the event loop. Memory grows with listeners, not with topics."""

    def __init__(self) -> None:
        self._topics: WeakValueDictionary[str, _Topic] = WeakValueDictionary()

    def notify(self, topic: str) -> None:
        entry = self._topics.get(topic)
        if entry is not None:
            for listener in entry.listeners:
                listener.notice()

    def notify_all(self) -> None:
        """Wake everybody: nobody knows which topic was notified."""
        for topic in list(self._topics):
            self.notify(topic)

    def listen(self, topic: str) -> Listener:
        entry = self._topics.get(topic)
        if entry is None:
            entry = self._topics[topic] = _Topic()
        listener = Listener()
        listener._topic = entry  # keeps the topic alive exactly as long as the listener
        entry.listeners.add(listener)
        return listener

    async def wait(self, topic: str, timeout: float) -> None:
        await self.listen(topic).wait(timeout)

    async def close(self) -> None:
        return

    def topic_count(self) -> int:
        """Return how many topics have listeners."""
        return len(self._topics)
