"""Turns: waiting inbox rows become decisions of the dialog engine, up to 50 of many conversations per transaction.

Everything a batch decides is committed together with "inbox row done": state, transcript, ticket changes, outbox. A
process killed at any moment has either done all of it or nothing.
"""

from __future__ import annotations

import logging
import time

import epoch
from bot.monitoring.metrics import Metrics
from bot.turns.batch import Batch
from bot.turns.context import DialogContext
from bot.turns.loading import load
from bot.turns.row_in_progress import waves
from bot.turns.steps import Steps
from models.coordination.wakeup import Wakeup
from models.database.connection import Connection, Unavailable
from models.database.database import Database
from models.queues import inbox
from models.queues.backlog import Storm
from models.queues.inbox_claim import MOST_OF_ONE, ClaimedRow, crowding

logger = logging.getLogger(__name__)

BATCH = 50
TRIES = 3


Outcome = tuple[int, set[str]]  # how many rows were dealt with, Topics to notify after the commit


class RowFailed(Exception):
    """The turn of this row failed; the reason is its cause."""

    def __init__(self, row: ClaimedRow) -> None:
        super().__init__(f"the turn of inbox row {row.id} failed")
        self.row = row


class Turns:
    """The only writer of sessions. On PostgreSQL several may run, in one process and in many: each has its lanes."""

    def __init__(
        self,
        context: DialogContext,
        database: Database,
        wakeup: Wakeup,
        metrics: Metrics | None = None,
        storm: Storm | None = None,
    ) -> None:
        self._context = context
        self._storm = storm or Storm()
        self._database = database
        self._wakeup = wakeup
        self._metrics = metrics or Metrics()
        self.taken = 0
        self.quarantined = 0

    async def run(self) -> None:
        """Work until cancelled."""
        listener = self._wakeup.listen("inbox")
        while True:
            if not await self.work():
                await listener.wait(1.0)

    async def work(self) -> int:
        """Take one batch; return how many inbox rows were dealt with."""
        started = time.perf_counter()
        try:
            done, topics = await self._database.transaction(self._batch)
        except Unavailable:
            raise  # no row is at fault
        except Exception:
            logger.exception("a batch failed, its rows are tried one by one", extra={"action": "turn.batch_failed"})
            return await self._one_by_one()
        self._after(done, topics, started)
        return done

    async def _look(self, conn: Connection, now_ms: int) -> None:
        """Notice a storm that begins or ends."""
        before = self._storm.on
        if await self._storm.look(conn, now_ms) is before:
            return
        lag_seconds = self._storm.lag_seconds
        if before:
            logger.warning("a storm ended", extra={"action": "storm.ended", "lag_seconds": lag_seconds})
        else:
            logger.warning("a storm began", extra={"action": "storm.began", "lag_seconds": lag_seconds})
        self._wakeup.notify("console")

    async def _one_by_one(self) -> int:
        """A batch failed as a whole: find the row at fault, in order, and set it aside after its third failure."""
        dealt = 0
        while dealt < BATCH:
            started = time.perf_counter()
            try:
                done, topics = await self._take_one()
            except RowFailed as failed:
                logger.exception("a turn failed", exc_info=failed.__cause__, extra={"action": "turn.failed"})
                await self._blame(failed.row, failed.__cause__)
                continue
            if not done:
                break
            self._after(done, topics, started)
            dealt += done
        return dealt

    async def _take_one(self) -> Outcome:
        """Take one row in a transaction of its own.

        Raises:
            RowFailed: its turn, or the commit, failed.
        """
        row: ClaimedRow | None = None

        async def work(conn: Connection) -> Outcome:
            nonlocal row
            now_ms = epoch.now_ms()
            claimed = await self._claim(conn, 1, now_ms)
            row = claimed[0] if claimed else None
            return await self._decide(conn, claimed, now_ms)

        try:
            return await self._database.transaction(work)
        except Unavailable:
            raise
        except Exception as error:
            if row is None:
                raise  # it failed before it had one
            raise RowFailed(row) from error

    async def _blame(self, row: ClaimedRow, error: BaseException | None) -> None:
        final = row.tries + 1 >= TRIES
        await self._database.transaction(
            lambda conn: inbox.mark_failed(conn, row.id, type(error).__name__, quarantine=final)
        )
        if final:
            self.quarantined += 1
            self._metrics.quarantines.inc()
            logger.error("an event was set aside", extra={"action": "turn.quarantined", "inbox": row.id})
            self._wakeup.notify("console")

    def _after(self, done: int, topics: set[str], started: float) -> None:
        self.taken += done
        if done:
            self._metrics.turns.inc(done)
            self._metrics.batch_seconds.observe(time.perf_counter() - started)
        for topic in topics:
            self._wakeup.notify(topic)

    async def _batch(self, conn: Connection) -> Outcome:
        now_ms = epoch.now_ms()
        return await self._decide(conn, await self._claim(conn, BATCH, now_ms), now_ms)

    async def _claim(self, conn: Connection, limit: int, now_ms: int) -> list[ClaimedRow]:
        await self._look(conn, now_ms)
        return await inbox.claim(conn, limit, self._context.throttle)

    async def _decide(self, conn: Connection, claimed: list[ClaimedRow], now_ms: int) -> Outcome:
        if not claimed:
            return 0, set()
        batch = Batch(conn=conn, now_ms=now_ms)
        if crowding(claimed, MOST_OF_ONE - 1):
            batch.topics.add("aside")
        await load(batch, claimed)
        steps = Steps(batch, self._context, self._metrics, storm=self._storm.on)
        for wave in waves(claimed):
            await steps.take(wave)
        await batch.flush()
        await inbox.mark_done(conn, [row.id for row in claimed])
        return len(claimed), batch.topics
