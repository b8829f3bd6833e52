"""The updates of the fake MAX: kept until confirmed by a marker, or delivered by calling the webhooks.

As the documents of MAX say: polling gives nothing while there is a subscription; without a marker only the last update
comes (the stricter of two readings); a webhook is called again ten times, 60, 150, 375 … seconds later (here a
hundredth of that or less); 8 hours without a 200 end a subscription; no order is kept.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

FIRST_MARKER = 1000
REPEATS = 10
FIRST_PAUSE_SECONDS = 0.01  # of 60
GROWTH = 2.5
LONGEST_PAUSE_SECONDS = 0.1
EXPIRY_SECONDS = 8 * 3600
SECRET_HEADER = "X-Max-Bot-Api-Secret"

Update = dict[str, Any]


@dataclass
class Subscribed:
    url: str
    kinds: list[str]
    secret: str
    since: float
    success: float = field(init=False)

    def __post_init__(self) -> None:
        self.success = self.since


class Updates:
    def __init__(self, now: Callable[[], float], changed: Callable[[], Awaitable[None]]) -> None:
        self.kept: dict[int, Update] = {}  # by marker, until confirmed
        self.subscriptions: dict[str, Subscribed] = {}  # by address
        self.polls: list[int | None] = []  # markers asked for
        self.answers: list[int] = []  # statuses of the webhook
        self.lost: list[Update] = []  # given up after the last repeat
        self.twice = False  # every call is made again although it was answered
        self._next = FIRST_MARKER
        self._held: list[Update] | None = None
        self._now = now
        self._changed = changed
        self._news = asyncio.Condition()
        self._calls: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    # --- keeping ---

    async def add(self, *updates: Update) -> None:
        async with self._news:
            for update in updates:
                if self._held is not None:
                    self._held.append(update)
                elif self.subscriptions:
                    self._call_all(update)
                else:
                    self.kept[self._next] = update
                    self._next += 1
            self._news.notify_all()

    def hold(self) -> None:
        """Keep what comes from now on back."""
        self._held = []

    async def release(self, *, reverse: bool = False) -> None:
        """Deliver what was held back, one after the other."""
        held, self._held = self._held or [], None
        for update in reversed(held) if reverse else held:
            await self.add(update)
            await asyncio.gather(*self._calls)

    # --- long polling ---

    async def poll(self, marker: int | None, limit: int, timeout_seconds: float) -> tuple[list[Update], int]:
        self.polls.append(marker)
        await self._changed()
        if marker is None:
            marker = max(self.kept, default=self._next)
        self.kept = {number: update for number, update in self.kept.items() if number >= marker}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds), self._news:
                await self._news.wait_for(lambda: self.kept)
        numbers = sorted(self.kept)[:limit]
        return [self.kept[number] for number in numbers], numbers[-1] + 1 if numbers else marker

    # --- webhook ---

    def subscribe(self, url: str, kinds: list[str], secret: str) -> None:
        self.subscriptions[url] = Subscribed(url, kinds, secret, self._now())
        waiting, self.kept = list(self.kept.values()), {}
        for update in waiting:
            self._call_all(update)

    def expire(self) -> None:
        """End the subscriptions that did not answer 200 for too long."""
        late = self._now() - EXPIRY_SECONDS
        self.subscriptions = {url: one for url, one in self.subscriptions.items() if one.success > late}

    def _call_all(self, update: Update) -> None:
        for one in self.subscriptions.values():
            if not one.kinds or update["update_type"] in one.kinds:
                task = asyncio.create_task(self._deliver(one, update))
                self._calls.add(task)
                task.add_done_callback(self._calls.discard)

    async def _deliver(self, one: Subscribed, update: Update) -> None:
        pause = FIRST_PAUSE_SECONDS
        for _ in range(1 + REPEATS):
            if await self._call(one, update):
                if self.twice:
                    await self._call(one, update)
                return
            self.expire()
            await asyncio.sleep(min(pause, LONGEST_PAUSE_SECONDS))
            pause *= GROWTH
        self.lost.append(update)
        await self._changed()

    async def _call(self, one: Subscribed, update: Update) -> bool:
        self._session = self._session or aiohttp.ClientSession()
        headers = {SECRET_HEADER: one.secret} if one.secret else {}
        try:
            async with self._session.post(one.url, json=update, headers=headers) as answer:
                self.answers.append(answer.status)
        except aiohttp.ClientError:
            self.answers.append(0)
        if self.answers[-1] == 200:
            one.success = self._now()
        await self._changed()
        return self.answers[-1] == 200

    async def close(self) -> None:
        for task in self._calls:
            task.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)
        if self._session:
            await self._session.close()
