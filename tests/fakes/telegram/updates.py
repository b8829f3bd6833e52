"""The updates of the fake Bot API: kept until confirmed, handed over by long polling or by calling the webhook.

As the real server does (tdlib/telegram-bot-api): an offset confirms all below it, a second poller ends the first with
409, a webhook gets one update of a chat at a time and again until it answers 2xx.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

MESSAGE_SECONDS = 24 * 3600
PRESS_SECONDS = 150
LONGEST_WAIT_SECONDS = 50
NOT_BY_DEFAULT = ("chat_member", "message_reaction", "message_reaction_count")
RETRY_SECONDS = (0.0, 0.02, 0.05)  # the real server waits 0, 2, 4 … 120
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"

Update = dict[str, Any]


class ConflictError(Exception):
    """Another getUpdates request ended this one."""


class Updates:
    def __init__(self, now: Callable[[], float], changed: Callable[[], Awaitable[None]]) -> None:
        self.waiting: list[tuple[float, Update]] = []  # expiry, update
        self.delivered: list[int] = []  # ids handed over, repeats included
        self.polls = 0
        self.next_id = 700_000_001
        self.allowed: list[str] | None = None
        self.webhook_url = ""
        self.webhook_secret = ""
        self.webhook_error: tuple[float, str] | None = None
        self._now = now
        self._changed = changed
        self._news = asyncio.Condition()
        self._poller = 0
        self._callers: dict[str, asyncio.Task[None]] = {}
        self._session: aiohttp.ClientSession | None = None

    # --- keeping ---

    async def add(self, kind: str, content: dict[str, Any], *, update_id: int | None = None) -> Update | None:
        """Keep an update, unless the bot does not want its kind."""
        if (self.allowed and kind not in self.allowed) or (not self.allowed and kind in NOT_BY_DEFAULT):
            return None
        if update_id is None:
            update_id, self.next_id = self.next_id, self.next_id + 1
        update = {"update_id": update_id, kind: content}
        lifetime = PRESS_SECONDS if kind == "callback_query" else MESSAGE_SECONDS
        async with self._news:
            self.waiting.append((self._now() + lifetime, update))
            self._news.notify_all()
        self.call_webhook()
        return update

    def pending(self) -> list[Update]:
        """What is neither confirmed nor too old."""
        self.waiting = [(expiry, update) for expiry, update in self.waiting if expiry > self._now()]
        return [update for _, update in self.waiting]

    def confirm(self, offset: int) -> None:
        if offset < 0:
            self.waiting = self.waiting[offset:]
        else:
            self.waiting = [(expiry, update) for expiry, update in self.waiting if update["update_id"] >= offset]

    def drop_all(self) -> None:
        self.waiting.clear()

    # --- long polling ---

    async def poll(self, offset: int, limit: int, timeout_seconds: float) -> list[Update]:
        """Raises `ConflictError` as soon as another poll begins."""
        self.polls += 1
        async with self._news:
            self._poller += 1
            mine = self._poller
            self._news.notify_all()
        await self._changed()
        self.confirm(offset)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(timeout_seconds, LONGEST_WAIT_SECONDS)), self._news:
                await self._news.wait_for(lambda: self._poller != mine or self.pending())
        if self._poller != mine:
            raise ConflictError
        found = self.pending()[: max(1, min(limit, 100))]
        self.delivered += [update["update_id"] for update in found]
        return found

    # --- webhook ---

    def set_webhook(self, url: str, secret: str) -> None:
        self.webhook_url, self.webhook_secret, self.webhook_error = url, secret, None
        self.call_webhook()

    def call_webhook(self) -> None:
        """Start a caller for each queue that has none: messages queue by chat, presses by user."""
        if not self.webhook_url:
            return
        for update in self.pending():
            queue = queue_of(update)
            if queue not in self._callers or self._callers[queue].done():
                self._callers[queue] = asyncio.create_task(self._call_until_empty(queue))

    async def _call_until_empty(self, queue: str) -> None:
        failures = 0
        while self.webhook_url and (mine := [update for update in self.pending() if queue_of(update) == queue]):
            if await self._call(mine[0]):
                failures = 0
                self.waiting = [item for item in self.waiting if item[1] is not mine[0]]
            else:
                await asyncio.sleep(RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)])
                failures += 1
            await self._changed()

    async def _call(self, update: Update) -> bool:
        self._session = self._session or aiohttp.ClientSession()
        headers = {SECRET_HEADER: self.webhook_secret} if self.webhook_secret else {}
        self.delivered.append(update["update_id"])
        try:
            async with self._session.post(self.webhook_url, json=update, headers=headers) as answer:
                if answer.ok:
                    return True
                said = f"Wrong response from the webhook: {answer.status} {answer.reason}"
        except aiohttp.ClientError:
            said = "Connection refused"
        self.webhook_error = (self._now(), said)
        return False

    async def close(self) -> None:
        for task in self._callers.values():
            task.cancel()
        await asyncio.gather(*self._callers.values(), return_exceptions=True)
        if self._session:
            await self._session.close()


def queue_of(update: Update) -> str:
    """Return the queue whose updates wait for each other."""
    kind, content = next((kind, content) for kind, content in update.items() if kind != "update_id")
    return f"user {content['from']['id']}" if kind == "callback_query" else f"chat {content['chat']['id']}"
