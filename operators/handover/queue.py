"""The queue of conversations that wait for a dispatcher. Every function runs inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence

from models.database.connection import TENANT, Connection
from models.database.sql_lists import padded, placeholders
from operators.handover import journal
from operators.types import Call

ALERT_AFTER_MS = 10 * 60 * 1000  # Rules 416, п. 13: an electronic message is reviewed within 10 minutes


async def call(conn: Connection, *, conversation_id: int, reason: str, urgent: bool, now_ms: int) -> None:
    """Put a conversation into the queue. A conversation that already waits keeps its place."""
    await call_all(conn, [Call(conversation_id, reason, urgent)], now_ms)


async def call_all(conn: Connection, calls: Sequence[Call], now_ms: int) -> None:
    """Put conversations into the queue as `call` does, in the given order, with a few statements for all."""
    new: set[int] = set()  # conversations that did not wait
    first_reasons = {entry.conversation_id: entry.reason for entry in reversed(calls)}
    for reason in sorted(set(first_reasons.values())):
        ids = padded(sorted(id_ for id_, first in first_reasons.items() if first == reason))
        queued = await conn.fetch(
            "UPDATE conversation SET waiting_ms = ?, wait_reason = ?, alerted_ms = 0"  # noqa: S608  marks only
            f" WHERE id IN ({placeholders(ids)}) AND claimed_by = 0 AND waiting_ms = 0 RETURNING id",
            now_ms,
            reason,
            *ids,
        )
        new.update(row["id"] for row in queued)
    if urgent := padded(sorted({entry.conversation_id for entry in calls if entry.urgent})):
        await conn.execute(f"UPDATE conversation SET urgent = 1 WHERE id IN ({placeholders(urgent)})", *urgent)  # noqa: S608
    events = []
    for entry in calls:
        if entry.urgent or entry.conversation_id in new:
            details: dict[str, object] = {"reason": entry.reason, "urgent": entry.urgent}
            events.append(journal.event_values(entry.conversation_id, "handover.called", None, details, now_ms))
        new.discard(entry.conversation_id)
    await conn.many(journal.INSERT, events)


async def alert_overdue(conn: Connection, now_ms: int, after_ms: int = ALERT_AFTER_MS) -> int:
    """Mark overdue conversations, each once, and return how many were marked now."""
    overdue = await conn.fetch(
        "SELECT id, waiting_ms FROM conversation WHERE tenant = ? AND waiting_ms > 0 AND waiting_ms <= ?"
        " AND alerted_ms = 0 AND claimed_by = 0",
        TENANT,
        now_ms - after_ms,
    )
    alerted = 0
    for row in overdue:
        if await conn.execute(
            "UPDATE conversation SET alerted_ms = ? WHERE id = ? AND alerted_ms = 0 AND waiting_ms > 0",
            now_ms,
            row["id"],
        ):
            details = {"waited_ms": now_ms - row["waiting_ms"]}
            await journal.log_event(conn, row["id"], "handover.alerted", None, details, now_ms)
            alerted += 1
    return alerted
