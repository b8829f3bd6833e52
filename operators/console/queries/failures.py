"""Queries of failures: undelivered messages, quarantined events, questions without an answer."""

from __future__ import annotations

import json
from typing import Any

from models.database.connection import TENANT, Connection
from models.queues import unconfirmed_sends
from models.rows.states import InboxState, OutboxState

Row = dict[str, Any]


async def dead_letters(conn: Connection) -> list[Row]:
    """Return messages that could not be sent, newest first, with their conversation and their `text`."""
    return await _letters(conn, f"o.state = {OutboxState.DEAD}")


async def unsure_letters(conn: Connection) -> tuple[list[Row], int]:
    """Return unconfirmed messages in the shape of `dead_letters`, and the number of unconfirmed announcements."""
    row = await conn.fetch_one(
        f"SELECT COUNT(*) AS n FROM outbox WHERE tenant = ? AND {unconfirmed_sends.UNSURE_ANNOUNCEMENT}",  # noqa: S608
        TENANT,
    )
    return await _letters(conn, unconfirmed_sends.UNSURE), int(row["n"]) if row else 0


async def _letters(conn: Connection, condition: str) -> list[Row]:
    rows = await conn.fetch(
        "SELECT o.id, o.channel, o.error, o.tries, o.created_ms, o.body, c.id AS conversation_id, r.name, r.phone"  # noqa: S608
        " FROM outbox o LEFT JOIN conversation c"
        " ON c.tenant = o.tenant AND c.channel = o.channel AND c.address = o.conversation"
        f" LEFT JOIN resident r ON r.id = c.resident_id WHERE o.tenant = ? AND {condition}"
        " ORDER BY o.id DESC LIMIT 100",
        TENANT,
    )
    for row in rows:
        row["text"] = json.loads(row["body"]).get("text", "")
    return rows


async def quarantined(conn: Connection) -> list[Row]:
    """Return events whose handling failed three times, newest first."""
    return await conn.fetch(
        "SELECT i.id, i.channel, i.error, i.tries, i.at_ms, c.id AS conversation_id FROM inbox i"  # noqa: S608
        " LEFT JOIN conversation c ON c.tenant = i.tenant AND c.channel = i.channel AND c.address = i.conversation"
        f" WHERE i.tenant = ? AND i.state = {InboxState.QUARANTINED} ORDER BY i.id DESC LIMIT 100",
        TENANT,
    )


async def unanswered(conn: Connection) -> list[Row]:
    """Return questions without an answer in the knowledge base, most frequent first."""
    return await conn.fetch(
        "SELECT id, text, count, first_ms, last_ms FROM unanswered WHERE tenant = ?"
        " ORDER BY count DESC, last_ms DESC LIMIT 200",
        TENANT,
    )
