"""Choosing what to send next among a hundred thousand rows reads a few of them, on either database."""

from __future__ import annotations

from typing import Any

import pytest

from models.database.connection import Connection
from models.database.database import Database
from models.queues import outbox

ROWS = 20_000


async def fill(conn: Connection, due_ms: int) -> None:
    await conn.execute(
        "INSERT INTO outbox (tenant, channel, conversation, key, body, priority, due_ms, created_ms)"
        " WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
        " SELECT 1, 'web', 'c' || i, 'b1:' || i, '{}', 9, CAST(? AS BIGINT), 0 FROM n",
        ROWS,
        due_ms,
    )


async def put(conn: Connection, key: str, conversation: str, *, priority: int, due_ms: int) -> None:
    await conn.insert(
        "INSERT INTO outbox (tenant, channel, conversation, key, body, priority, due_ms, created_ms)"
        " VALUES (1, 'web', ?, ?, '{}', ?, ?, 0)",
        conversation,
        key,
        priority,
        due_ms,
    )


async def keys(conn: Connection, limit: int = 3) -> list[str]:
    return [row.key for row in await outbox.due(conn, "web", 100, limit)]


@pytest.mark.parametrize("due_ms", [0, 1000], ids=["due", "later"])
async def test_emergency_and_reply_pass_a_broadcast(database: Database, due_ms: int) -> None:
    async def work(conn: Connection) -> list[str]:
        await fill(conn, due_ms)
        await put(conn, "reply", "c7", priority=1, due_ms=50)
        await put(conn, "gas", "c8", priority=0, due_ms=60)
        return await keys(conn)

    assert await database.transaction(work) == ["gas", "reply", *(["b1:1"] if due_ms == 0 else [])]


async def test_what_has_been_due_longest_goes_first_and_any_priority_is_found(database: Database) -> None:
    async def work(conn: Connection) -> list[str]:
        await put(conn, "later", "a", priority=1, due_ms=70)
        await put(conn, "sooner", "b", priority=1, due_ms=30)
        await put(conn, "odd", "c", priority=5, due_ms=10)
        return await keys(conn)

    assert await database.transaction(work) == ["sooner", "later", "odd"]


class Plans:
    """Passes reads on and keeps PostgreSQL's plan of each."""

    dialect = "postgres"

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self.plans: list[str] = []

    async def fetch(self, sql: str, *args: object) -> list[dict[str, Any]]:
        plan = await self._conn.fetch(f"EXPLAIN {sql}", *args)
        self.plans.append("\n".join(row["QUERY PLAN"] for row in plan))
        return await self._conn.fetch(sql, *args)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.parametrize("statistics", [False, True], ids=["just written", "analyzed"])
async def test_postgres_reads_the_rows_in_order_and_stops(database: Database, statistics: bool) -> None:
    async def work(conn: Connection) -> list[str]:
        await fill(conn, 0)
        if statistics:
            await conn.execute("ANALYZE outbox")
        spy = Plans(conn)
        assert len(await outbox.due(spy, "web", 100, 30, exclude_conversations=["c1"])) == 30  # type: ignore[arg-type]  # reads only
        return spy.plans

    chosen = (await database.transaction(work))[-1]
    assert "Index Scan using outbox_waiting" in chosen
    assert "Index Scan using outbox_head" in chosen
    assert "Seq Scan" not in chosen
    assert "Sort" not in chosen
