"""Stored due times. A timer that fires becomes an inbox row with the timer's key, so it fires once."""

from __future__ import annotations

import secrets
from typing import Any

from models.database import TENANT, Connection
from models.inbox import InboxRow, accept, event_body, lane_of

WAITING, FIRED, CANCELLED = 0, 1, 2


async def set_timer(
    conn: Connection,
    *,
    channel: str,
    conversation: str,
    kind: str,
    due_ms: int,
    token: str = "",
    ticket_id: int = 0,
    tenant: int = TENANT,
) -> None:
    """Set a timer; a waiting one of the same kind (and ticket) in this conversation is replaced."""
    await cancel_timer(conn, channel=channel, conversation=conversation, kind=kind, ticket_id=ticket_id, tenant=tenant)
    await conn.insert(
        "INSERT INTO timer (tenant, lane, channel, conversation, key, body, due_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
        tenant,
        lane_of(tenant, channel, conversation),
        channel,
        conversation,
        f"{secrets.token_hex(8)}:{name_of(kind, ticket_id)}",  # never used before, so it fires once
        event_body("timer", timer=kind, ticket_id=ticket_id, token=token),
        due_ms,
    )


def name_of(kind: str, ticket_id: int) -> str:
    return f"{kind}:{ticket_id}"


async def cancel_timer(
    conn: Connection, *, channel: str, conversation: str, kind: str, ticket_id: int = 0, tenant: int = TENANT
) -> int:
    """Cancel the waiting timer of this kind; return how many were cancelled."""
    return await conn.execute(
        "UPDATE timer SET state = 2 WHERE state = 0 AND tenant = ? AND channel = ? AND conversation = ? AND key LIKE ?",
        tenant,
        channel,
        conversation,
        f"%:{name_of(kind, ticket_id)}",
    )


async def fire(conn: Connection, now_ms: int, limit: int = 500) -> int:
    """Turn due timers into inbox rows and mark them, in the caller's one transaction; return how many."""
    skip = " FOR UPDATE SKIP LOCKED" if conn.dialect == "postgres" else ""  # another node fires those
    rows = await conn.fetch(
        "SELECT id, tenant, channel, conversation, key, body FROM timer"  # noqa: S608
        f" WHERE state = 0 AND due_ms <= ? ORDER BY due_ms, id LIMIT ?{skip}",
        now_ms,
        limit,
    )
    await accept(conn, [_as_inbox_row(row, now_ms) for row in rows])
    await conn.many("UPDATE timer SET state = 1 WHERE id = ?", [(row["id"],) for row in rows])
    return len(rows)


def _as_inbox_row(row: dict[str, Any], now_ms: int) -> InboxRow:
    return InboxRow(
        tenant=row["tenant"],
        channel=row["channel"],
        conversation=row["conversation"],
        key=f"timer:{row['key']}",
        body=row["body"],
        at_ms=now_ms,
    )
