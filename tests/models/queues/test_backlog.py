"""Lag per company and channel, and when a storm begins and ends."""

from __future__ import annotations

import pytest

from models.database.connection import Connection
from models.database.database import Database
from models.queues import backlog, inbox
from models.queues.backlog import ChannelLag, Storm
from models.queues.inbox import InboxRow


def row(channel: str, at_ms: int, tenant: int = 1) -> InboxRow:
    return InboxRow(tenant=tenant, channel=channel, conversation="c", key=f"{at_ms}", body="{}", at_ms=at_ms)


async def test_lag_is_the_age_of_the_oldest_waiting_row_of_each_channel(database: Database) -> None:
    async def work(conn: Connection) -> list[ChannelLag]:
        await inbox.accept(conn, [row("web", 1000), row("web", 9000), row("mail", 2000), row("web", 3000, tenant=2)])
        await conn.execute("UPDATE inbox SET state = 1 WHERE channel = 'web' AND at_ms = 1000")
        return await backlog.read(conn, 10_000)

    assert await database.transaction(work) == [
        ChannelLag(tenant=1, channel="mail", seconds=8.0),
        ChannelLag(tenant=1, channel="web", seconds=1.0),
        ChannelLag(tenant=2, channel="web", seconds=7.0),
    ]


async def test_nothing_waits_and_nothing_lags(database: Database) -> None:
    assert await database.transaction(lambda conn: backlog.read(conn, 10_000)) == []


@pytest.mark.parametrize(("begin_seconds", "expected"), [(0, False), (30, True), (31, False)])
async def test_storm_begins_above_the_set_lag(database: Database, begin_seconds: int, expected: bool) -> None:
    storm = Storm(begin_seconds=begin_seconds)

    async def work(conn: Connection) -> bool:
        await inbox.accept(conn, [row("web", 1000)])
        return await storm.look(conn, 1000 + 30_500)

    assert await database.transaction(work) is expected


async def test_lag_is_read_once_a_second(database: Database) -> None:
    storm = Storm(begin_seconds=30)

    async def work(conn: Connection) -> list[bool]:
        seen = [await storm.look(conn, 40_000)]
        await inbox.accept(conn, [row("web", 1)])
        return [*seen, await storm.look(conn, 40_999), await storm.look(conn, 41_000)]

    assert await database.transaction(work) == [False, False, True]


def test_storm_ends_after_a_time_below_half_of_the_lag_that_began_it() -> None:
    storm = Storm(begin_seconds=30, leave_seconds=60)
    seen = []
    for second, seconds in [(0, 31), (10, 20), (20, 14), (70, 14), (75, 16), (80, 3), (139, 0), (140, 0), (141, 30)]:
        storm.note(seconds, 1_000_000 + second * 1000)
        seen.append(storm.on)
    assert seen == [True, True, True, True, True, True, True, False, False]
