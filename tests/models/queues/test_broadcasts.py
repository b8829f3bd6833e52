"""Broadcasts: every recipient exactly once, whatever happens to the workers; pause, resume and stop between slices."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

import epoch
from bot.process.scheduler import Clock
from bot.settings.schema import RetentionSettings
from models.coordination.wakeup import LocalWakeup
from models.database.connection import Connection
from models.database.database import Database, open_database
from models.queues import broadcasts, outbox
from models.queues.backlog import Storm
from models.residents import conversations
from models.rows.lanes import lane_of
from models.rows.states import BroadcastState

BODY = json.dumps({"text": "Завтра отключат воду", "buttons": [[["Понятно", "ok"]]]}, ensure_ascii=False)
PEOPLE = 600


async def settle_people(conn: Connection) -> None:
    """`PEOPLE` conversations: residents live in houses 1..6; every tenth has blocked the bot."""
    numbers = range(1, PEOPLE + 1)
    await conn.many(
        "INSERT INTO resident (id, tenant, house_id, created_ms) VALUES (?, 1, ?, 0)",
        [(number, number % 6 + 1) for number in numbers],
    )
    await conn.many(
        "INSERT INTO conversation (tenant, lane, channel, address, resident_id, reachable, created_ms, last_ms)"
        " VALUES (1, ?, 'web', ?, ?, ?, 0, 0)",
        [(lane_of(1, "web", f"c{number}"), f"c{number}", number, int(number % 10 > 0)) for number in numbers],
    )


async def begin(database: Database, key: str = "water", houses: tuple[int, ...] | None = None) -> int:
    return await database.transaction(
        lambda conn: broadcasts.start(conn, key=key, body=BODY, houses=houses, created_by=7, now_ms=1)
    )


async def queued(database: Database) -> list[str]:
    rows = await database.transaction(lambda conn: conn.fetch("SELECT conversation FROM outbox ORDER BY id"))
    return [row["conversation"] for row in rows]


async def shown(database: Database) -> list[int]:
    rows = await database.transaction(lambda conn: conn.fetch("SELECT conversation_id FROM message ORDER BY id"))
    return [row["conversation_id"] for row in rows]


async def state_of(database: Database, broadcast_id: int) -> dict[str, Any]:
    row = await database.transaction(lambda conn: broadcasts.get(conn, broadcast_id))
    assert row
    return row


async def expand_all(database: Database, limit: int = 7) -> int:
    slices = 0
    while await database.transaction(lambda conn: broadcasts.expand(conn, 5, limit)):
        slices += 1
    return slices


def everybody() -> set[str]:
    return {f"c{number}" for number in range(1, PEOPLE + 1) if number % 10}


async def test_everybody_who_can_be_reached_gets_it_once_and_sees_it_in_the_chat(database: Database) -> None:
    await database.transaction(settle_people)
    made = await begin(database)
    assert await expand_all(database) > 64
    found = await queued(database)
    assert len(found) == len(set(found))
    assert set(found) == everybody()
    assert len(await shown(database)) == len(set(await shown(database))) == len(found)
    row = await state_of(database, made)
    assert (row["state"], row["total"], row["queued"]) == (BroadcastState.DONE, len(found), len(found))


async def test_its_rows_come_after_replies_and_carry_the_body(database: Database) -> None:
    await database.transaction(settle_people)
    made = await begin(database)
    await expand_all(database)
    row = (await database.transaction(lambda conn: outbox.due(conn, "web", 5, 1)))[0]
    line = await database.transaction(lambda conn: conn.fetch_one("SELECT author, text, buttons, at_ms FROM message"))
    assert (row.priority, row.body) == (9, BODY)
    assert row.key.startswith(f"b{made}:")
    buttons = json.dumps([[["Понятно", "ok"]]], ensure_ascii=False)
    assert line == {"author": "bot", "text": "Завтра отключат воду", "buttons": buttons, "at_ms": 5}


async def test_only_residents_of_the_given_houses_get_it(database: Database) -> None:
    await database.transaction(settle_people)
    made = await begin(database, houses=(2, 4))
    await expand_all(database)
    wanted = {f"c{number}" for number in range(1, PEOPLE + 1) if number % 6 + 1 in (2, 4) and number % 10}
    assert set(await queued(database)) == wanted
    assert (await state_of(database, made))["total"] == len(wanted)


@pytest.mark.parametrize("urgent", [False, True])
async def test_who_wants_none_gets_only_urgent_ones(database: Database, urgent: bool) -> None:
    async def work(conn: Connection) -> broadcasts.Slice | None:
        await settle_people(conn)
        await conversations.want_announcements(conn, 11, False)
        await broadcasts.start(conn, key="w", body=BODY, houses=None, created_by=7, now_ms=1, urgent=urgent)
        while (done := await broadcasts.expand(conn, 1)) and not done.done:
            continue
        return done

    await database.transaction(work)
    assert ("c11" in await queued(database)) is urgent
    assert "c12" in await queued(database)


async def test_no_house_is_nobody(database: Database) -> None:
    await database.transaction(settle_people)
    made = await begin(database, houses=())
    await expand_all(database)
    assert await queued(database) == []
    assert (await state_of(database, made))["state"] == BroadcastState.DONE


async def test_the_same_key_starts_nothing_again(database: Database) -> None:
    await database.transaction(settle_people)
    assert await begin(database) == await begin(database)
    assert await begin(database, "other") != await begin(database)
    await expand_all(database)
    assert len(await queued(database)) == 2 * len(everybody())


async def test_a_paused_one_rests_and_goes_on_where_it_was(database: Database) -> None:
    await database.transaction(settle_people)
    made = await begin(database)
    for _ in range(20):
        await database.transaction(lambda conn: broadcasts.expand(conn, 5, 7))
    assert await database.transaction(lambda conn: broadcasts.pause(conn, made))
    written = len(await queued(database))
    assert 0 < written < len(everybody())
    assert await expand_all(database) == 0
    assert await database.transaction(lambda conn: broadcasts.resume(conn, made))
    await expand_all(database)
    found = await queued(database)
    assert (len(found), set(found)) == (len(everybody()), everybody())


async def test_a_stopped_one_never_goes_on_and_the_next_begins(database: Database) -> None:
    await database.transaction(settle_people)
    made = await begin(database)
    await database.transaction(lambda conn: broadcasts.expand(conn, 5, 7))
    assert await database.transaction(lambda conn: broadcasts.stop(conn, made))
    assert not await database.transaction(lambda conn: broadcasts.resume(conn, made))
    written = len(await queued(database))
    await begin(database, "next")
    await expand_all(database)
    assert len(await queued(database)) == written + len(everybody())
    assert not await database.transaction(lambda conn: broadcasts.stop(conn, made))


async def test_three_workers_at_once_with_cancellations_write_every_recipient_once(
    database: Database, database_url: str
) -> None:
    await database.transaction(settle_people)
    made = await begin(database)
    nodes = [database]
    if database.dialect == "postgres":
        nodes += [await open_database(database_url, migrate=False) for _ in range(2)]
    try:
        await asyncio.wait_for(cancelled_often(lambda number: work(nodes[number % len(nodes)], made)), timeout=60)
    finally:
        for node in nodes[1:]:
            await node.close()
    found = await queued(database)
    assert len(found) == len(set(found))
    assert set(found) == everybody()
    assert len(await shown(database)) == len(found)
    assert (await state_of(database, made))["queued"] == len(found)


async def work(node: Database, made: int) -> None:
    """Expand until the broadcast has ended; a slice that another node has in hand is waited for."""
    while (await state_of(node, made))["state"] == BroadcastState.RUNNING:
        await node.transaction(lambda conn: broadcasts.expand(conn, 5, 7))


async def cancelled_often(start: Callable[[int], Awaitable[None]]) -> None:
    """Keep three workers; cut one off after each few steps of the loop, until one has ended by itself."""
    workers = {number: asyncio.ensure_future(start(number)) for number in range(3)}
    cut = 0
    while not any(worker.done() and not worker.cancelled() for worker in workers.values()):
        for _ in range(20 + cut % 7):
            await asyncio.sleep(0)
        cut += 1
        victim = cut % 3
        workers[victim].cancel()
        await asyncio.gather(workers[victim], return_exceptions=True)
        workers[victim] = asyncio.ensure_future(start(victim))
    assert cut > 3
    await asyncio.gather(*workers.values())


async def test_the_clock_expands_until_nothing_is_left_and_wakes_delivery(database: Database) -> None:
    await database.transaction(settle_people)
    await begin(database)
    await begin(database, "second", houses=(1,))
    wakeup = LocalWakeup()
    listener = wakeup.listen("outbox")
    await Clock(database, wakeup, 10, RetentionSettings(), "UTC").expand_broadcasts()
    await asyncio.wait_for(listener.wait(90), timeout=30)
    assert len(await queued(database)) == len(everybody()) + 100 - 20


async def test_a_broadcast_waits_for_the_end_of_a_storm(database: Database) -> None:
    await database.transaction(settle_people)
    await begin(database)
    storm = Storm(begin_seconds=30, leave_seconds=0, on=True)
    clock = Clock(database, LocalWakeup(), 10, RetentionSettings(), "UTC", storm)
    storm.note(31, epoch.now_ms())
    await clock.expand_broadcasts()
    assert await queued(database) == []
    storm.note(0, epoch.now_ms())
    await clock.expand_broadcasts()
    assert len(await queued(database)) == len(everybody())


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_a_slice_waits_for_the_turn_that_has_its_lane(database: Database) -> None:
    """Lines of one conversation are committed in the order of their ids."""
    await database.transaction(settle_people)
    await begin(database)
    locked, release = asyncio.Event(), asyncio.Event()

    async def turn(conn: Connection) -> None:
        await conn.fetch("SELECT id FROM lane WHERE id = 0 FOR NO KEY UPDATE")
        locked.set()
        await release.wait()

    turning = asyncio.create_task(database.transaction(turn))
    await locked.wait()
    expanding = asyncio.create_task(database.transaction(lambda conn: broadcasts.expand(conn, 5, 7)))
    waiting = "SELECT count(*) AS number FROM pg_locks WHERE NOT granted"
    while (await database.transaction(lambda conn: conn.fetch_one(waiting)) or {})["number"] == 0:
        assert not expanding.done()
    release.set()
    await turning
    made = await expanding
    assert made
    assert made.queued > 0


async def test_who_has_several_conversations_gets_it_once_where_it_is_best(database: Database) -> None:
    """Of an old web chat, Telegram and MAX: Telegram; the one that was wished for; the web chat when no other works."""

    async def family(conn: Connection) -> None:
        await conn.execute("INSERT INTO resident (id, tenant, several, created_ms) VALUES (1, 1, 1, 0)")
        await conn.execute("INSERT INTO resident (id, tenant, created_ms) VALUES (2, 1, 0)")
        await conn.many(
            "INSERT INTO conversation (id, tenant, lane, channel, address, resident_id, created_ms, last_ms)"
            " VALUES (?, 1, ?, ?, ?, ?, 0, 0)",
            [
                (number, number, name, name, 2 if name == "vk" else 1)
                for number, name in enumerate(("web", "telegram", "max", "vk"), 1)
            ],
        )

    await database.transaction(family)
    for number, (change, expected) in enumerate(
        [
            ("UPDATE resident SET push_conversation_id = 0", {"telegram", "vk"}),
            ("UPDATE resident SET push_conversation_id = 3 WHERE id = 1", {"max", "vk"}),
            ("UPDATE conversation SET reachable = 0 WHERE id IN (2, 3)", {"web", "vk"}),
        ]
    ):
        await database.transaction(lambda conn, change=change: conn.execute(change))  # type: ignore[misc]  # lambda default
        before = len(await queued(database))
        made = await begin(database, key=str(number))
        assert (await state_of(database, made))["total"] == 2
        await expand_all(database)
        assert set((await queued(database))[before:]) == expected
        assert len(await queued(database)) == before + 2
