"""A broadcast to 100,000, expanded by real clocks, some of them killed at work; then the choice of the next 30."""

from __future__ import annotations

import asyncio
import json
import random
import time
from dataclasses import dataclass
from pathlib import Path

from bot.process.scheduler import Clock
from bot.settings.schema import RetentionSettings
from models.coordination.wakeup import LocalWakeup
from models.database.connection import Connection
from models.database.database import Database, open_database
from models.queues import broadcasts, outbox
from models.rows.states import BroadcastState
from tests.bench.figures import check, note
from tests.bench.processes import Node, start

PEOPLE = 100_000
NODES = 3
KILLS = 4
BODY = json.dumps({"text": "Завтра с 9:00 до 17:00 не будет холодной воды: работы на сетях."}, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Mass:
    """seconds: to expand; choice: milliseconds of each choice of the next 30; kills: processes killed meanwhile."""

    seconds: float
    choice: list[float]
    kills: int


async def settle(conn: Connection, people: int) -> None:
    """So many conversations of residents."""
    await conn.execute(
        "INSERT INTO conversation (tenant, lane, channel, address, resident_id, created_ms, last_ms)"
        " WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
        " SELECT 1, i % 64, 'bench', 'c' || i, i, 0, 0 FROM n",
        people,
    )


async def begin(database: Database) -> int:
    return await database.transaction(
        lambda conn: broadcasts.start(conn, key="water", body=BODY, houses=None, created_by=0, now_ms=1)
    )


async def embedded(folder: Path, people: int, choices: int) -> Mass:
    """One process on SQLite."""
    note(f"SQLite, broadcast to {people}…")
    database = await open_database(f"sqlite://{folder / 'mass.db'}")
    try:
        await database.transaction(lambda conn: settle(conn, people))
        await begin(database)
        started = time.perf_counter()
        await Clock(database, LocalWakeup(), 10, RetentionSettings(), "UTC").expand_broadcasts()
        took = time.perf_counter() - started
        await check_rows(database, people)
        return Mass(took, await choosing(database, choices), 0)
    finally:
        await database.close()


async def shared(url: str, people: int, choices: int, kills: int = KILLS) -> Mass:
    """Several processes on PostgreSQL, of which one after the other is killed at work and replaced."""
    note(f"PostgreSQL, broadcast to {people}, {NODES} processes, {kills} kills…")
    database = await open_database(url)
    nodes: list[Node] = []
    try:
        await database.transaction(lambda conn: settle(conn, people))
        nodes = [await expander(url) for _ in range(NODES + kills)]  # those behind take the places of the killed
        made = await begin(database)
        at_work, spare = nodes[:NODES], nodes[NODES:]
        started = time.perf_counter()
        for one in at_work:
            one.go()
        killed = await kill_some(database, made, at_work, spare, people)
        while (await row_of(database, made))["state"] == BroadcastState.RUNNING:  # noqa: ASYNC110 - other processes do it
            await asyncio.sleep(0.02)
        took = time.perf_counter() - started
        await check_rows(database, people)
        return Mass(took, await choosing(database, choices), killed)
    finally:
        for one in nodes:
            await one.kill()
        await database.close()


async def expander(url: str) -> Node:
    made = await start("-m", "tests.bench.durability.node", "expander", "--url", url)
    await made.line("ready")
    return made


async def kill_some(database: Database, made: int, at_work: list[Node], spare: list[Node], people: int) -> int:
    """Kill a process each time another part of the rows is written; return how many."""
    chance, kills = random.Random(11), 0  # noqa: S311
    parts = len(spare) + 1
    while spare and (row := await row_of(database, made))["state"] == BroadcastState.RUNNING:
        if row["queued"] >= people * (kills + 1) / parts:
            victim = chance.randrange(len(at_work))
            await at_work[victim].kill()
            at_work[victim] = spare.pop()
            at_work[victim].go()
            kills += 1
        await asyncio.sleep(0.005)
    return kills


async def row_of(database: Database, made: int) -> dict[str, int]:
    row = await database.transaction(lambda conn: broadcasts.get(conn, made))
    assert row
    return row


async def check_rows(database: Database, people: int) -> None:
    """Everybody has one row and one line, nobody two."""

    async def count(conn: Connection) -> list[int]:
        found = []
        for table, column in (("outbox", "conversation"), ("message", "conversation_id")):
            row = await conn.fetch_one(f"SELECT count(*) AS a, count(DISTINCT {column}) AS b FROM {table}")  # noqa: S608
            assert row
            found += [row["a"], row["b"]]
        return found

    check(await database.transaction(count) == [people] * 4, "a recipient without the message, or with two")


async def choosing(database: Database, choices: int) -> list[float]:
    """Choose the next 30 again and again, as a sender with some sends under way does; a reply is first in line."""

    async def reply(conn: Connection) -> None:
        await conn.insert(
            "INSERT INTO outbox (tenant, channel, conversation, key, body, priority, due_ms, created_ms)"
            " VALUES (1, 'bench', 'c77', 'reply', '{}', 1, 2, 2)"
        )

    await database.transaction(reply)
    now_ms, took = int(time.time() * 1000) + 1000, []
    for number in range(choices):
        busy = [f"c{number * 7 + place}" for place in range(number % 10)]
        started = time.perf_counter()
        chosen = await database.transaction(
            lambda conn, busy=busy: outbox.due(conn, "bench", now_ms, 30, exclude_conversations=busy)  # type: ignore[misc]  # lambda default
        )
        took.append((time.perf_counter() - started) * 1000)
        check(len(chosen) == 30, "30 messages are due")
        check(chosen[0].key == "reply" or "c77" in busy, "the reply is first in line")
    return took
