"""Conversations, tickets and followed tickets, which move from one resident to another in a merge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from models.database.connection import Connection
from models.database.sql_lists import padded, placeholders

MOST_IN_LIST = 500
TABLES = {"conversations": "conversation", "tickets": "ticket", "followers": "ticket_follower"}


async def contents_of(conn: Connection, resident_id: int) -> dict[str, list[int]]:
    """Return the ids of what a resident has; tickets are locked in the order in which others lock them."""
    contents = {}
    for name, table in TABLES.items():
        lock = " FOR UPDATE" if conn.dialect == "postgres" else ""
        rows = await conn.fetch(f"SELECT id FROM {table} WHERE resident_id = ? ORDER BY id{lock}", resident_id)  # noqa: S608
        contents[name] = [row["id"] for row in rows]
    return contents


async def give(conn: Connection, things: Mapping[str, Sequence[int]], resident_id: int) -> None:
    for name, ids in things.items():
        for part in _parts(ids):
            await conn.execute(
                f"UPDATE {TABLES[name]} SET resident_id = ? WHERE id IN ({placeholders(part)})",  # noqa: S608
                resident_id,
                *part,
            )


async def still_of(conn: Connection, table: str, resident_id: int, ids: Sequence[int]) -> list[int]:
    """Return those of the ids that belong to the resident."""
    own: list[int] = []
    for part in _parts(ids):
        rows = await conn.fetch(
            f"SELECT id FROM {table} WHERE resident_id = ? AND id IN ({placeholders(part)}) ORDER BY id",  # noqa: S608
            resident_id,
            *part,
        )
        own += [row["id"] for row in rows]
    return own


async def of_conversations(conn: Connection, table: str, resident_id: int, returned: Sequence[int]) -> list[int]:
    own: list[int] = []
    for part in _parts(returned):
        rows = await conn.fetch(
            f"SELECT id FROM {table} WHERE resident_id = ? AND conversation_id IN ({placeholders(part)}) ORDER BY id",  # noqa: S608
            resident_id,
            *part,
        )
        own += [row["id"] for row in rows]
    return own


def _parts(ids: Sequence[int]) -> Iterable[list[int]]:
    return [padded(ids[start : start + MOST_IN_LIST]) for start in range(0, len(ids), MOST_IN_LIST)]
