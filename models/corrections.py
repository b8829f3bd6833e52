"""Corrections of the classifier by people: the right problem for words without anything personal."""

from __future__ import annotations

from collections.abc import Sequence

from models.database.connection import TENANT, Connection
from tickets.learning.types import Correction

SLICE = 500  # ids of one statement


async def add(
    conn: Connection,
    *,
    text: str,
    guessed: str,
    chosen: str,
    who: str,
    at_ms: int,
    conversation_id: int = 0,
    ticket_id: int = 0,
) -> None:
    """Keep one correction; `text` holds nothing personal any more (`tickets.learning.anonymise`)."""
    await conn.insert(
        "INSERT INTO correction (tenant, conversation_id, ticket_id, text, guessed, chosen, who, at_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        TENANT,
        conversation_id,
        ticket_id,
        text,
        guessed,
        chosen,
        who,
        at_ms,
    )


async def kept(conn: Connection) -> list[Correction]:
    """Return all corrections, oldest first."""
    rows = await conn.fetch(
        "SELECT id, text, guessed, chosen, who, at_ms, learned_ms FROM correction WHERE tenant = ? ORDER BY id", TENANT
    )
    return [Correction(**row) for row in rows]


async def learned(conn: Connection) -> list[Correction]:
    """Return the corrections that the classifier learns from, oldest first."""
    rows = await conn.fetch(
        "SELECT id, text, guessed, chosen, who, at_ms, learned_ms FROM correction"
        " WHERE tenant = ? AND learned_ms > 0 ORDER BY id",
        TENANT,
    )
    return [Correction(**row) for row in rows]


async def learn(conn: Connection, ids: Sequence[int], now_ms: int) -> int:
    """Learn from exactly these; return how many of them are still there. Those that were learned keep their time."""
    before = {row.id for row in await learned(conn)}
    await _set(conn, sorted(before - set(ids)), 0)
    await _set(conn, sorted(set(ids) - before), now_ms)
    return len(await learned(conn))


async def forget(conn: Connection) -> int:
    """Learn from none; return how many were learned from. The corrections stay."""
    return await conn.execute("UPDATE correction SET learned_ms = 0 WHERE tenant = ? AND learned_ms > 0", TENANT)


async def _set(conn: Connection, ids: Sequence[int], learned_ms: int) -> None:
    for start in range(0, len(ids), SLICE):
        part = ids[start : start + SLICE]
        await conn.execute(
            f"UPDATE correction SET learned_ms = ? WHERE tenant = ? AND id IN ({', '.join('?' * len(part))})",  # noqa: S608
            learned_ms,
            TENANT,
            *part,
        )
