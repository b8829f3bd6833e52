"""The inbox: what residents did and what the house tells a dialog, stored before anything else happens.

Hot statements: `accept` and `claim`. The literal ``state = 0`` is what lets both databases use the partial index.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from channels.contract import Overloaded
from models.database import Connection, Database

LANES = 64
WAITING, DONE, QUARANTINED = 0, 1, 2
MOST_PER_COMMIT = 500
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
    if not rows:
        return 0
    values = ", ".join("(?, ?, ?, ?, ?, ?, ?, ?)" for _ in rows)
    arguments: list[object] = []
    for row in rows:
        lane = lane_of(row.tenant, row.channel, row.conversation)
        arguments += [row.tenant, lane, row.channel, row.key, row.order_key, row.conversation, row.body, row.at_ms]
    stored = await conn.fetch(
        "INSERT INTO inbox (tenant, lane, channel, key, order_key, conversation, body, at_ms)"  # noqa: S608
        f" VALUES {values} ON CONFLICT (tenant, channel, key) DO NOTHING RETURNING id",
        *arguments,
    )
    return len(stored)


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

    Each row: ``{"id", "tenant", "channel", "conversation", "key", "order_key", "body", "at_ms", "tries"}``.
    """
    rows = await conn.fetch(
        "SELECT id, tenant, channel, conversation, key, order_key, body, at_ms, tries FROM inbox"
        " WHERE state = 0 ORDER BY id LIMIT ?",
        limit,
    )
    return in_order(rows)


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
    await conn.many("UPDATE inbox SET state = 1 WHERE id = ?", [(row_id,) for row_id in ids])


async def mark_failed(conn: Connection, row_id: int, error: str, *, quarantine: bool) -> None:
    """Count a failed turn; `quarantine` sets the row aside so that its conversation moves on."""
    state = QUARANTINED if quarantine else WAITING
    await conn.execute("UPDATE inbox SET tries = tries + 1, error = ?, state = ? WHERE id = ?", error, state, row_id)


async def forget_done(conn: Connection, before_ms: int, limit: int) -> int:
    """Delete done rows that are older than any repeat a channel may still send; return how many."""
    return await conn.execute(
        "DELETE FROM inbox WHERE id IN (SELECT id FROM inbox WHERE state = 1 AND at_ms < ? LIMIT ?)", before_ms, limit
    )


class GroupCommit:
    """Callers that come while a commit runs share the next one, so a slow disk costs one wait, not one per caller."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[tuple[Sequence[InboxRow], asyncio.Future[int]]] = []
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
        self._waiting.append((rows, future))
        self._rows_waiting += len(rows)
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._commit_all())
        return await asyncio.shield(future)

    async def _commit_all(self) -> None:
        while self._waiting:
            batch = self._take()
            try:
                counts = await self._database.unit(lambda conn, batch=batch: self._store(conn, batch))  # type: ignore[misc]  # lambda default
            except Exception as error:  # noqa: BLE001 - every waiting caller is told
                self._fail(batch, error)
                continue
            self.commits += 1
            for (_, future), count in zip(batch, counts, strict=True):
                if not future.done():
                    future.set_result(count)

    def _take(self) -> list[tuple[Sequence[InboxRow], asyncio.Future[int]]]:
        taken: list[tuple[Sequence[InboxRow], asyncio.Future[int]]] = []
        rows = 0
        while self._waiting and (not taken or rows + len(self._waiting[0][0]) <= MOST_PER_COMMIT):
            taken.append(self._waiting.pop(0))
            rows += len(taken[-1][0])
        self._rows_waiting -= rows
        return taken

    async def _store(self, conn: Connection, batch: list[tuple[Sequence[InboxRow], asyncio.Future[int]]]) -> list[int]:
        return [await accept(conn, rows) for rows, _ in batch]

    def _fail(self, batch: list[tuple[Sequence[InboxRow], asyncio.Future[int]]], error: Exception) -> None:
        for _, future in batch:
            if not future.done():
                refused = Overloaded("the database cannot store messages now")
                refused.__cause__ = error
                future.set_exception(refused)
                future.exception()  # the caller may have gone; that is no unseen error


def event_body(kind: str, **fields: object) -> str:
    """JSON of an internal event."""
    return json.dumps({"kind": kind, **fields}, ensure_ascii=False, separators=(",", ":"))
