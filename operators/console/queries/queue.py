"""The queue of waiting conversations, and the counts in the header of every page."""

from __future__ import annotations

from typing import Any

from models.database.connection import TENANT, Connection
from models.queues import unconfirmed_sends
from models.rows.states import InboxState, OutboxState
from operators.console.queries.conversations import CONVERSATIONS

Row = dict[str, Any]


async def figures(conn: Connection, user_id: int, now_ms: int, alert_ms: int) -> Row:
    """Return the counts of the header: waiting, overdue, mine, unread (of mine), dead, unsure, quarantined."""
    row = await conn.fetch_one(
        "SELECT (SELECT COUNT(*) FROM conversation WHERE tenant = ? AND waiting_ms > 0) AS waiting,"  # noqa: S608
        " (SELECT COUNT(*) FROM conversation WHERE tenant = ? AND waiting_ms > 0 AND waiting_ms <= ?) AS overdue,"
        " (SELECT COUNT(*) FROM conversation WHERE tenant = ? AND claimed_by = ? AND claimed_by > 0) AS mine,"
        " (SELECT COUNT(*) FROM conversation WHERE tenant = ? AND claimed_by = ? AND claimed_by > 0 AND unread > 0)"
        " AS unread,"
        f" (SELECT COUNT(*) FROM outbox WHERE tenant = ? AND state = {OutboxState.DEAD}) AS dead,"
        f" (SELECT COUNT(*) FROM outbox WHERE tenant = ? AND {unconfirmed_sends.UNSURE}) AS unsure,"
        f" (SELECT COUNT(*) FROM inbox WHERE tenant = ? AND state = {InboxState.QUARANTINED}) AS quarantined",
        TENANT,
        TENANT,
        now_ms - alert_ms,
        TENANT,
        user_id,
        TENANT,
        user_id,
        TENANT,
        TENANT,
        TENANT,
    )
    assert row is not None  # noqa: S101  # a SELECT of counts has one row
    return row


async def waiting(conn: Connection) -> list[Row]:
    """Return the waiting conversations: urgent first, then the longest wait."""
    return await conn.fetch(
        CONVERSATIONS + " AND c.waiting_ms > 0 ORDER BY c.urgent DESC, c.waiting_ms LIMIT 200", TENANT
    )


async def claimed(conn: Connection) -> list[Row]:
    """Return the conversations that dispatchers have now."""
    return await conn.fetch(CONVERSATIONS + " AND c.claimed_by > 0 ORDER BY c.last_ms DESC LIMIT 200", TENANT)
