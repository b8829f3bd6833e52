"""Delivery: one sender per channel takes due outbox rows, keeps the channel's pace, and settles what became of them.

A row's `tries` is written before its send starts, so a process killed in the middle knows that a repeat is possible.
Only one message of a conversation is under way at a time, so order within a conversation survives failures.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.metrics import Metrics
from bot.pace import Pace
from bot.retry import retry_at
from bot.settings import DeliverySettings
from channels.contract import Button, Channel, FileRef, Outgoing, SendError
from models import outbox
from models.bell import Bell, Listener
from models.database import Connection, Database

logger = logging.getLogger(__name__)

IDLE_SECONDS = 1.0  # how long a lost wake-up can delay a message


class Sender:
    """Sends everything of one channel. Exactly one may run per channel token."""

    def __init__(
        self,
        channel: Channel,
        database: Database,
        bell: Bell,
        settings: DeliverySettings,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        metrics: Metrics | None = None,
    ) -> None:
        self._channel = channel
        self._database = database
        self._bell = bell
        self._settings = settings
        self._now = now
        self._metrics = metrics or Metrics()
        limits = channel.limits
        self._pace = Pace(limits.per_second, limits.per_conversation_second)
        self._under_way: dict[asyncio.Task[outbox.Receipt], str] = {}
        self._pause_until_ms = 0
        self.sent = 0
        self.failed = 0

    async def run(self) -> None:
        """Send until cancelled; then wait for the sends under way and settle them."""
        listener = self._bell.listen("outbox")
        try:
            while True:
                pause = await self._start_due()
                await self._settle(await self._wait(listener, pause))
        finally:
            await asyncio.shield(self._finish())

    async def _start_due(self) -> float:
        """Start what may start now; return after how many seconds to look again."""
        now = time.monotonic()
        free = self._channel.limits.in_flight - len(self._under_way)
        wait = self._pace.wait_seconds(now)
        if free <= 0 or wait > 0:
            return wait or IDLE_SECONDS
        rows = await self._due(free)
        chosen: list[dict[str, Any]] = []
        pause = IDLE_SECONDS
        for row in rows:
            conversation_wait = self._pace.conversation_wait_seconds(row["conversation"], now)
            channel_wait = self._pace.wait_seconds(now)
            if channel_wait > 0.0 or conversation_wait > 0.0:
                pause = min(pause, max(channel_wait, conversation_wait))
                if channel_wait > 0.0:
                    break
                continue
            self._pace.take(row["conversation"], now)
            chosen.append(row)
        await self._start(chosen)
        return 0.0 if chosen and pause == IDLE_SECONDS and len(rows) == free else pause

    async def _due(self, limit: int) -> list[dict[str, Any]]:
        now_ms = int(self._now().timestamp() * 1000)
        busy = list(self._under_way.values())
        return await self._database.unit(
            lambda conn: outbox.due(conn, self._channel.name, now_ms, limit, exclude_conversations=busy)
        )

    async def _start(self, rows: list[dict[str, Any]]) -> None:
        if not rows:
            return
        await self._database.unit(lambda conn: outbox.start_sending(conn, [row["id"] for row in rows]))
        for row in rows:
            task = asyncio.create_task(self._send(row))
            self._under_way[task] = row["conversation"]

    async def _send(self, row: dict[str, Any]) -> outbox.Receipt:
        """Send one row and say what became of it; never raises for a failed send."""
        try:
            provider_id = await self._channel.send(as_outgoing(row))
        except SendError as error:
            return self._failed(row, error)
        except Exception:
            logger.exception(
                "channel broke its contract", extra={"action": "outbox.bug", "channel": self._channel.name}
            )
            return self._failed(row, SendError("internal", retryable=True))
        self.sent += 1
        self._metrics.sends.labels(self._channel.name, "sent").inc()
        logger.info("message sent", extra={"action": "outbox.sent", "channel": self._channel.name})
        return outbox.Receipt(id=row["id"], state="sent", provider_id=provider_id, at_ms=self._now_ms())

    def _failed(self, row: dict[str, Any], error: SendError) -> outbox.Receipt:
        self.failed += 1
        self._metrics.sends.labels(self._channel.name, error.code).inc()
        if error.whole_channel and error.retry_after:
            self._pace.pause(error.retry_after.total_seconds(), time.monotonic())
            self._pause_until_ms = self._now_ms() + int(error.retry_after.total_seconds() * 1000)
        again = retry_at(
            error,
            attempt=row["tries"] + 1,
            now=self._now(),
            priority=row["priority"],
            max_attempts=self._settings.max_attempts,
            longest_pause=timedelta(seconds=self._settings.longest_pause_seconds),
            unknown_pause=timedelta(seconds=self._settings.unknown_pause_seconds),
            idempotent=self._channel.limits.idempotent,
        )
        if again is None:
            self._metrics.dead.labels(self._channel.name).inc()
        logger.warning(
            "message not sent",
            extra={
                "action": "outbox.failed",
                "channel": self._channel.name,
                "code": error.code,
                "final": again is None,
            },
        )
        return outbox.Receipt(
            id=row["id"],
            state="dead" if again is None else "retry",
            error=error.code,
            at_ms=self._now_ms() if again is None else int(again.timestamp() * 1000),
        )

    def _now_ms(self) -> int:
        return int(self._now().timestamp() * 1000)

    async def _wait(self, listener: Listener, pause: float) -> set[asyncio.Task[outbox.Receipt]]:
        """Sleep until something new is due or a send ended; return the sends that ended."""
        ringing = asyncio.ensure_future(listener.wait(pause))
        try:
            await asyncio.wait({ringing, *self._under_way}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ringing.cancel()
        return {task for task in self._under_way if task.done()}

    async def _settle(self, done: set[asyncio.Task[outbox.Receipt]]) -> None:
        if not done:
            return
        receipts = [task.result() for task in done]
        pause_until, self._pause_until_ms = self._pause_until_ms, 0

        async def work(conn: Connection) -> None:
            await outbox.settle(conn, receipts)
            if pause_until:  # kept, so that a restart does not break the silence the channel asked for
                await outbox.pause_channel(conn, self._channel.name, pause_until)

        await self._database.unit(work)
        for task in done:
            del self._under_way[task]
        if any(receipt.state == "dead" for receipt in receipts):
            self._bell.ring("console")

    async def _finish(self) -> None:
        if self._under_way:
            done, _ = await asyncio.wait(self._under_way)
            await self._settle(done)


def as_outgoing(row: dict[str, Any]) -> Outgoing:
    """Read an outbox row back into what adapters send."""
    body = json.loads(row["body"])
    return Outgoing(
        key=row["key"],
        conversation=row["conversation"],
        text=body["text"],
        buttons=tuple(tuple(Button(*button) for button in buttons) for buttons in body.get("buttons", ())),
        ask=body.get("ask", ""),
        file=FileRef(remote_id=body["file"]) if body.get("file") else None,
        silent=body.get("silent", False),
        attempt=row["tries"] + 1,
        answers=body.get("answers", ""),
        thread=body.get("thread", ""),
        ticket=body.get("ticket", ""),
        priority=row["priority"],
        human=row["key"].startswith("d"),
        edits=body.get("edits", ""),
    )
