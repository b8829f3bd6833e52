"""Whether the database can be written, and how much waits in it."""

from __future__ import annotations

from typing import Any

from models.database.connection import TENANT, Connection
from models.queues.states import InboxState, OutboxState


async def look(conn: Connection, now_ms: int) -> dict[str, Any]:
    """Return how much is to be done now: ``{"inbox", "outbox", "schema"}``.

    inbox: events without a turn. outbox: messages that are due; what waits for another try counts. schema: its version.

    Writes first: a full disk still reads.
    """
    await conn.execute(
        "INSERT INTO counter (tenant, name, value) VALUES (?, 'checked', ?)"
        " ON CONFLICT (tenant, name) DO UPDATE SET value = excluded.value",
        TENANT,
        now_ms,
    )
    row = await conn.fetch_one(
        f"SELECT (SELECT count(*) FROM inbox WHERE state = {InboxState.WAITING}) AS inbox,"  # noqa: S608
        f" (SELECT count(*) FROM outbox WHERE state = {OutboxState.WAITING} AND (tries > 0 OR due_ms <= ?))"
        f" + (SELECT count(*) FROM outbox WHERE state = {OutboxState.UNCONFIRMED} AND due_ms > 0) AS outbox,"
        " (SELECT max(version) FROM schema_version) AS schema",
        now_ms,
    )
    return row or {}
