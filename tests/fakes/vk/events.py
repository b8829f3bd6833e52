"""The events of the fake VK: a history for long polling, and calls of a callback server with repeats."""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from tests.fakes.vk import spec

MOST_OF_A_POLL = 1000
RETRY_SECONDS = (0.01, 0.02, 0.05)  # VK waits seconds, then minutes
FIRST_TS = 5000

Event = dict[str, Any]


class Events:
    def __init__(self, group_id: int, changed: Callable[[], Awaitable[None]]) -> None:
        self.history: list[Event] = []
        self.forgotten = 0  # events at the beginning that long polling does not know any more
        self.key = "poll-key-1"
        self.asked_ts: list[str] = []
        self.failures: list[dict[str, Any]] = []  # given instead of the next answers
        self.ts_as_number = False
        self.callback_url = ""
        self.secret = ""
        self.delivered: list[tuple[str, int]] = []  # event ids of calls and the number of the try
        self.answers: list[tuple[int, str]] = []  # what our callback answered
        self.under_way = 0  # calls that were not answered ``ok`` yet
        self._group_id = group_id
        self._changed = changed
        self._news = asyncio.Condition()
        self._calls: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    async def add(self, kind: str, held: dict[str, Any], *, event_id: str = "", checked: bool = True) -> Event:
        """Keep an event and give it to whoever listens. Raises `SpecError` when VK could not send such a one."""
        event = {
            "type": kind,
            "event_id": event_id or uuid.uuid4().hex,
            "group_id": self._group_id,
            "v": "5.199",
            "object": held,
        }
        if checked:
            spec.check_event(event)
        async with self._news:
            self.history.append(event)
            self._news.notify_all()
        if self.callback_url:
            self.call(event)
        return event

    # --- long polling ---

    @property
    def ts(self) -> int:
        """The position behind everything that happened."""
        return FIRST_TS + len(self.history)

    async def poll(self, key: str, ts: str, wait_seconds: float) -> dict[str, Any]:
        self.asked_ts.append(ts)
        await self._changed()
        if self.failures:
            return self.failures.pop(0)
        if key != self.key:
            return {"failed": 2}
        place = int(ts) - FIRST_TS
        if not self.forgotten <= place <= len(self.history):
            return {"failed": 1, "ts": self.ts}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_seconds), self._news:
                await self._news.wait_for(lambda: len(self.history) > place or key != self.key)
        found = self.history[place : place + MOST_OF_A_POLL]
        position = FIRST_TS + place + len(found)
        return {"ts": position if self.ts_as_number else str(position), "updates": found}

    # --- callback ---

    def call(self, event: Event) -> None:
        """Call our address with an event until it answers ``ok``, beside all other calls: repeats may overtake."""
        self.under_way += 1
        task = asyncio.create_task(self._call_until_ok(event))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def ask_confirmation(self) -> str:
        body = {"type": "confirmation", "group_id": self._group_id, "event_id": uuid.uuid4().hex, "v": "5.199"}
        spec.check(body, "callback_confirmation")
        return (await self._post({**body, "secret": self.secret} if self.secret else body, 0))[1]

    async def _call_until_ok(self, event: Event) -> None:
        body = {**event, "secret": self.secret} if self.secret else event
        attempt = 0
        while (await self._post(body, attempt)) != (200, "ok"):
            await asyncio.sleep(RETRY_SECONDS[min(attempt, len(RETRY_SECONDS) - 1)])
            attempt += 1
        self.under_way -= 1
        await self._changed()

    async def _post(self, body: Event, attempt: int) -> tuple[int, str]:
        self._session = self._session or aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
        headers = {"Content-Type": "application/json", **({"X-Retry-Counter": str(attempt)} if attempt else {})}
        self.delivered.append((str(body["event_id"]), attempt))
        try:
            async with self._session.post(self.callback_url, data=json.dumps(body), headers=headers) as answer:
                said = answer.status, await answer.text()
        except aiohttp.ClientError:
            said = 0, ""
        self.answers.append(said)
        await self._changed()
        return said

    async def close(self) -> None:
        for task in self._calls:
            task.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)
        if self._session:
            await self._session.close()
