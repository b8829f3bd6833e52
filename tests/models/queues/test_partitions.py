"""Several workers on one PostgreSQL: each has lanes of its own, and no row is taken twice."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from models.database.connection import Connection
from models.database.database import Database, open_database
from models.queues import inbox, timers
from models.queues.inbox import InboxRow

ROWS = 400


@pytest.fixture
def database_url(postgres_url: str) -> str:
    return postgres_url


def rows() -> list[InboxRow]:
    return [
        InboxRow(tenant=1, channel="web", conversation=f"c{number % 40}", key=f"k{number}", body="{}", at_ms=number)
        for number in range(ROWS)
    ]


async def test_lanes_of_one_worker_are_not_given_to_another(database: Database) -> None:
    await database.transaction(lambda conn: inbox.accept(conn, rows()))
    taken, other = asyncio.Event(), asyncio.Event()

    async def first(conn: Connection) -> set[int]:
        lanes = set(await inbox.take_lanes(conn))
        taken.set()
        await other.wait()
        return lanes

    working = asyncio.create_task(database.transaction(first))
    await taken.wait()
    second = set(await database.transaction(inbox.take_lanes))
    other.set()
    mine = await working
    assert len(mine) == len(second) == inbox.LANES_A_BATCH
    assert mine & second == set()


async def test_workers_at_once_take_every_row_once_and_in_order(database: Database) -> None:
    await database.transaction(lambda conn: inbox.accept(conn, rows()))
    taken: list[tuple[str, int]] = []

    async def batch(conn: Connection) -> list[tuple[str, int]]:
        claimed = await inbox.claim(conn, 20)
        await inbox.mark_done(conn, [row.id for row in claimed])
        return [(row.conversation, row.at_ms) for row in claimed]

    async def worker() -> None:
        while len(taken) < ROWS:
            taken.extend(await database.transaction(batch))

    await asyncio.wait_for(asyncio.gather(*(worker() for _ in range(4))), timeout=60)
    assert len(set(taken)) == len(taken) == ROWS
    for conversation in Counter(name for name, _ in taken):
        at = [at_ms for name, at_ms in taken if name == conversation]
        assert at == sorted(at)


async def test_timer_fires_on_one_node_only(database: Database, postgres_url: str) -> None:
    async def put(conn: Connection) -> None:
        for number in range(30):
            await timers.set_timer(conn, channel="web", conversation=f"c{number}", kind="draft_close", due_ms=1)

    await database.transaction(put)
    other = await open_database(postgres_url, migrate=False)
    try:
        fired = await asyncio.gather(
            *(one.transaction(lambda conn: timers.fire(conn, 5, 10)) for one in (database, other) for _ in range(3))
        )
        rest = await other.transaction(lambda conn: timers.fire(conn, 5, 100))
    finally:
        await other.close()
    assert sum(fired) + rest == 30


async def test_a_deadlock_is_resolved_without_the_callers_noticing(database: Database) -> None:
    first_has, second_has = asyncio.Event(), asyncio.Event()

    async def cross(conn: Connection, mine: int, other: int, has: asyncio.Event, waits: asyncio.Event) -> None:
        await conn.execute("UPDATE lane SET id = id WHERE id = ?", mine)
        has.set()
        await waits.wait()
        await conn.execute("UPDATE lane SET id = id WHERE id = ?", other)

    await asyncio.wait_for(
        asyncio.gather(
            database.transaction(lambda conn: cross(conn, 1, 2, first_has, second_has)),
            database.transaction(lambda conn: cross(conn, 2, 1, second_has, first_has)),
        ),
        timeout=30,
    )
    assert database.failed_transactions == 0
