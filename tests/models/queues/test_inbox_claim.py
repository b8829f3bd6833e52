"""Fair claims: no channel and no sender keeps the others waiting, and no claim reads all that a flooder has sent."""

from __future__ import annotations

import re
from typing import Any

import pytest

from models.database.connection import Connection
from models.database.database import Database
from models.queues import inbox, inbox_claim
from models.queues.inbox import InboxRow
from models.queues.inbox_claim import MOST_OF_ONE, ClaimedRow, Throttle
from models.rows.event_bodies import TicketChangedBody, encode

FLOOD = 10_000
BATCH = 50
THROTTLE = Throttle(messages=30, seconds=60)
KEEP = 31  # one more than allowed: its turn tells the resident


def row(conversation: str, number: int, channel: str = "web", body: str = '{"kind":"text"}') -> InboxRow:
    return InboxRow(
        tenant=1, channel=channel, conversation=conversation, key=f"{conversation}:{number}", body=body, at_ms=number
    )


async def flood(conn: Connection, channel: str = "web", senders: int = 1) -> None:
    """10,000 waiting rows of one conversation, or of many by turns."""
    numbers = f"WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {FLOOD - 1})"  # noqa: S608
    await conn.execute(
        "INSERT INTO inbox (tenant, lane, channel, key, order_key, conversation, body, at_ms)"  # noqa: S608
        f" SELECT 1, (i % {senders}) % 64, '{channel}', 'flood' || i, 0, 'flood' || (i % {senders}),"
        f""" '{{"kind":"text"}}', i FROM ({numbers} SELECT i FROM n) numbers"""
    )


async def batches(database: Database, count: int, throttle: Throttle) -> list[list[ClaimedRow]]:
    """Claim that many batches as turns do, each in a transaction of its own."""

    async def work(conn: Connection) -> list[ClaimedRow]:
        claimed = await inbox.claim(conn, BATCH, throttle)
        await inbox.mark_done(conn, [one.id for one in claimed])
        return claimed

    return [await database.transaction(work) for _ in range(count)]


@pytest.mark.parametrize("throttle", [Throttle(), THROTTLE])
async def test_message_behind_ten_thousand_of_another_sender_is_taken_within_two_batches(
    database: Database, throttle: Throttle
) -> None:
    async def fill(conn: Connection) -> None:
        await flood(conn)
        await inbox.accept(conn, [row("neighbour", 1)])

    await database.transaction(fill)
    taken = await batches(database, 2, throttle)
    names = [one.conversation for batch in taken for one in batch]
    assert "neighbour" in names
    assert names.count("flood0") <= 2 * MOST_OF_ONE


async def test_message_behind_many_flooders_at_once_is_taken_within_two_batches(database: Database) -> None:
    async def fill(conn: Connection) -> None:
        await flood(conn, senders=4)
        await inbox.accept(conn, [row("neighbour", 1)])

    await database.transaction(fill)
    taken = await batches(database, 2, THROTTLE)
    assert "neighbour" in [one.conversation for batch in taken for one in batch]


async def test_message_of_a_quiet_channel_does_not_wait_for_a_flooded_one(database: Database) -> None:
    async def fill(conn: Connection) -> None:
        await flood(conn, channel="telegram", senders=1000)
        await inbox.accept(conn, [row(f"resident{number}", number) for number in range(30)])

    await database.transaction(fill)
    first, second = await batches(database, 2, THROTTLE)
    channels = [[one.channel for one in batch] for batch in (first, second)]
    if database.dialect == "sqlite":
        assert channels[0].count("web") == 25
        assert channels[1].count("web") == 5
        assert len(channels[1]) == BATCH  # what the quiet channel leaves goes to the other
    else:  # a batch has the lanes of some conversations only
        assert {"web", "telegram"} <= {*channels[0], *channels[1]}


async def test_rows_of_a_flood_leave_the_queue_once_and_the_rest_keeps_its_order(database: Database) -> None:
    async def fill(conn: Connection) -> None:
        await inbox.accept(conn, [row("flooder", number) for number in range(200)])

    await database.transaction(fill)
    taken = await batches(database, 5, THROTTLE)
    numbers = [one.at_ms for batch in taken for one in batch]
    assert numbers == list(range(KEEP))
    rows = await database.transaction(lambda conn: conn.fetch("SELECT id FROM inbox WHERE state = 3"))
    assert len(rows) == 200 - KEEP


async def test_rows_set_aside_are_given_out_by_lane_in_their_order(database: Database) -> None:
    async def work(conn: Connection) -> list[list[int]]:
        for name in ("flooder", "other"):
            await inbox.accept(conn, [row(name, number) for number in range(100)])
            await inbox_claim.throttle_surplus(conn, (1, "web", name), THROTTLE)
        taken = []
        while rows := await inbox_claim.take_throttled(conn, 50):
            assert len({one.conversation for one in rows}) == 1
            await inbox.mark_done(conn, [one.id for one in rows])
            taken.append([one.at_ms for one in rows])
        return taken

    assert await database.transaction(work) == [[*range(KEEP, KEEP + 50)], [*range(KEEP + 50, 100)]] * 2


async def test_messages_of_many_minutes_are_no_flood(database: Database) -> None:
    async def work(conn: Connection) -> int:
        await inbox.accept(conn, [row("patient", number * 3000) for number in range(100)])  # 20 a minute
        return await inbox_claim.throttle_surplus(conn, (1, "web", "patient"), THROTTLE)

    assert await database.transaction(work) == 0


async def test_news_of_the_house_are_never_set_aside(database: Database) -> None:
    async def work(conn: Connection) -> list[str]:
        news = row("flooder", 999, body=encode(TicketChangedBody(ticket_id=1, change="status")))
        await inbox.accept(conn, [*(row("flooder", number) for number in range(200)), news])
        await inbox_claim.throttle_surplus(conn, (1, "web", "flooder"), THROTTLE)
        rows = await conn.fetch("SELECT key FROM inbox WHERE state = 0 ORDER BY id")
        return [one["key"] for one in rows]

    assert await database.transaction(work) == [*(f"flooder:{number}" for number in range(KEEP)), "flooder:999"]


class Planner:
    """Passes statements on and remembers the plan of each that reads or changes the inbox."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self.dialect = conn.dialect
        self.plans: list[str] = []

    async def _explain(self, sql: str, args: tuple[object, ...]) -> None:
        word = "EXPLAIN QUERY PLAN" if self.dialect == "sqlite" else "EXPLAIN"
        lines = await self._conn.fetch(f"{word} {sql}", *args)
        self.plans.append("\n".join(str(line.get("detail") or line.get("QUERY PLAN")) for line in lines))

    async def fetch(self, sql: str, *args: object) -> list[dict[str, Any]]:
        await self._explain(sql, args)
        return await self._conn.fetch(sql, *args)

    async def execute(self, sql: str, *args: object) -> int:
        await self._explain(sql, args)
        return await self._conn.execute(sql, *args)


async def test_claim_beside_a_flood_reads_by_its_indexes(database: Database) -> None:
    async def fill(conn: Connection) -> None:
        await flood(conn, channel="old", senders=500)
        await conn.execute("UPDATE inbox SET state = 1")
        await flood(conn)
        await conn.execute("UPDATE inbox SET key = 'x' || key WHERE state = 0")
        await flood(conn, channel="telegram", senders=900)

    await database.transaction(fill)
    await database.transaction(lambda conn: conn.execute("ANALYZE"))

    async def work(conn: Connection) -> list[str]:
        planner = Planner(conn)
        assert len(await inbox.claim(planner, BATCH, THROTTLE)) > MOST_OF_ONE  # type: ignore[arg-type]  # what it needs
        await inbox_claim.throttle_surplus(planner, (1, "web", "flood0"), THROTTLE)  # type: ignore[arg-type]
        return planner.plans

    plans = await database.transaction(work)
    used = {index for plan in plans for index in re.findall(r"inbox_[a-z]+", plan)}
    assert {"inbox_arrival", "inbox_sender"} <= used
    assert [plan for plan in plans if re.search(r"Seq Scan on inbox|SCAN (inbox|i|w|n)\b(?! USING)", plan)] == []
    assert not any("(tenant>?)" in plan and "channel>?" not in plan for plan in plans)  # it would read every row
