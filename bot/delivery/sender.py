"""Delivery: one sender per channel takes due outbox rows, keeps the channel's pace, and settles what became of them.

A row's `tries` is written before its send starts, so a process killed in the middle knows that a repeat is possible.
Only one message of a conversation is under way at a time, so order within a conversation survives failures.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import epoch
from bot.delivery import requests
from bot.delivery.fallback import Rerouting
from bot.delivery.policy.rate_limiter import RateLimiter
from bot.delivery.results import Results
from bot.monitoring.metrics import Metrics
from bot.settings.schema import DeliverySettings
from channels.contract import Bulk, Channel
from models.coordination.wakeup import Listener, Wakeup
from models.database.connection import Connection
from models.database.database import Database
from models.queues import outbox, unconfirmed_sends
from models.queues.outbox import DueRow

logger = logging.getLogger(__name__)

IDLE_SECONDS = 1.0  # how long a lost wake-up can delay a message
SOON_SECONDS = 0.05  # a send that ended can wait so long to be settled

Ended = list[tuple[DueRow, outbox.SendResult]]


class Sender:
    """Sends everything of one channel. Exactly one may run per channel token.

    Args:
        rerouting: where messages go that this channel cannot deliver; None: they become dead letters.
    """

    def __init__(
        self,
        channel: Channel,
        database: Database,
        wakeup: Wakeup,
        settings: DeliverySettings,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        metrics: Metrics | None = None,
        rerouting: Rerouting | None = None,
    ) -> None:
        self._channel = channel
        self._database = database
        self._wakeup = wakeup
        self._settings = settings
        self._now = now
        self._metrics = metrics or Metrics()
        self._rerouting = rerouting
        capabilities = channel.capabilities
        self._rate_limiter = RateLimiter(capabilities.per_second, capabilities.per_conversation_second)
        self._results = Results(channel, settings, now, self._metrics, self._rate_limiter)
        self._bulk = capabilities.bulk if isinstance(channel, Bulk) else 1
        self._under_way: dict[asyncio.Task[Ended], list[DueRow]] = {}
        self._claimed: list[DueRow] = []  # of the transaction under way: counted as tried, not started yet

    @property
    def sent(self) -> int:
        """Messages sent by this process."""
        return self._results.sent

    @property
    def failed(self) -> int:
        """Sends of this process that failed."""
        return self._results.failed

    async def run(self) -> None:
        """Send until cancelled; then wait for the sends under way and settle them."""
        listener = self._wakeup.listen("outbox")
        await self._take_over()
        try:
            while True:
                pause = await self._start_due()
                await self._settle(await self._wait(listener, pause))
        finally:
            await asyncio.shield(self._finish())

    async def _take_over(self) -> None:
        """Deal with the sends that died with the sender before this one."""
        count = await self._database.transaction(
            lambda conn: unconfirmed_sends.take_over(
                conn,
                self._channel.name,
                self._now_ms(),
                pause_ms=self._settings.unknown_pause_seconds * 1000,
                idempotent=self._channel.capabilities.idempotent,
            )
        )
        if count:
            logger.warning(
                "sends were under way when a process died",
                extra={"action": "outbox.taken_over", "channel": self._channel.name, "count": count},
            )

    async def _start_due(self) -> float:
        """Start what may start now; return after how many seconds to look again."""
        now = time.monotonic()
        room = min(self._channel.capabilities.in_flight - len(self._under_way), self._rate_limiter.may_start(now))
        if room <= 0:
            return self._rate_limiter.wait_seconds(now) or IDLE_SECONDS
        blocked = self._rate_limiter.blocked(now)
        divided, more = await self._claim(room, list(blocked))
        self._start(divided)
        return self._rate_limiter.wait_seconds(time.monotonic()) if more else min((IDLE_SECONDS, *blocked.values()))

    async def _claim(self, room: int, blocked: list[str]) -> tuple[list[list[DueRow]], bool]:
        """Return at most `room` requests to start now, their tries counted, and whether more may be due."""
        busy = [row.conversation for rows in self._under_way.values() for row in rows]
        limit = room if self._bulk == 1 else room + self._bulk
        name, now_ms = self._channel.name, self._now_ms()

        async def work(conn: Connection) -> tuple[list[list[DueRow]], bool, frozenset[str]]:
            due = await outbox.due(conn, name, now_ms, limit, exclude_conversations=[*busy, *blocked])
            rows, topics = await self._without_forgotten(conn, due), frozenset[str]()
            if self._rerouting:
                rows, topics = await self._rerouting.divert(conn, name, rows, now_ms)
            divided = requests.divide(rows, room, self._bulk)
            self._claimed = [row for together in divided for row in together]
            await outbox.start_sending(conn, [row.id for row in self._claimed], now_ms)
            return divided, len(due) == limit, topics

        try:
            divided, more, topics = await self._database.transaction(work)
        except Exception:
            self._claimed = []  # nothing was
            raise
        for topic in topics:
            self._wakeup.notify(topic)
        for row in (row for together in divided for row in together):
            row.tries += 1
            row.sending_ms = row.sending_ms or now_ms
        return divided, more

    async def _without_forgotten(self, conn: Connection, rows: list[DueRow]) -> list[DueRow]:
        """Leave out what may have arrived and whose repeat the channel would not recognise any more."""
        now_ms = self._now_ms()
        old = [row for row in rows if 0 < row.sending_ms < now_ms - unconfirmed_sends.KEY_MS]
        await outbox.settle(
            conn,
            [
                outbox.SendResult(id=row.id, state="unknown", at_ms=now_ms, error="unknown", since_ms=row.sending_ms)
                for row in old
            ],
        )
        return [row for row in rows if row not in old]

    def _start(self, divided: list[list[DueRow]]) -> None:
        now = time.monotonic()  # after the commit, which takes as long as the disk wants
        for rows in divided:
            self._rate_limiter.take(now)
            self._under_way[asyncio.create_task(self._send(rows, now))] = rows
        self._claimed = []

    async def _send(self, rows: list[DueRow], started: float) -> Ended:
        """Carry out one request and say what became of each row; never raises for a failed send."""
        answers = await requests.send(self._channel, rows)
        now = time.monotonic()
        self._rate_limiter.answered(started, now)
        for row in rows:
            self._rate_limiter.ended(row.conversation, now)
        return [(row, self._results.of(row, answer)) for row, answer in zip(rows, answers, strict=True)]

    def _now_ms(self) -> int:
        return epoch.to_ms(self._now())

    async def _wait(self, listener: Listener, pause: float) -> set[asyncio.Task[Ended]]:
        """Sleep until something new is due or a send ended; return the sends that ended."""
        if pause < SOON_SECONDS:
            await listener.wait(pause)  # what ends meanwhile is settled together
        else:
            ringing = asyncio.ensure_future(listener.wait(pause))
            try:
                await asyncio.wait({ringing, *self._under_way}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                ringing.cancel()
        return {task for task in self._under_way if task.done()}

    async def _settle(self, done: set[asyncio.Task[Ended]]) -> None:
        if not done:
            return
        ended = [send for task in done for send in task.result()]
        pause_until = self._results.take_pause()

        async def work(conn: Connection) -> tuple[list[outbox.SendResult], set[str]]:
            settled, topics = list[outbox.SendResult](), set[str]()
            moved = await self._moved(conn, ended)
            for row, result in ended:
                topics |= moved.get(row.id, frozenset())
                settled.append(replace(result, state="moved") if row.id in moved else result)
            await outbox.settle(conn, settled)
            if pause_until:  # kept, so that a restart does not break the silence the channel asked for
                await outbox.pause_channel(conn, self._channel.name, pause_until)
            return settled, topics

        settled, topics = await self._database.transaction(work)
        for task in done:
            del self._under_way[task]
        states = [result.state for result in settled]
        if dead := states.count("dead"):
            self._metrics.dead.labels(self._channel.name).inc(dead)
        if dead or "unknown" in states:
            topics.add("console")
        for topic in topics:
            self._wakeup.notify(topic)

    async def _moved(self, conn: Connection, ended: Ended) -> dict[int, frozenset[str]]:
        """Send messages that cannot arrive here through the resident's next channel.

        Return the Topics to notify, by row.
        """
        refused = [
            (row, result.error)
            for row, result in ended
            if result.state == "dead" and result.error in outbox.UNREACHABLE
        ]
        if self._rerouting is None or not refused:
            return {}
        return await self._rerouting.move(conn, self._channel.name, refused, self._now_ms())

    async def _finish(self) -> None:
        """Wait for the sends under way; what was claimed and not started was certainly not sent."""
        unsent = [
            outbox.SendResult(
                id=row.id,
                state="retry",
                at_ms=self._now_ms(),
                error=row.error,
                tries=row.tries + 1,
                since_ms=row.sending_ms,
            )
            for row in self._claimed
        ]
        self._claimed = []
        if unsent:
            await self._database.transaction(lambda conn: outbox.settle(conn, unsent))
        if self._under_way:
            done, _ = await asyncio.wait(self._under_way)
            await self._settle(done)
