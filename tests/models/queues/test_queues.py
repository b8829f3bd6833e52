from __future__ import annotations

import asyncio
import json

import pytest

from channels.contract import Overloaded
from models.database.connection import Connection
from models.database.database import Database
from models.queues import inbox, outbox, timers
from models.queues.inbox import GroupCommit, InboxRow, in_order
from models.queues.inbox_claim import ClaimedRow
from models.residents.conversations import queue_message
from models.rows import lanes
from operators.console.queries import failures
from tests.support.conversations import get_or_create


def row(key: str, conversation: str = "c", order_key: int = 0) -> InboxRow:
    return InboxRow(
        tenant=1, channel="web", conversation=conversation, key=key, body="{}", at_ms=1, order_key=order_key
    )


async def test_repeat_is_stored_once(database: Database) -> None:
    async def work(conn: Connection) -> tuple[int, int, int]:
        first = await inbox.accept(conn, [row("a"), row("b"), row("a")])
        again = await inbox.accept(conn, [row("b"), row("c")])
        return first, again, len(await inbox.claim(conn, 50))

    assert await database.transaction(work) == (2, 1, 3)


def claimed(number: int, conversation: str, order_key: int) -> ClaimedRow:
    return ClaimedRow(
        id=number,
        tenant=1,
        channel="t",
        conversation=conversation,
        key=f"{number}",
        order_key=order_key,
        body="{}",
        at_ms=1,
        tries=0,
    )


def test_rows_of_a_conversation_follow_the_channels_order() -> None:
    rows = [claimed(1, "a", 30), claimed(2, "b", 0), claimed(3, "a", 10), claimed(4, "a", 0), claimed(5, "b", 0)]
    assert [item.id for item in in_order(rows)] == [3, 2, 1, 4, 5]


async def test_callers_share_commits(database: Database) -> None:
    commits = GroupCommit(database)
    counts = await asyncio.gather(*(commits.accept([row(f"k{number}")]) for number in range(200)))
    assert sum(counts) == 200
    assert commits.commits < 20


async def test_callers_with_one_key_count_it_once(database: Database) -> None:
    commits = GroupCommit(database)
    counts = await asyncio.gather(*(commits.accept([row("same"), row(f"k{number % 2}")]) for number in range(6)))
    assert counts == [2, 1, 0, 0, 0, 0]


async def test_rows_that_cannot_be_stored_fail_their_own_caller_only(database: Database) -> None:
    commits = GroupCommit(database)
    told = await asyncio.gather(
        *(commits.accept([row(key)]) for key in ("before", "good", "\ud800", "after")), return_exceptions=True
    )
    assert [str(answer) for answer in told] == ["1", "1", "the database cannot store messages now", "1"]


async def test_caller_that_goes_away_does_not_harm_the_others(database: Database) -> None:
    commits = GroupCommit(database)
    callers = [asyncio.create_task(commits.accept([row(f"k{number}")])) for number in range(10)]
    await asyncio.sleep(0)
    callers[4].cancel()
    told = await asyncio.gather(*callers, return_exceptions=True)
    assert [answer for answer in told if answer != 1] == [told[4]]
    assert isinstance(told[4], asyncio.CancelledError)


async def test_intake_is_refused_when_too_much_waits_in_memory(database: Database) -> None:
    commits = GroupCommit(database)
    with pytest.raises(Overloaded):
        await commits.accept([row(f"k{number}") for number in range(inbox.LONGEST_QUEUE + 1)])
    assert await commits.accept([row("k")]) == 1


async def test_many_rows_are_stored_in_parts(database: Database) -> None:
    rows = [row(f"k{number}") for number in range(inbox.MOST_PER_STATEMENT * 2 + 1)]
    assert await database.transaction(lambda conn: inbox.accept(conn, rows)) == len(rows)


async def test_order_of_a_conversation_holds_across_the_end_of_a_batch(database: Database) -> None:
    async def work(conn: Connection) -> list[str]:
        await inbox.accept(conn, [row("x", "x"), row("late", "c", 20), row("early", "c", 10)])
        return [item.key for item in await inbox.claim(conn, 2)]

    assert await database.transaction(work) == ["x", "early"]


def test_lane_is_the_same_in_every_process() -> None:
    assert [lanes.lane_of(1, "telegram", "42"), lanes.lane_of(1, "web", "abc")] == [20, 62]


async def test_quarantined_row_leaves_the_queue(database: Database) -> None:
    async def work(conn: Connection) -> list[str]:
        await inbox.accept(conn, [row("a"), row("b")])
        first = (await inbox.claim(conn, 1))[0]
        await inbox.mark_failed(conn, first.id, "ValueError", quarantine=False)
        assert (await inbox.claim(conn, 1))[0].tries == 1
        await inbox.mark_failed(conn, first.id, "ValueError", quarantine=True)
        return [item.key for item in await inbox.claim(conn, 50)]

    assert await database.transaction(work) == ["b"]


async def put(conn: Connection, key: str, conversation: str = "c", priority: int = 1, due_ms: int = 0) -> None:
    stored = await get_or_create(conn, tenant=1, channel="web", address=conversation, now_ms=1)
    body = json.dumps({"text": key})
    await queue_message(
        conn,
        channel=stored["channel"],
        address=stored["address"],
        key=key,
        body=body,
        priority=priority,
        due_ms=due_ms,
        now_ms=1,
    )


async def due_keys(conn: Connection, now_ms: int = 10, busy: tuple[str, ...] = ()) -> list[str]:
    return [item.key for item in await outbox.due(conn, "web", now_ms, 30, exclude_conversations=busy)]


async def test_only_the_head_of_each_conversation_is_due_and_urgent_ones_come_first(database: Database) -> None:
    async def work(conn: Connection) -> None:
        await put(conn, "broadcast", "a", priority=9)
        await put(conn, "first", "b")
        await put(conn, "second", "b")
        await put(conn, "gas", "c", priority=0)
        assert await due_keys(conn) == ["gas", "first", "broadcast"]
        assert await due_keys(conn, busy=("b",)) == ["gas", "broadcast"]

    await database.transaction(work)


async def test_failed_head_holds_its_conversation_but_not_a_more_urgent_message(database: Database) -> None:
    async def work(conn: Connection) -> None:
        await put(conn, "first", "b")
        await put(conn, "second", "b")
        head = (await outbox.due(conn, "web", 10, 30))[0]
        await outbox.start_sending(conn, [head.id], 20)
        await outbox.settle(conn, [outbox.SendResult(id=head.id, state="retry", at_ms=500, error="network")])
        assert await due_keys(conn) == []
        await put(conn, "gas", "b", priority=0)
        assert await due_keys(conn) == ["gas"]
        assert await due_keys(conn, now_ms=500, busy=()) == ["gas"]

    await database.transaction(work)


async def test_message_for_later_holds_nothing_up(database: Database) -> None:
    async def work(conn: Connection) -> None:
        await put(conn, "tomorrow", "b", due_ms=1000)
        await put(conn, "now", "b")
        assert await due_keys(conn) == ["now"]

    await database.transaction(work)


async def test_paused_channel_has_nothing_due_until_its_pause_ends(database: Database) -> None:
    async def work(conn: Connection) -> None:
        await put(conn, "first")
        await outbox.pause_channel(conn, "web", 100)
        await outbox.pause_channel(conn, "web", 50)
        await outbox.pause_channel(conn, "telegram", 500)
        assert await due_keys(conn, now_ms=99) == []
        assert await due_keys(conn, now_ms=100) == ["first"]

    await database.transaction(work)


async def test_cursor_is_kept_per_channel_and_apart_from_the_pause(database: Database) -> None:
    async def work(conn: Connection) -> list[str]:
        await outbox.set_cursor(conn, "telegram", "17")
        await outbox.pause_channel(conn, "telegram", 100)
        await outbox.set_cursor(conn, "telegram", "18")
        return [await outbox.cursor(conn, "telegram"), await outbox.cursor(conn, "web")]

    assert await database.transaction(work) == ["18", ""]


async def test_tries_are_written_before_a_send_starts(database: Database) -> None:
    async def work(conn: Connection) -> int:
        await put(conn, "first")
        await outbox.start_sending(conn, [(await outbox.due(conn, "web", 10, 1))[0].id], 20)
        return int((await outbox.due(conn, "web", 10, 1))[0].tries)

    assert await database.transaction(work) == 1


async def test_dead_head_lets_the_next_one_go_and_blocks_the_contact(database: Database) -> None:
    async def work(conn: Connection) -> None:
        await put(conn, "first", "b")
        await put(conn, "second", "b")
        head = (await outbox.due(conn, "web", 10, 30))[0]
        receipt = outbox.SendResult(id=head.id, state="dead", at_ms=10, error="blocked_by_resident")
        await outbox.settle(conn, [receipt])
        assert await due_keys(conn) == ["second"]
        assert [item["error"] for item in await failures.dead_letters(conn)] == ["blocked_by_resident"]
        conversation = await get_or_create(conn, tenant=1, channel="web", address="b", now_ms=1)
        assert conversation["reachable"] == 0
        assert await outbox.send_again(conn, head.id, 10)
        assert await due_keys(conn) == ["first"]

    await database.transaction(work)


async def test_timer_fires_once_and_is_replaced_by_a_later_one_of_its_kind(database: Database) -> None:
    async def work(conn: Connection) -> None:
        for due_ms in (100, 200):
            await timers.set_timer(conn, channel="web", conversation="c", kind="draft_reminder", due_ms=due_ms)
        await timers.set_timer(conn, channel="web", conversation="c", kind="draft_close", due_ms=150)
        assert await timers.fire(conn, 120) == 0
        assert await timers.fire(conn, 250) == 2
        assert await timers.fire(conn, 250) == 0
        fired = [json.loads(item.body)["timer"] for item in await inbox.claim(conn, 10)]
        assert fired == ["draft_close", "draft_reminder"]

    await database.transaction(work)


async def test_cancelled_timer_does_not_fire(database: Database) -> None:
    async def work(conn: Connection) -> int:
        await timers.set_timer(conn, channel="web", conversation="c", kind="ticket_term", due_ms=1, ticket_id=7)
        await timers.set_timer(conn, channel="web", conversation="c", kind="ticket_term", due_ms=1, ticket_id=8)
        await timers.cancel_timer(conn, channel="web", conversation="c", kind="ticket_term", ticket_id=7)
        return await timers.fire(conn, 5)

    assert await database.transaction(work) == 1
