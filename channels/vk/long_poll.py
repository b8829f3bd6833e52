"""Bots Long Poll: fetch events after a position (`ts`), which is stored across restarts.

Source: dev.vk.com/ru/api/bots-long-poll/getting-started. An answer is ``{"ts", "updates"}`` or ``{"failed", …}``;
`ts` is text, or with `failed` also a number.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from channels.contract import Cursor
from channels.vk.api import VkApi
from channels.vk.config import VkConfig
from channels.vk.errors import BadAnswerError

logger = logging.getLogger(__name__)

FAILURES_AT_ONCE = 3  # `failed` answers that are handled without a pause


class LongPoll:
    def __init__(self, api: VkApi, config: VkConfig, cursor: Cursor) -> None:
        self._api = api
        self._config = config
        self._cursor = cursor
        self._server = self._key = self._ts = ""
        self._failures = 0

    async def events(self) -> tuple[Sequence[Any], str]:
        """Wait for events; return them, oldest first, and the position behind them for `confirm`.

        Raises one of `errors.LIBRARY_ERRORS`, or what the cursor raises.
        """
        if not self._server:
            await self._connect()
        wait = self._config.poll_timeout_seconds
        answer = await self._api.poll(self._server, self._key, self._ts, wait)
        if (failed := answer.get("failed")) is not None:
            await self._recover(failed, answer)
            return (), self._ts
        updates, ts = answer.get("updates"), _position(answer.get("ts"))
        if not isinstance(updates, list) or not ts:
            raise BadAnswerError(200, "no updates")
        self._failures = 0
        return updates, ts

    async def confirm(self, ts: str) -> None:
        """Save `ts` as the new position. Call it after everything before `ts` is stored."""
        if ts == self._ts:
            return
        await self._cursor.save(f"{self._config.group_id}:{ts}")  # each community has its own numbering
        self._ts = ts

    def forget_server(self) -> None:
        """Ask for the server again before the next wait. The position stays."""
        self._server = ""

    async def _connect(self, *, anew: bool = False) -> None:
        """Ask for a server; continue at the saved position, or at VK's if there is none or with `anew`."""
        answer = await self._api.call("groups.getLongPollServer", {"group_id": self._config.group_id})
        server, key, ts = (
            (answer.get(name) for name in ("server", "key", "ts")) if isinstance(answer, dict) else ("",) * 3
        )
        if not isinstance(server, str) or not server or not isinstance(key, str) or not (now := _position(ts)):
            raise BadAnswerError(200, "no long poll server")
        if not self._ts:
            group, _, saved = (await self._cursor.load()).partition(":")
            self._ts = saved if group == str(self._config.group_id) else ""
        if anew or not self._ts:
            await self.confirm(now)
        self._server = server if "://" in server else f"https://{server}"
        self._key = key

    async def _recover(self, failed: object, answer: dict[str, Any]) -> None:
        """Handle `failed`. 1: a part of the history is lost; 2: the key expired; 3: both."""
        self._failures += 1
        self.forget_server()
        if self._failures > FAILURES_AT_ONCE or failed not in (1, 2, 3):
            raise BadAnswerError(200, "long poll fails")
        if failed == 2:
            return
        self._say_lost(failed)
        if failed == 1 and (ts := _position(answer.get("ts"))):
            await self.confirm(ts)
        else:
            await self._connect(anew=True)

    def _say_lost(self, failed: object) -> None:
        logger.error("VK lost events that were not fetched", extra={"action": "vk.history_lost", "code": failed})


def _position(ts: object) -> str:
    return str(ts) if isinstance(ts, int | str) and not isinstance(ts, bool) else ""
