"""The inbox: what residents did and what the house tells a dialog, stored before anything else happens.

The hot statement here is `accept`; the other one, `claim`, is explained in `models/queues/inbox_claim.py`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from channels.contract import Overloaded
from models.database.connection import TENANT, Connection, Unavailable
from models.database.database import Database
from models.database.sql_lists import padded, placeholders
from models.queues.inbox_claim import LANES_A_BATCH, claim, in_order, take_lanes
from models.rows.lanes import lane_of
from models.rows.states import InboxState

__all__ = [
    "LANES_A_BATCH",
    "GroupCommit",
    "InboxRow",
    "accept",
    "accept_new",
    "claim",
    "dismiss_quarantined",
    "enqueue",
    "in_order",
    "mark_done",
    "mark_failed",
    "retry_quarantined",
    "take_lanes",
]

logger = logging.getLogger(__name__)

MOST_PER_COMMIT = 500
MOST_PER_STATEMENT = 200  # rows; SQLite takes 32,766 values in one statement

Key = tuple[int, str, str]  # tenant, channel, key
LONGEST_QUEUE = 20_000  # rows waiting in memory, not yet acknowledged, before callers are told to come back later


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    tenant: int
    channel: str
    conversation: str
    key: str  # with tenant and channel unique: recognises a repeat
    order_key: int = 0
    body: str  # JSON
    at_ms: int


async def accept(conn: Connection, rows: Sequence[InboxRow]) -> int:
    """Store rows, dropping those whose (tenant, channel, key) is known; return how many were new."""
    return len(await accept_new(conn, rows))


async def accept_new(conn: Connection, rows: Sequence[InboxRow]) -> set[Key]:
    """Store rows as `accept` does; return the (tenant, channel, key) of those that were new."""
    new: set[Key] = set()
    for start in range(0, len(rows), MOST_PER_STATEMENT):
        part = rows[start : start + MOST_PER_STATEMENT]
        stored = await conn.fetch(
            "INSERT INTO inbox (tenant, lane, channel, key, order_key, conversation, body, at_ms) VALUES "  # noqa: S608
            + ", ".join(["(?, ?, ?, ?, ?, ?, ?, ?)"] * len(part))
            + " ON CONFLICT (tenant, channel, key) DO NOTHING RETURNING tenant, channel, key",
            *(value for row in part for value in _values(row)),
        )
        new.update((row["tenant"], row["channel"], row["key"]) for row in stored)
    return new


def _values(row: InboxRow) -> tuple[object, ...]:
    lane = lane_of(row.tenant, row.channel, row.conversation)
    return (row.tenant, lane, row.channel, row.key, row.order_key, row.conversation, row.body, row.at_ms)


async def enqueue(
    conn: Connection,
    *,
    tenant: int,
    channel: str,
    conversation: str,
    key: str,
    body: str,
    at_ms: int,
    order_key: int = 0,
) -> bool:
    """Store one row inside the caller's transaction; False: it was known."""
    row = InboxRow(
        tenant=tenant,
        channel=channel,
        conversation=conversation,
        key=key,
        body=body,
        at_ms=at_ms,
        order_key=order_key,
    )
    return await accept(conn, [row]) == 1


async def mark_done(conn: Connection, ids: Sequence[int]) -> None:
    for start in range(0, len(ids), MOST_PER_STATEMENT):
        part = padded(ids[start : start + MOST_PER_STATEMENT])
        await conn.execute(f"UPDATE inbox SET state = {InboxState.DONE} WHERE id IN ({placeholders(part)})", *part)  # noqa: S608


async def mark_failed(conn: Connection, row_id: int, error: str, *, quarantine: bool) -> None:
    """Count a failed turn; `quarantine` sets the row aside so that its conversation moves on."""
    state = InboxState.QUARANTINED if quarantine else InboxState.WAITING
    await conn.execute(
        f"UPDATE inbox SET tries = tries + 1, error = ?, state = ? WHERE id = ? AND state = {InboxState.WAITING}",  # noqa: S608
        error,
        state,
        row_id,
    )


async def retry_quarantined(conn: Connection, row_id: int) -> None:
    """Give a quarantined event another three tries; any other row is left alone."""
    await conn.execute(
        f"UPDATE inbox SET state = {InboxState.WAITING}, tries = 0, error = ''"  # noqa: S608
        f" WHERE tenant = ? AND id = ? AND state = {InboxState.QUARANTINED}",
        TENANT,
        row_id,
    )


async def dismiss_quarantined(conn: Connection, row_id: int) -> None:
    """A dispatcher has dealt with a quarantined event; any other row is left alone."""
    await conn.execute(
        f"UPDATE inbox SET state = {InboxState.DONE} WHERE tenant = ? AND id = ? AND state = {InboxState.QUARANTINED}",  # noqa: S608
        TENANT,
        row_id,
    )


@dataclass(frozen=True, slots=True)
class Caller:
    rows: Sequence[InboxRow]
    answer: asyncio.Future[int]  # how many were new

    def refuse(self, error: Exception) -> None:
        if not self.answer.done():
            refused = Overloaded("the database cannot store messages now")
            refused.__cause__ = error
            self.answer.set_exception(refused)


class GroupCommit:
    """Callers that come while a commit runs share the next one, so a slow disk costs one wait, not one per caller."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[Caller] = deque()
        self._rows_waiting = 0
        self._running: asyncio.Task[None] | None = None
        self.commits = 0

    async def accept(self, rows: Sequence[InboxRow]) -> int:
        """Store rows durably and return how many were new.

        Raises:
            Overloaded: too much waits already, or the database cannot store now; nothing was stored.
        """
        if self._rows_waiting + len(rows) > LONGEST_QUEUE:
            raise Overloaded("too many messages wait to be stored")
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append(Caller(rows, future))
        self._rows_waiting += len(rows)
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._commit_all())
        return await future

    async def _commit_all(self) -> None:
        while self._waiting:
            callers = self._take()
            try:
                await self._commit(callers)
            except Unavailable as error:
                for caller in callers:
                    caller.refuse(error)
            except Exception:  # noqa: BLE001 - one caller's rows may be at fault: each alone, and each gets its answer
                for caller in callers:
                    await self._commit_alone(caller)

    async def _commit(self, callers: Sequence[Caller]) -> None:
        rows = [row for caller in callers for row in caller.rows]
        new = await self._database.transaction(lambda conn: accept_new(conn, rows))
        self.commits += 1
        for caller in callers:
            mine = new & {(row.tenant, row.channel, row.key) for row in caller.rows}
            new -= mine  # two callers with one key: it was new once
            if not caller.answer.done():
                caller.answer.set_result(len(mine))

    async def _commit_alone(self, caller: Caller) -> None:
        try:
            await self._commit([caller])
        except Exception as error:
            logger.exception("messages were not stored", extra={"action": "inbox.not_stored"})
            caller.refuse(error)

    def _take(self) -> list[Caller]:
        taken: list[Caller] = []
        rows = 0
        while self._waiting and (not taken or rows + len(self._waiting[0].rows) <= MOST_PER_COMMIT):
            taken.append(self._waiting.popleft())
            rows += len(taken[-1].rows)
        self._rows_waiting -= rows
        return taken
