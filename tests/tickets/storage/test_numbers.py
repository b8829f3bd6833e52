"""Numbers of tickets: unique, from 1 in each year, and nobody waits for another one's turn on PostgreSQL."""

from __future__ import annotations

import asyncio

from models.database.connection import TENANT, Connection
from models.database.database import Database
from tickets.storage import numbers


async def take(conn: Connection, year: int, count: int) -> list[int]:
    kind = numbers.of_sequence if conn.dialect == "postgres" else numbers.of_counter
    return await kind(conn, year, count)


async def test_each_year_counts_from_one(database: Database) -> None:
    assert await database.transaction(lambda conn: take(conn, 2026, 2)) == [1, 2]
    assert await database.transaction(lambda conn: take(conn, 2027, 1)) == [1]
    assert await database.transaction(lambda conn: take(conn, 2026, 1)) == [3]


async def test_numbers_go_on_after_those_that_a_copy_brought(database: Database) -> None:
    async def copied(conn: Connection) -> None:
        for number in ("26-000041", "26-1000007", "25-000099"):
            await conn.execute(
                "INSERT INTO ticket (tenant, number, source, status, category, problem, problem_title, priority,"
                " created_ms, react_due_ms, due_ms) VALUES (?, ?, 'web', 'new', '', '', '', 'normal', 0, 0, 0)",
                TENANT,
                number,
            )

    await database.transaction(copied)
    assert await database.transaction(lambda conn: take(conn, 2026, 1)) == [1_000_008]


async def test_turns_at_once_take_different_numbers_and_do_not_wait(database: Database) -> None:
    await database.transaction(lambda conn: take(conn, 2026, 1))
    taken, go = asyncio.Event(), asyncio.Event()

    async def slow(conn: Connection) -> list[int]:
        found = await take(conn, 2026, 2)
        taken.set()
        await go.wait()
        return found

    working = asyncio.create_task(database.transaction(slow))
    await taken.wait()
    if database.dialect == "sqlite":
        go.set()  # one transaction at a time anyway
    others = await asyncio.wait_for(database.transaction(lambda conn: take(conn, 2026, 1)), timeout=30)
    go.set()
    assert sorted(await working + others) == [2, 3, 4]


async def test_first_tickets_of_a_year_at_once_make_one_sequence(database: Database) -> None:
    found = await asyncio.gather(*(database.transaction(lambda conn: take(conn, 2030, 1)) for _ in range(6)))
    assert sorted(number for part in found for number in part) == [1, 2, 3, 4, 5, 6]
