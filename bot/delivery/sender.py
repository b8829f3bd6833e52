"""Delivery: one sender per channel takes due outbox rows, keeps the channel's pace, and settles what became of them.

A row's `tries` is written before its send starts, so a process killed in the middle knows that a repeat is possible.
Only one message of a conversation is under way at a time, so order within a conversation survives failures.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import epoch
from bot.delivery.fallback import Rerouting
from bot.delivery.policy.rate_limiter import RateLimiter
from bot.delivery.policy.retry import decide_retry
from bot.monitoring.metrics import Metrics
from bot.settings.schema import DeliverySettings
from channels.contract import Bulk, Channel, FileRef, Outgoing, SendError, SendPriority
from models.coordination.wakeup import Listener, Wakeup
from models.database.connection import Connection
from models.database.database import Database
from models.queues import outbox, outbox_bodies, unconfirmed_sends
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
        self._pace = RateLimiter(capabilities.per_second, capabilities.per_conversation_second)
        self._bulk = capabilities.bulk if isinstance(channel, Bulk) else 1
        self._under_way: dict[asyncio.Task[Ended], list[DueRow]] = {}
        self._claimed: list[DueRow] = []  # of the transaction under way: counted as tried, not started yet
        self._pause_until_ms = 0
        self.sent = 0
        self.failed = 0

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
        found = await self._database.transaction(
            lambda conn: unconfirmed_sends.take_over(
                conn,
                self._channel.name,
                self._now_ms(),
                pause_ms=self._settings.unknown_pause_seconds * 1000,
                idempotent=self._channel.capabilities.idempotent,
            )
        )
        if found:
            logger.warning(
                "sends were under way when a process died",
                extra={"action": "outbox.taken_over", "channel": self._channel.name, "count": found},
            )

    async def _start_due(self) -> float:
        """Start what may start now; return after how many seconds to look again."""
        now = time.monotonic()
        room = min(self._channel.capabilities.in_flight - len(self._under_way), self._pace.may_start(now))
        if room <= 0:
            return self._pace.wait_seconds(now) or IDLE_SECONDS
        blocked = self._pace.blocked(now)
        requests, more = await self._claim(room, list(blocked))
        self._start(requests)
        return self._pace.wait_seconds(time.monotonic()) if more else min((IDLE_SECONDS, *blocked.values()))

    async def _claim(self, room: int, blocked: list[str]) -> tuple[list[list[DueRow]], bool]:
        """Return at most `room` requests to start now, their tries counted, and whether more may be due."""
        busy = [row.conversation for rows in self._under_way.values() for row in rows]
        limit = room if self._bulk == 1 else room + self._bulk
        name, now_ms = self._channel.name, self._now_ms()

        async def work(conn: Connection) -> tuple[list[list[DueRow]], bool, frozenset[str]]:
            found = await outbox.due(conn, name, now_ms, limit, exclude_conversations=[*busy, *blocked])
            rows, topics = await self._without_forgotten(conn, found), frozenset[str]()
            if self._rerouting:
                rows, topics = await self._rerouting.divert(conn, name, rows, now_ms)
            requests = in_requests(rows, room, self._bulk)
            self._claimed = [row for rows in requests for row in rows]
            await outbox.start_sending(conn, [row.id for row in self._claimed], now_ms)
            return requests, len(found) == limit, topics

        try:
            requests, more, topics = await self._database.transaction(work)
        except Exception:
            self._claimed = []  # nothing was
            raise
        for topic in topics:
            self._wakeup.notify(topic)
        for row in (row for rows in requests for row in rows):
            row.tries += 1
            row.sending_ms = row.sending_ms or now_ms
        return requests, more

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

    def _start(self, requests: list[list[DueRow]]) -> None:
        now = time.monotonic()  # after the commit, which takes as long as the disk wants
        for rows in requests:
            self._pace.take(now)
            self._under_way[asyncio.create_task(self._send(rows, now))] = rows
        self._claimed = []

    async def _send(self, rows: list[DueRow], started: float) -> Ended:
        """Carry out one request and say what became of each row; never raises for a failed send."""
        answers = await (self._ask_many(rows) if len(rows) > 1 else self._ask(rows[0]))
        now = time.monotonic()
        self._pace.answered(started, now)
        for row in rows:
            self._pace.ended(row.conversation, now)
        return [
            (row, self._failed(row, answer) if isinstance(answer, SendError) else self._succeeded(row, answer))
            for row, answer in zip(rows, answers, strict=True)
        ]

    async def _ask(self, row: DueRow) -> list[str | SendError]:
        try:
            return [await self._channel.send(as_outgoing(row))]
        except SendError as error:
            return [error]
        except Exception:
            logger.exception(
                "channel broke its contract", extra={"action": "outbox.bug", "channel": self._channel.name}
            )
            return [SendError("internal", retryable=True)]

    async def _ask_many(self, rows: list[DueRow]) -> Sequence[str | SendError]:
        try:
            assert isinstance(self._channel, Bulk)  # noqa: S101  only then is there more than one row
            answers = await self._channel.send_many([as_outgoing(row) for row in rows])
            if len(answers) == len(rows):
                return answers
            logger.error("a bulk was not answered whole", extra={"action": "outbox.bug", "channel": self._channel.name})
        except Exception:
            logger.exception(
                "channel broke its contract", extra={"action": "outbox.bug", "channel": self._channel.name}
            )
        return [SendError("unknown", retryable=True)] * len(rows)  # perhaps some of them arrived

    def _succeeded(self, row: DueRow, provider_id: str) -> outbox.SendResult:
        self.sent += 1
        self._metrics.sends.labels(self._channel.name, "sent").inc()
        logger.info("message sent", extra={"action": "outbox.sent", "channel": self._channel.name})
        return outbox.SendResult(
            id=row.id,
            state="sent",
            provider_id=provider_id,
            at_ms=self._now_ms(),
            tries=row.tries,
            error=row.error if row.error == "unknown" else "",  # it may be there twice
        )

    def _failed(self, row: DueRow, error: SendError) -> outbox.SendResult:
        self.failed += 1
        self._metrics.sends.labels(self._channel.name, error.code).inc()
        self._keep_silent(row, error)
        idempotent, doubtful = self._channel.capabilities.idempotent, row.error == "unknown"
        fate = decide_retry(
            error,
            attempt=row.tries,
            now=self._now(),
            priority=row.priority,
            max_attempts=self._settings.max_attempts,
            longest_pause=timedelta(seconds=self._settings.longest_pause_seconds),
            unknown_pause=timedelta(seconds=self._settings.unknown_pause_seconds),
            idempotent=idempotent,
            doubtful=doubtful,
        )
        logger.warning(
            "message not sent",
            extra={
                "action": "outbox.failed",
                "channel": self._channel.name,
                "code": error.code,
                "final": fate.state == "dead",
            },
        )
        doubtful = doubtful or error.code == "unknown"
        keeps_doubt = doubtful and fate.state == "retry"
        at_ms = self._now_ms() if fate.state == "dead" else 0
        return outbox.SendResult(
            id=row.id,
            state=fate.state,
            error="unknown" if keeps_doubt else error.code,
            at_ms=epoch.to_ms(fate.at) if fate.at else at_ms,
            tries=row.tries,
            spent=error.code != "throttled",
            since_ms=row.sending_ms if fate.state == "unknown" or (keeps_doubt and idempotent) else 0,
        )

    def _keep_silent(self, row: DueRow, error: SendError) -> None:
        """The channel asked for a pause: of all it is sent, or of this conversation."""
        if not error.retry_after:
            return
        seconds, now = error.retry_after.total_seconds(), time.monotonic()
        if error.whole_channel:
            self._pace.pause(seconds, now)
            self._pause_until_ms = max(self._pause_until_ms, self._now_ms() + int(seconds * 1000))
        elif (
            error.code == "throttled" and row.priority < SendPriority.ANNOUNCEMENT
        ):  # that one waits alone, replies go on
            self._pace.pause_conversation(row.conversation, seconds, now)

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
        ended = [one for task in done for one in task.result()]
        pause_until, self._pause_until_ms = self._pause_until_ms, 0

        async def work(conn: Connection) -> tuple[list[outbox.SendResult], set[str]]:
            settled, topics = list[outbox.SendResult](), set[str]()
            moved = await self._moved(conn, ended)
            for row, receipt in ended:
                topics |= moved.get(row.id, frozenset())
                settled.append(replace(receipt, state="moved") if row.id in moved else receipt)
            await outbox.settle(conn, settled)
            if pause_until:  # kept, so that a restart does not break the silence the channel asked for
                await outbox.pause_channel(conn, self._channel.name, pause_until)
            return settled, topics

        settled, topics = await self._database.transaction(work)
        for task in done:
            del self._under_way[task]
        states = [receipt.state for receipt in settled]
        if dead := states.count("dead"):
            self._metrics.dead.labels(self._channel.name).inc(dead)
        if dead or "unknown" in states:
            topics.add("console")
        for topic in topics:
            self._wakeup.notify(topic)

    async def _moved(self, conn: Connection, ended: Ended) -> dict[int, frozenset[str]]:
        """Send what nobody can be told here through the resident's next channel.

        Return the Topics to notify, by row.
        """
        refused = [
            (row, receipt.error)
            for row, receipt in ended
            if receipt.state == "dead" and receipt.error in outbox.UNREACHABLE
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


def in_requests(rows: list[DueRow], most: int, bulk: int) -> list[list[DueRow]]:
    """Divide due rows among at most `most` requests: each its own, but announcements by `bulk` when there is such."""
    if bulk == 1:
        return [[row] for row in rows[:most]]
    alone = [row for row in rows if row.priority < SendPriority.ANNOUNCEMENT][:most]
    together = [row for row in rows if row.priority >= SendPriority.ANNOUNCEMENT]
    chunks = [together[start : start + bulk] for start in range(0, len(together), bulk)]
    return [*([row] for row in alone), *chunks][:most]


def as_outgoing(row: DueRow) -> Outgoing:
    """Return what adapters send for an outbox row; its send is already counted in `tries`."""
    body = outbox_bodies.decode(row.body)
    return Outgoing(
        key=row.key,
        conversation=row.conversation,
        text=body.text,
        buttons=body.buttons,
        ask=body.ask,
        file=FileRef(remote_id=body.file) if body.file else None,
        silent=body.silent,
        attempt=row.tries,
        answers=body.answers,
        thread=body.thread,
        ticket=body.ticket,
        priority=row.priority,
        human=row.key.startswith("d"),
        edits=body.edits,
    )
