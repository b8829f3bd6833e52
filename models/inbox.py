"""The inbox: what residents did and what the house tells a dialog, stored before anything else happens.

Hot statements: `accept` and `claim`. The literal ``state = 0`` is what lets both databases use the partial index.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import zlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from channels.contract import Overloaded
from models.database import Connection, Database, Unavailable
from models.lists import marks, padded

logger = logging.getLogger(__name__)

LANES = 64
LANES_A_BATCH = 8
WAITING, DONE, QUARANTINED = 0, 1, 2
MOST_PER_COMMIT = 500
MOST_PER_STATEMENT = 200  # rows; SQLite takes 32,766 values in one statement
LOOKAHEAD = 50  # rows behind a batch that may still belong before a row in it

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


def lane_of(tenant: int, channel: str, conversation: str) -> int:
    """Stable group of a conversation, 0..63; the same in every process and on every machine."""
    return zlib.crc32(f"{tenant}:{channel}:{conversation}".encode()) % LANES


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


async def claim(conn: Connection, limit: int) -> list[dict[str, Any]]:
    """Return up to `limit` waiting rows, oldest first; the rows of one conversation in the channel's own order.

    The order holds beyond the batch: a row that came a little later but belongs earlier takes its place in it.
    On PostgreSQL the rows are of a few lanes that no other worker has, until the unit ends.
    Each row: ``{"id", "tenant", "channel", "conversation", "key", "order_key", "body", "at_ms", "tries"}``.
    """
    mine = ""
    if conn.dialect == "postgres":
        if not (lanes := await take_lanes(conn)):
            return []
        mine = f" AND lane IN ({', '.join(map(str, lanes))})"
    rows = await conn.fetch(
        "SELECT id, tenant, channel, conversation, key, order_key, body, at_ms, tries FROM inbox"  # noqa: S608
        f" WHERE state = 0{mine} ORDER BY id LIMIT ?",
        limit + LOOKAHEAD,
    )
    return in_order(rows)[:limit]


async def take_lanes(conn: Connection) -> list[int]:
    """Lock some lanes in which rows wait and which no other worker has; the rows are to be read after it.

    A statement that locks and reads at once would see rows as they were before it got the lock. Where to look first
    is left to chance, so that no lane waits for ever.
    """
    rows = await conn.fetch(
        "SELECT l.id FROM lane l WHERE EXISTS (SELECT 1 FROM inbox i WHERE i.state = 0 AND i.lane = l.id)"
        " ORDER BY (l.id + ?) % 64 LIMIT ? FOR NO KEY UPDATE SKIP LOCKED",
        random.randrange(LANES),  # noqa: S311 - no secret
        LANES_A_BATCH,
    )
    return [int(row["id"]) for row in rows]


def in_order(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sort the rows of each conversation by `order_key` (0: as they came), leaving its places in the list as they are.

    Webhooks of one conversation come in parallel, so arrival alone is not their order.
    """
    sorted_rows: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        sorted_rows.setdefault((row["channel"], row["conversation"]), []).append(row)
    for group in sorted_rows.values():
        ordered = iter(
            sorted((row for row in group if row["order_key"]), key=lambda row: (row["order_key"], row["id"]))
        )
        group[:] = [next(ordered) if row["order_key"] else row for row in group]
        group.reverse()
    return [sorted_rows[row["channel"], row["conversation"]].pop() for row in rows]


async def mark_done(conn: Connection, ids: Sequence[int]) -> None:
    for start in range(0, len(ids), MOST_PER_STATEMENT):
        part = padded(ids[start : start + MOST_PER_STATEMENT])
        await conn.execute(f"UPDATE inbox SET state = 1 WHERE id IN ({marks(part)})", *part)  # noqa: S608  marks only


async def mark_failed(conn: Connection, row_id: int, error: str, *, quarantine: bool) -> None:
    """Count a failed turn; `quarantine` sets the row aside so that its conversation moves on."""
    state = QUARANTINED if quarantine else WAITING
    await conn.execute(
        "UPDATE inbox SET tries = tries + 1, error = ?, state = ? WHERE id = ? AND state = 0", error, state, row_id
    )


@dataclass(frozen=True, slots=True)
class Caller:
    rows: Sequence[InboxRow]
    told: asyncio.Future[int]  # how many were new

    def refuse(self, error: Exception) -> None:
        if not self.told.done():
            refused = Overloaded("the database cannot store messages now")
            refused.__cause__ = error
            self.told.set_exception(refused)


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
            except Exception:  # noqa: BLE001 - one caller's rows may be at fault: each alone, and each is told
                for caller in callers:
                    await self._commit_alone(caller)

    async def _commit(self, callers: Sequence[Caller]) -> None:
        rows = [row for caller in callers for row in caller.rows]
        new = await self._database.unit(lambda conn: accept_new(conn, rows))
        self.commits += 1
        for caller in callers:
            mine = new & {(row.tenant, row.channel, row.key) for row in caller.rows}
            new -= mine  # two callers with one key: it was new once
            if not caller.told.done():
                caller.told.set_result(len(mine))

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


def event_body(kind: str, **fields: object) -> str:
    """JSON of an internal event."""
    return json.dumps({"kind": kind, **fields}, ensure_ascii=False, separators=(",", ":"))
