"""The durable path alone: claim, a reply without thought, save, mark done; and Procrastinate doing nothing."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import AsyncExitStack
from pathlib import Path

import procrastinate

from models.database.connection import Connection
from models.database.database import Database, open_database
from models.queues.inbox import LANES_A_BATCH, GroupCommit, InboxRow
from tests.bench.durability import node
from tests.bench.figures import check, note
from tests.bench.processes import node as process

CHATS = 2_000
LOCKS = 200
AT_ONCE = 10  # jobs of one Procrastinate worker


def rows(count: int, first: int) -> list[InboxRow]:
    """Messages of `CHATS` conversations by turns."""
    body = '{"kind":"text","content":{"text":"здравствуйте"},"sent_ms":0,"external_id":"1"}'
    return [
        InboxRow(tenant=1, channel="bench", conversation=f"c{number % CHATS}", key=f"k{number}", body=body, at_ms=1)
        for number in range(first, first + count)
    ]


async def fill(database: Database, count: int, first: int) -> None:
    commits = GroupCommit(database)
    for start in range(first, first + count, 10_000):
        await commits.accept(rows(min(10_000, first + count - start), start))


async def replies(conn: Connection) -> int:
    """How many replies wait; every message of the benchmark has one."""
    row = await conn.fetch_one("SELECT count(*) AS number, count(DISTINCT key) AS keys FROM outbox")
    assert row
    check(row["number"] == row["keys"], "a reply was written twice")
    return int(row["number"])


async def embedded(folder: Path, count: int) -> float:
    """Return turns per second in one process on SQLite with synchronous=FULL."""
    note("SQLite, no-op handler…")
    database = await open_database(f"sqlite://{folder / 'handler.db'}")
    try:
        await fill(database, CHATS, 0)
        with node.without_thinking():
            await node.work(database, 1)  # the conversations exist from here on
        await fill(database, count, CHATS)
        started = time.perf_counter()
        with node.without_thinking():
            taken = await node.work(database, 1)
        took = time.perf_counter() - started
        check(taken == count and await database.transaction(replies) == count + CHATS, f"{taken} turns of {count}")
        return count / took
    finally:
        await database.close()


async def workers(url: str, count: int, processes: int, lanes: int = LANES_A_BATCH) -> float:
    """Return turns per second of so many worker processes on one PostgreSQL."""
    note(f"PostgreSQL, no-op handler, worker processes: {processes}…")
    database = await open_database(url)
    try:
        async with AsyncExitStack() as stack:
            arguments = ("worker", "--url", url, "--lanes", str(lanes))
            started = [await stack.enter_async_context(process(*arguments)) for _ in range(processes + 1)]
            for one in started:
                await one.line("ready")
            first, *rest = started
            before = await database.transaction(replies)
            await fill(database, CHATS, before)
            first.go()  # it makes the conversations
            await first.line("{")
            await fill(database, count, before + CHATS)
            began = time.perf_counter()
            for one in rest:
                one.go()
            taken = [json.loads(await one.line("{"))["taken"] for one in rest]
            took = time.perf_counter() - began
        check(sum(taken) == count, f"{taken} turns of {count}")
        check(await database.transaction(replies) == before + CHATS + count, "not every message has its reply")
        return count / took
    finally:
        await database.close()


async def procrastinate_jobs(url: str, count: int) -> float:
    """Return jobs per second that do nothing, in the order of their conversation (a lock each)."""
    note("Procrastinate, no-op jobs…")
    app = procrastinate.App(
        connector=procrastinate.PsycopgConnector(conninfo=url.replace("asyncpg://", "postgresql://"))
    )
    done = 0

    @app.task(name="nothing")
    async def nothing(number: int) -> None:
        nonlocal done
        done += 1

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        jobs = [(nothing.configure(lock=f"c{number % LOCKS}"), number) for number in range(count)]
        for start in range(0, count, 100):
            await asyncio.gather(*(job.defer_async(number=number) for job, number in jobs[start : start + 100]))
        started = time.perf_counter()
        await app.run_worker_async(wait=False, concurrency=AT_ONCE, install_signal_handlers=False)
        took = time.perf_counter() - started
    check(done == count, f"{done} jobs of {count}")
    return count / took
