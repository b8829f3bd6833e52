"""Clocks that are wrong or jump: refused with one line at start, noticed and made up for while running."""

from __future__ import annotations

import logging
from typing import Any

import pytest

import epoch
from bot.process.clock_check import Jumps, check_clock
from errors import ConfigError
from models.clock import release_future
from models.database.connection import Connection
from models.database.database import Database
from models.queues import outbox
from models.residents.conversations import add_message, queue_message
from tests.support.conversations import get_or_create

HOUR = 3_600_000


async def said_at(database: Database, at_ms: int) -> None:
    async def work(conn: Connection) -> None:
        talk = await get_or_create(conn, tenant=1, channel="web", address="a", now_ms=at_ms)
        await add_message(conn, conversation_id=talk["id"], author="resident", text="да", at_ms=at_ms)

    await database.transaction(work)


async def test_a_clock_behind_the_newest_record_is_refused_unless_it_is_trusted(database: Database) -> None:
    await said_at(database, epoch.now_ms() + HOUR)
    with pytest.raises(ConfigError, match=r"исправьте время.*--trust-clock"):
        await check_clock(database, trusted=False)
    await check_clock(database, trusted=True)


async def test_a_clock_that_agrees_is_accepted(database: Database) -> None:
    await check_clock(database, trusted=False)
    await said_at(database, epoch.now_ms() + 60_000)
    await check_clock(database, trusted=False)


async def test_a_clock_unlike_the_servers_is_refused_on_postgres(database: Database) -> None:
    if database.dialect == "sqlite":
        await check_clock(database, trusted=True, now=lambda: epoch.now_ms() - HOUR)
        return
    with pytest.raises(ConfigError, match=r"расходятся на 3[56]"):
        await check_clock(database, trusted=True, now=lambda: epoch.now_ms() - HOUR)


def test_jumps_are_told_apart_from_time_that_passes(caplog: pytest.LogCaptureFixture) -> None:
    wall, steady = [1_000_000, 1_000_500, 1_003_000, 4_603_500, 1_004_000], [10.0, 10.5, 13.0, 13.5, 14.0]
    jumps = Jumps(lambda: wall.pop(0), lambda: steady.pop(0))
    with caplog.at_level(logging.WARNING):
        assert [jumps.jumped_ms() for _ in range(4)] == [0, 0, HOUR, -HOUR]
    assert [record.__dict__["action"] for record in caplog.records] == ["clock.jumped", "clock.jumped"]


async def test_what_was_due_by_the_clock_of_before_is_due_after_a_jump_back(database: Database) -> None:
    now = 10 * HOUR

    async def work(conn: Connection) -> list[Any]:
        talk = await get_or_create(conn, tenant=1, channel="web", address="a", now_ms=now)
        for key, due_ms, made_ms in (
            ("reply", now + HOUR, now + HOUR),  # written just before the jump
            ("tomorrow", now + 24 * HOUR, now - HOUR),  # meant for later by the right clock
        ):
            await queue_message(
                conn,
                channel=talk["channel"],
                address=talk["address"],
                key=key,
                body="{}",
                priority=1,
                due_ms=due_ms,
                now_ms=made_ms,
            )
        assert await release_future(conn, now) == 1
        assert await release_future(conn, now) == 0
        return [row.key for row in await outbox.due(conn, "web", now, 10)]

    assert await database.transaction(work) == ["reply"]
