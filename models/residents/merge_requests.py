"""Requests for merges, which turns leave and `bot/turns/merge_worker.py` carries out."""

from __future__ import annotations

from dataclasses import dataclass

from models.database.connection import TENANT, Connection


async def ask(conn: Connection, conversation_id: int, other_id: int, reason: str, now_ms: int) -> None:
    """Leave a request inside a turn. other_id: of the conversation that showed the code; 0: search by phone."""
    await conn.insert(
        "INSERT INTO identity_request (tenant, conversation_id, other_id, reason, at_ms) VALUES (?, ?, ?, ?, ?)",
        TENANT,
        conversation_id,
        other_id,
        reason,
        now_ms,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeRequest:
    """A request that a turn left with `ask`."""

    id: int
    conversation_id: int
    other_id: int  # conversation that showed the code; 0: search by phone
    reason: str  # "code", "contact"


async def take_request(conn: Connection) -> MergeRequest | None:
    """Take the oldest request that nobody else has; it is gone when the transaction commits."""
    skip = " FOR UPDATE SKIP LOCKED" if conn.dialect == "postgres" else ""
    row = await conn.fetch_one(
        f"SELECT id, conversation_id, other_id, reason FROM identity_request ORDER BY id LIMIT 1{skip}"  # noqa: S608
    )
    if row is None:
        return None
    await drop_request(conn, row["id"])
    return MergeRequest(**row)


async def drop_request(conn: Connection, request_id: int) -> None:
    """Give a request up that cannot be carried out."""
    await conn.execute("DELETE FROM identity_request WHERE id = ?", request_id)
