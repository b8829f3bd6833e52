"""The clock: APScheduler calls, idempotent sweeps over due rows do the work.

A job's own state lives in the database, so any number of nodes may run the same clock; what a job finds already done
it leaves alone. Jobs never run twice at once, are never dropped for being late, and survive their own errors.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler  # type: ignore[import-untyped]  # 3.x ships no types
from apscheduler.triggers.cron import CronTrigger  # type: ignore[import-untyped]

import epoch
from bot.delivery.policy.quiet_hours import QuietHours
from bot.process import clock_check
from bot.settings.schema import RetentionSettings
from models import clock, erasure, retention
from models.coordination.wakeup import Wakeup
from models.database.connection import Connection
from models.database.database import Database
from models.queues import broadcasts, timers, unconfirmed_sends
from models.queues.backlog import Storm
from operators.accounts import sessions
from operators.handover import queue as handover_queue

logger = logging.getLogger(__name__)

Sweep = Callable[[], Awaitable[None]]
FIRE_BATCH = 500
WATCH_SECONDS = 1.0


class Clock:
    """Starts the sweeps; `stop` returns when none is running any more."""

    def __init__(
        self,
        database: Database,
        wakeup: Wakeup,
        alert_minutes: int,
        kept: RetentionSettings,
        timezone: str,
        storm: Storm | None = None,
        quiet: QuietHours | None = None,
    ) -> None:
        self._quiet = quiet or QuietHours()
        self._storm = storm or Storm()
        self._database = database
        self._wakeup = wakeup
        self._retention = kept
        self._timezone = timezone  # of `RetentionSettings.at_hour`
        self._alert_ms = alert_minutes * 60_000
        self._jumps = clock_check.Jumps()
        self._ahead_ms = 0  # how far the clock has jumped ahead while this process ran
        self._watching: asyncio.Task[None] | None = None
        self._scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )

    def start(self) -> None:
        sweeps = (
            (self.fire_timers, 1),
            (self.expand_broadcasts, 1),
            (self.decide_unknown, 1),
            (self.alert_waiting, 15),
            (self.forget_sessions, 3600),
            (self.forget_finished, 3600),
        )
        for sweep, seconds in sweeps:
            self._scheduler.add_job(guarded(sweep), "interval", seconds=seconds, id=sweep.__name__)
        night = CronTrigger(hour=self._retention.at_hour, timezone=self._timezone)
        self._scheduler.add_job(guarded(self.forget_old), night, id="forget_old")
        self._scheduler.start()
        self._watching = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Start no new runs; a sweep that is under way finishes inside its own transaction."""
        if self._watching:
            self._watching.cancel()
            self._scheduler.shutdown(wait=False)

    async def _watch(self) -> None:
        """Notice a clock that jumped, by one that never does. The scheduler would sleep until the old time comes."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if jump := self._jumps.jumped_ms():
                self._ring_again(jump)
                await guarded(self.release_future)()

    def _ring_again(self, jump_ms: int) -> None:
        self._ahead_ms = max(0, self._ahead_ms + jump_ms)
        for job in self._scheduler.get_jobs():
            if job.id == self.forget_old.__name__:
                job.reschedule(job.trigger)
            else:
                job.modify(next_run_time=datetime.now(UTC))

    async def release_future(self) -> None:
        """Messages that were due by the clock before a jump must not wait for its time to come again."""
        await self._database.transaction(lambda conn: clock.release_future(conn, epoch.now_ms()))
        self._wakeup.notify("outbox")

    async def fire_timers(self) -> None:
        """Due timers become inbox rows."""
        fired = FIRE_BATCH
        while fired == FIRE_BATCH:
            fired = await self._database.transaction(lambda conn: timers.fire(conn, epoch.now_ms(), FIRE_BATCH))
            if fired:
                self._wakeup.notify("inbox")

    async def expand_broadcasts(self) -> None:
        """Broadcasts become outbox rows, slice by slice, but not in a storm.

        Other transactions get their turn between two.
        """
        while await self._database.transaction(self._slice):
            self._wakeup.notify("outbox")
            self._wakeup.notify("inbox")  # whose turn found the lane of the slice locked
            await asyncio.sleep(0)

    async def _slice(self, conn: Connection) -> broadcasts.Slice | None:
        if await self._storm.look(conn, epoch.now_ms()):
            return None
        return await broadcasts.expand(conn, epoch.now_ms(), due_in=self._quiet.due_in)

    async def decide_unknown(self) -> None:
        """Messages that may or may not have arrived go out once more, or stay as they are."""
        decided = await self._database.transaction(lambda conn: unconfirmed_sends.decide(conn, epoch.now_ms()))
        if decided.again or decided.arrived or decided.left:
            logger.warning(
                "messages of unknown fate were decided",
                extra={
                    "action": "outbox.decided",
                    "again": decided.again,
                    "arrived": decided.arrived,
                    "left": decided.left,
                },
            )
            self._wakeup.notify("outbox")
            self._wakeup.notify("console")

    async def alert_waiting(self) -> None:
        """Conversations that nobody claims in time turn red and alert every dispatcher on duty."""
        alerted = await self._database.transaction(
            lambda conn: handover_queue.alert_overdue(conn, epoch.now_ms(), after_ms=self._alert_ms)
        )
        if alerted:
            logger.warning("conversations wait too long", extra={"action": "handover.alerted", "count": alerted})
            self._wakeup.notify("console")

    async def forget_sessions(self) -> None:
        """Log-ins that have run out leave the database."""
        await self._database.transaction(lambda conn: sessions.purge(conn, epoch.now_ms()))

    async def forget_finished(self) -> None:
        """Tickets of residents who asked to be forgotten lose their contact when the work has ended."""
        await self._database.transaction(erasure.forget_finished)

    async def forget_old(self) -> None:
        """Every night, delete what has been kept long enough. A clock that jumped years ahead makes nothing old."""
        gone = await retention.forget_old(self._database, self._retention.days(), epoch.now_ms() - self._ahead_ms)
        logger.info("old data forgotten", extra={"action": "retention.done", "rows": sum(gone.values())})


def guarded(sweep: Sweep) -> Sweep:
    """A sweep that fails is logged and comes again at its next turn."""

    async def run() -> None:
        try:
            await sweep()
        except Exception:
            logger.exception("a sweep failed", extra={"action": "clock.failed", "sweep": sweep.__name__})

    run.__name__ = sweep.__name__
    return run
