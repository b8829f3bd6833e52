"""The figures of `/metrics` say what waits and for how long, on both databases."""

from __future__ import annotations

import pytest

from models import metrics_queries
from models.database.connection import TENANT, Connection
from models.database.database import Database
from models.metrics_queries import Backlog
from models.queues import timers
from tests.support.conversations import get_or_create

NOW = 1_000_000


async def event(conn: Connection, channel: str, key: str, at_ms: int, state: int = 0) -> None:
    await conn.insert(
        "INSERT INTO inbox (tenant, lane, channel, key, order_key, conversation, body, at_ms, state)"
        " VALUES (1, 1, ?, ?, 1, 'anna', '{}', ?, ?)",
        channel,
        key,
        at_ms,
        state,
    )


async def message(conn: Connection, channel: str, key: str, due_ms: int, *, tries: int = 0, state: int = 0) -> None:
    await conn.insert(
        "INSERT INTO outbox (tenant, channel, conversation, key, body, priority, due_ms, created_ms, tries, state)"
        " VALUES (1, ?, 'anna', ?, '{}', 1, ?, 10000, ?, ?)",
        channel,
        key,
        due_ms,
        tries,
        state,
    )


async def ticket(conn: Connection, number: str, status: str, priority: str, react_due_ms: int, due_ms: int) -> None:
    await conn.insert(
        "INSERT INTO ticket (tenant, number, source, status, category, problem, problem_title, priority, created_ms,"
        " react_due_ms, due_ms) VALUES (1, ?, 'web', ?, 'c', 'p', 't', ?, 1, ?, ?)",
        number,
        status,
        priority,
        react_due_ms,
        due_ms,
    )


async def test_an_empty_installation_has_nothing_to_do(database: Database) -> None:
    found = await database.transaction(lambda conn: metrics_queries.read(conn, NOW))
    assert (found.inbox, found.outbox, found.dead, found.quarantined) == ({}, {}, {}, {})
    assert found.companies == {"1": 0.0}
    assert found.dialogs == {"waiting": 0, "claimed": 0, "form": 0}
    assert (found.longest_wait_seconds, found.tickets, found.missed) == (0.0, {}, {"react": 0, "resolve": 0})


async def test_backlogs_have_their_channel_and_the_age_of_the_oldest(database: Database) -> None:
    async def work(conn: Connection) -> metrics_queries.Figures:
        await event(conn, "web", "1", NOW - 3000)
        await event(conn, "web", "2", NOW - 9000)  # of another process, whose commit came later
        await event(conn, "telegram", "3", NOW + 5)  # its clock is a little ahead
        await event(conn, "web", "4", 1, state=1)
        await event(conn, "web", "5", 1, state=2)
        await message(conn, "web", "due", NOW - 4000)
        await message(conn, "web", "of tomorrow", NOW + 4000)
        await message(conn, "telegram", "tried before", NOW + 4000, tries=1)
        await message(conn, "telegram", "dead", 1, state=2)
        await message(conn, "telegram", "sent", 1, state=1)
        return await metrics_queries.read(conn, NOW)

    found = await database.transaction(work)
    assert found.inbox == {"web": Backlog(rows=2, seconds=9.0), "telegram": Backlog(rows=1, seconds=0.0)}
    assert found.companies == {"1": 9.0}
    assert found.outbox == {"web": Backlog(rows=1, seconds=4.0), "telegram": Backlog(rows=1, seconds=990.0)}
    assert (found.quarantined, found.dead) == ({"web": 1}, {"telegram": 1})


async def test_dialogs_are_counted_by_what_they_wait_for(database: Database) -> None:
    async def work(conn: Connection) -> metrics_queries.Figures:
        for address, column, value in (
            ("a", "waiting_ms", NOW - 60_000),
            ("b", "waiting_ms", NOW - 1),
            ("c", "claimed_by", 7),
        ):
            row = await get_or_create(conn, tenant=TENANT, channel="web", address=address, now_ms=1)
            await conn.execute(f"UPDATE conversation SET {column} = ? WHERE id = ?", value, row["id"])  # noqa: S608
        for kind in ("draft_reminder", "draft_close"):  # one form sets both
            await timers.set_timer(conn, channel="web", conversation="a", kind=kind, due_ms=NOW)
        return await metrics_queries.read(conn, NOW)

    found = await database.transaction(work)
    assert found.dialogs == {"waiting": 2, "claimed": 1, "form": 1}
    assert found.longest_wait_seconds == 60.0


async def test_only_tickets_that_are_worked_on_can_miss_a_deadline(database: Database) -> None:
    async def work(conn: Connection) -> metrics_queries.Figures:
        await ticket(conn, "1", "new", "emergency", NOW - 1, NOW + 1)
        await ticket(conn, "2", "assigned", "normal", NOW - 1, NOW - 1)
        await ticket(conn, "3", "new", "normal", NOW + 1, NOW + 1)
        for status in ("done", "closed", "cancelled"):
            await ticket(conn, status, status, "normal", 1, 1)
        return await metrics_queries.read(conn, NOW)

    found = await database.transaction(work)
    assert (found.tickets, found.missed) == ({"emergency": 1, "normal": 2}, {"react": 1, "resolve": 1})


async def test_a_storm_is_counted_to_a_limit_with_its_true_age(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics_queries, "MOST_COUNTED", 2)

    async def work(conn: Connection) -> metrics_queries.Figures:
        for number in range(5):
            await event(conn, "web", str(number), NOW - 5000 + number)
        return await metrics_queries.read(conn, NOW)

    assert (await database.transaction(work)).inbox == {"web": Backlog(rows=2, seconds=5.0)}
