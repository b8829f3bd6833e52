"""Health of the database: it can be written, and so much waits in it."""

from __future__ import annotations

from dataclasses import dataclass

from models.database.connection import TENANT, Connection
from models.queues.states import InboxState, OutboxState


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    inbox: int  # events without a turn
    outbox: int  # messages that are due; what waits for another try counts
    schema: int  # its version


async def look(conn: Connection, now_ms: int) -> Health:
    """Return how much is to be done now. Writes first: a full disk still reads."""
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
    assert row is not None  # noqa: S101  a SELECT of counts has one row
    return Health(**row)
