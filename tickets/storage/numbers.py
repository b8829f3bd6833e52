"""Numbers of tickets: counted from 1 in each year, unique. Called through `opening.py` only.

SQLite counts in a row, without gaps. On PostgreSQL that row would be locked until the turn commits, and all workers
would open their tickets one after the other; a sequence makes nobody wait and leaves a gap where a turn is rolled back.
"""

from __future__ import annotations

from models.database.connection import TENANT, Connection


async def of_counter(conn: Connection, year: int, count: int) -> list[int]:
    """Take the next numbers of a year; after a copy from PostgreSQL, which has no counter, those after the highest."""
    name = f"ticket:{year % 100:02d}"
    if await conn.fetch_one("SELECT value FROM counter WHERE tenant = ? AND name = ?", TENANT, name) is None:
        await conn.execute(
            "INSERT INTO counter (tenant, name, value) VALUES (?, ?, ?)", TENANT, name, await _highest(conn, year)
        )
    row = await conn.fetch_one(
        "UPDATE counter SET value = value + ? WHERE tenant = ? AND name = ? RETURNING value", count, TENANT, name
    )
    assert row is not None  # noqa: S101  it is there
    return list(range(row["value"] - count + 1, row["value"] + 1))


async def of_sequence(conn: Connection, year: int, count: int) -> list[int]:
    """Take numbers of a year from its sequence, which the first ticket of the year makes."""
    name = f"ticket_number_{TENANT}_{year % 100:02d}"
    if not await _exists(conn, name):
        await conn.lock(name)
        if not await _exists(conn, name):
            await conn.execute(f"CREATE SEQUENCE IF NOT EXISTS {name} START {await _highest(conn, year) + 1}")
            counter = f"ticket:{year % 100:02d}"  # came with a copy from SQLite and would be stale on the way back
            await conn.execute("DELETE FROM counter WHERE tenant = ? AND name = ?", TENANT, counter)
    taken = await conn.fetch(f"SELECT nextval('{name}') AS value FROM generate_series(1, ?)", count)  # noqa: S608
    return [int(row["value"]) for row in taken]


async def _exists(conn: Connection, sequence: str) -> bool:
    row = await conn.fetch_one(f"SELECT to_regclass('{sequence}') IS NOT NULL AS found")
    return bool(row and row["found"])


async def _highest(conn: Connection, year: int) -> int:
    """Return the highest number of a year that a ticket has; 0: none."""
    row = await conn.fetch_one(
        "SELECT COALESCE(MAX(CAST(SUBSTR(number, 4) AS BIGINT)), 0) AS highest FROM ticket"
        " WHERE tenant = ? AND number LIKE ?",
        TENANT,
        f"{year % 100:02d}-%",
    )
    return int(row["highest"]) if row else 0
