from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.delivery.sender import Sender
from bot.settings.schema import DeliverySettings
from channels.contract import Accept, Capabilities, Channel, Outgoing, SendError
from models.coordination.wakeup import LocalWakeup
from models.database.connection import Connection
from models.database.database import Database
from models.queues import outbox, unconfirmed_sends
from models.residents.conversations import add_message, queue_message
from models.rows.states import OutboxState
from operators.console.queries import failures
from tests.support.conversations import get_or_create

UNKNOWN = SendError("unknown", retryable=True)


class Recorder:
    """A channel that keeps what it is given; `plan` says what fails, by text."""

    name = "web"
    capabilities = Capabilities(text_length=4000, buttons=5, per_second=10_000, per_conversation_second=10_000)

    def __init__(self, *, idempotent: bool = False, **plan: list[SendError]) -> None:
        self.plan = plan
        self.capabilities = replace(type(self).capabilities, idempotent=idempotent)
        self.sent: list[tuple[str, str, int]] = []
        self.most_at_once = 0
        self._at_once = 0

    async def receive(self, accept: Accept) -> None:
        await asyncio.Event().wait()

    async def send(self, message: Outgoing) -> str:
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            await asyncio.sleep(0)
            if errors := self.plan.get(message.text):
                raise errors.pop(0)
            self.sent.append((message.conversation, message.text, message.attempt))
            return f"id-{message.text}"
        finally:
            self._at_once -= 1

    async def close(self) -> None:
        return


async def put(database: Database, *texts: str, conversation: str = "c", priority: int = 1) -> None:
    async def work(conn: Connection) -> None:
        row = await get_or_create(conn, tenant=1, channel="web", address=conversation, now_ms=1)
        for text in texts:
            body = json.dumps({"text": text})
            await queue_message(
                conn,
                channel=row["channel"],
                address=row["address"],
                key=text,
                body=body,
                priority=priority,
                due_ms=0,
                now_ms=1,
            )

    await database.transaction(work)


async def states(database: Database) -> dict[str, int]:
    rows = await database.transaction(lambda conn: conn.fetch("SELECT key, state FROM outbox"))
    return {row["key"]: row["state"] for row in rows}


async def deliver(
    database: Database, channel: Channel, *, until: Mapping[str, int], now: Callable[[], datetime] | None = None
) -> None:
    """Run a sender until the rows have reached these states."""
    wakeup = LocalWakeup()
    sender = Sender(channel, database, wakeup, DeliverySettings(), now or (lambda: datetime.now(UTC)))
    task = asyncio.create_task(sender.run())
    try:
        async with asyncio.timeout(10):
            while not until.items() <= (await states(database)).items():
                wakeup.notify("outbox")
                assert not task.done(), task
                await asyncio.sleep(0)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_messages_of_a_conversation_go_out_in_order_and_others_beside_them(database: Database) -> None:
    channel = Recorder()
    await put(database, *(f"a{number}" for number in range(20)), conversation="a")
    await put(database, *(f"b{number}" for number in range(20)), conversation="b")
    await deliver(database, channel, until={"a19": OutboxState.SENT, "b19": OutboxState.SENT})
    for name in ("a", "b"):
        assert [text for conversation, text, _ in channel.sent if conversation == name] == [
            f"{name}{number}" for number in range(20)
        ]
    assert channel.most_at_once == 2


async def test_urgent_message_overtakes_a_broadcast(database: Database) -> None:
    channel = Recorder()
    await put(database, *(f"news{number}" for number in range(50)), conversation="a", priority=9)
    await put(database, "gas", conversation="a", priority=0)
    await deliver(database, channel, until={"gas": OutboxState.SENT})
    assert channel.sent[0][1] == "gas"


async def test_permanent_failure_is_a_dead_letter_and_the_next_message_goes(database: Database) -> None:
    channel = Recorder(first=[SendError("rejected", retryable=False)])
    await put(database, "first", "second")
    await deliver(database, channel, until={"first": OutboxState.DEAD, "second": OutboxState.SENT})
    dead = await database.transaction(failures.dead_letters)
    assert [(row["error"], row["tries"]) for row in dead] == [("rejected", 1)]


async def test_throttled_channel_is_silent_and_the_pause_is_stored(database: Database) -> None:
    error = SendError("throttled", retryable=True, retry_after=timedelta(hours=1), whole_channel=True)
    channel = Recorder(first=[error])
    await put(database, "first")
    wakeup = LocalWakeup()
    sender = Sender(channel, database, wakeup, DeliverySettings())
    task = asyncio.create_task(sender.run())
    rows: list[dict[str, Any]] = []
    async with asyncio.timeout(10):
        while not rows:
            rows = await database.transaction(lambda conn: conn.fetch("SELECT paused_until_ms FROM channel"))
            await asyncio.sleep(0)
    await put(database, "second", conversation="d")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await database.transaction(lambda conn: outbox.due(conn, "web", 0, 10)) == []
    assert await states(database) == {"first": OutboxState.WAITING, "second": OutboxState.WAITING}


async def test_broken_adapter_does_not_stop_delivery(database: Database) -> None:
    class Broken(Recorder):
        async def send(self, message: Outgoing) -> str:
            if message.text == "first":
                raise ValueError("a bug")
            return await super().send(message)

    channel = Broken()
    await put(database, "first", conversation="a")
    await put(database, "second", conversation="b")
    await deliver(database, channel, until={"second": OutboxState.SENT})
    assert (await states(database))["first"] == OutboxState.WAITING


async def rows_of(database: Database) -> list[dict[str, Any]]:
    return await database.transaction(
        lambda conn: conn.fetch("SELECT key, state, tries, due_ms, sending_ms, error FROM outbox ORDER BY id")
    )


async def decide(database: Database, now_ms: int) -> unconfirmed_sends.Decided:
    return await database.transaction(lambda conn: unconfirmed_sends.decide(conn, now_ms))


def at(ms: int) -> Callable[[], datetime]:
    return lambda: datetime.fromtimestamp(ms / 1000, UTC)


async def test_a_message_of_unknown_fate_holds_nothing_up_and_goes_out_once_more(database: Database) -> None:
    channel = Recorder(first=[UNKNOWN])
    await put(database, "first", "second")
    await deliver(
        database, channel, until={"first": OutboxState.UNCONFIRMED, "second": OutboxState.SENT}, now=at(10_000)
    )
    first = (await rows_of(database))[0]
    assert (first["due_ms"], first["sending_ms"], first["error"]) == (70_000, 10_000, "unknown")
    assert await decide(database, 69_999) == unconfirmed_sends.Decided()
    assert await decide(database, 70_000) == unconfirmed_sends.Decided(again=1)
    await deliver(database, channel, until={"first": OutboxState.SENT}, now=at(70_001))
    assert channel.sent == [("c", "second", 1), ("c", "first", 2)]


async def test_a_second_unknown_fate_stays_so(database: Database) -> None:
    channel = Recorder(first=[UNKNOWN, UNKNOWN])
    await put(database, "first")
    await deliver(database, channel, until={"first": OutboxState.UNCONFIRMED}, now=at(10_000))
    await decide(database, 70_000)
    await deliver(database, channel, until={"first": OutboxState.UNCONFIRMED}, now=at(70_001))
    assert [(row["due_ms"], row["tries"]) for row in await rows_of(database)] == [(0, 2)]
    assert await decide(database, 999_999) == unconfirmed_sends.Decided()


async def test_a_throttled_second_try_does_not_win_a_third(database: Database) -> None:
    throttled = SendError("throttled", retryable=True, retry_after=timedelta(microseconds=1))
    channel = Recorder(first=[UNKNOWN, throttled, UNKNOWN])
    await put(database, "first")
    await deliver(database, channel, until={"first": OutboxState.UNCONFIRMED}, now=at(10_000))
    await decide(database, 70_000)
    await deliver(database, channel, until={"first": OutboxState.UNCONFIRMED}, now=at(70_001))
    assert [(row["due_ms"], row["tries"]) for row in await rows_of(database)] == [(0, 2)]  # throttled: not looked at


async def test_an_announcement_of_unknown_fate_is_never_repeated(database: Database) -> None:
    channel = Recorder(news=[UNKNOWN])
    await put(database, "news", priority=9)
    await deliver(database, channel, until={"news": OutboxState.UNCONFIRMED}, now=at(10_000))
    assert await decide(database, 999_999) == unconfirmed_sends.Decided()


async def write(database: Database, at_ms: int) -> None:
    async def work(conn: Connection) -> None:
        conversation = await get_or_create(conn, tenant=1, channel="web", address="c", now_ms=1)
        await add_message(conn, conversation_id=conversation["id"], author="resident", text="да", at_ms=at_ms)
        await conn.execute("UPDATE conversation SET last_ms = ? WHERE id = ?", at_ms, conversation["id"])

    await database.transaction(work)


async def test_whoever_wrote_since_has_evidently_read_it(database: Database) -> None:
    channel = Recorder(first=[UNKNOWN])
    await put(database, "first")
    await deliver(database, channel, until={"first": OutboxState.UNCONFIRMED}, now=at(10_000))
    await write(database, 20_000)
    assert await decide(database, 70_000) == unconfirmed_sends.Decided(arrived=1)
    assert await states(database) == {"first": OutboxState.UNCONFIRMED_SEEN}


async def test_what_may_save_a_life_is_repeated_whatever_was_written_since(database: Database) -> None:
    channel = Recorder(gas=[UNKNOWN])
    await put(database, "gas", priority=0)
    await deliver(database, channel, until={"gas": OutboxState.UNCONFIRMED}, now=at(10_000))
    await write(database, 20_000)
    assert await decide(database, 70_000) == unconfirmed_sends.Decided(again=1)


async def test_any_number_of_refusals_for_haste_leaves_the_tries_for_real_failures(database: Database) -> None:
    throttled = SendError("throttled", retryable=True, retry_after=timedelta(microseconds=1))
    network = SendError("network", retryable=True, retry_after=timedelta(microseconds=1))
    channel = Recorder(first=[*[throttled] * 12, network])
    await put(database, "first")
    await deliver(database, channel, until={"first": OutboxState.SENT})
    assert (await rows_of(database))[0]["tries"] <= 3


async def test_an_answer_to_a_later_message_proves_nothing(database: Database) -> None:
    channel = Recorder(first=[UNKNOWN])
    await put(database, "first", "second")
    await deliver(
        database, channel, until={"first": OutboxState.UNCONFIRMED, "second": OutboxState.SENT}, now=at(10_001)
    )
    await database.transaction(lambda conn: conn.execute("UPDATE outbox SET sent_ms = 15000 WHERE key = 'second'"))
    await write(database, 20_000)
    assert await decide(database, 70_001) == unconfirmed_sends.Decided(again=1)


async def die_sending(database: Database, now_ms: int) -> None:
    """Leave every due message as a process does that dies while it sends."""

    async def work(conn: Connection) -> None:
        ids = [row.id for row in await outbox.due(conn, "web", now_ms, 10)]
        await outbox.start_sending(conn, ids, now_ms)

    await database.transaction(work)


async def test_a_send_left_behind_is_unknown_to_the_next_sender(database: Database) -> None:
    await put(database, "a", conversation="a")
    await put(database, "news", conversation="b", priority=9)
    await put(database, "gas", conversation="d", priority=0)
    await die_sending(database, 10_000)
    await put(database, "later", conversation="a")
    channel = Recorder()
    await deliver(
        database,
        channel,
        until={"a": OutboxState.UNCONFIRMED, "news": OutboxState.UNCONFIRMED, "later": OutboxState.SENT},
        now=at(20_000),
    )
    assert [row["due_ms"] for row in await rows_of(database)][:3] == [80_000, 0, 20_000]
    assert await decide(database, 20_000) == unconfirmed_sends.Decided(again=1)
    assert await decide(database, 80_000) == unconfirmed_sends.Decided(again=1)


async def test_a_channel_that_drops_repeats_is_given_them_at_once_but_not_after_an_hour(database: Database) -> None:
    await put(database, "old", conversation="a")
    await die_sending(database, 10_000)
    await put(database, "new", conversation="b")
    await die_sending(database, 3_000_000)
    channel = Recorder(idempotent=True)
    await deliver(database, channel, until={"old": OutboxState.UNCONFIRMED, "new": OutboxState.SENT}, now=at(3_100_000))
    assert channel.sent == [("b", "new", 2)]
    assert await decide(database, 3_200_000) == unconfirmed_sends.Decided(again=1)


async def test_the_first_unconfirmed_send_counts_while_a_channel_is_asked_again(database: Database) -> None:
    channel = Recorder(idempotent=True, a=[UNKNOWN, SendError("network", retryable=True), UNKNOWN])
    await put(database, "a")
    clock = [10_000]

    def now() -> datetime:
        clock[0] += 5_000
        return datetime.fromtimestamp(clock[0] / 1000, UTC)

    await deliver(database, channel, until={"a": OutboxState.SENT}, now=now)
    assert [(row["tries"], row["error"]) for row in await rows_of(database)] == [(4, "unknown")]


async def test_a_late_word_that_it_was_sent_ends_the_doubt(database: Database) -> None:
    """The node that was cut off settles after another one has taken over."""
    await put(database, "a")
    await die_sending(database, 10_000)

    async def work(conn: Connection) -> None:
        await unconfirmed_sends.take_over(conn, "web", 20_000, pause_ms=60_000, idempotent=False)
        late = outbox.SendResult(id=1, state="sent", at_ms=10_500, tries=1)
        await outbox.settle(conn, [outbox.SendResult(id=1, state="retry", at_ms=10_500, tries=1), late])

    await database.transaction(work)
    assert await states(database) == {"a": OutboxState.SENT}


async def test_a_late_failure_does_not_touch_the_send_of_another_node(database: Database) -> None:
    await put(database, "a")
    await die_sending(database, 10_000)

    async def work(conn: Connection) -> None:
        await unconfirmed_sends.take_over(conn, "web", 20_000, pause_ms=1, idempotent=True)
        await outbox.start_sending(conn, [1], 20_001)
        await outbox.settle(conn, [outbox.SendResult(id=1, state="dead", at_ms=10_500, tries=1, error="network")])

    await database.transaction(work)
    row = (await rows_of(database))[0]
    assert (row["state"], row["tries"], row["sending_ms"]) == (OutboxState.WAITING, 2, 10_000)


async def test_a_throttled_conversation_is_silent_alone_even_for_urgent_messages(database: Database) -> None:
    error = SendError("throttled", retryable=True, retry_after=timedelta(hours=1))
    channel = Recorder(first=[error])
    await put(database, "first", conversation="a")
    wakeup = LocalWakeup()
    sender = Sender(channel, database, wakeup, DeliverySettings())
    task = asyncio.create_task(sender.run())
    async with asyncio.timeout(10):
        while not sender.failed:  # noqa: ASYNC110  its own loop does it
            await asyncio.sleep(0)
        await put(database, "gas", conversation="a", priority=0)
        await put(database, "other", conversation="b")
        while not channel.sent:
            wakeup.notify("outbox")
            await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await states(database) == {
        "first": OutboxState.WAITING,
        "gas": OutboxState.WAITING,
        "other": OutboxState.SENT,
    }


async def test_a_throttled_announcement_holds_up_no_reply(database: Database) -> None:
    error = SendError("throttled", retryable=True, retry_after=timedelta(hours=1))
    channel = Recorder(news=[error])
    await put(database, "news", conversation="a", priority=9)
    wakeup = LocalWakeup()
    sender = Sender(channel, database, wakeup, DeliverySettings())
    task = asyncio.create_task(sender.run())
    async with asyncio.timeout(10):
        while not sender.failed:  # noqa: ASYNC110  its own loop does it
            await asyncio.sleep(0)
        await put(database, "gas", conversation="a", priority=0)
        while not channel.sent:
            wakeup.notify("outbox")
            await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await states(database) == {"news": OutboxState.WAITING, "gas": OutboxState.SENT}


class Mass(Recorder):
    """A channel with a call for many."""

    capabilities = replace(Recorder.capabilities, bulk=4)

    def __init__(self, **plan: list[SendError]) -> None:
        super().__init__(idempotent=False, **plan)
        self.bulks: list[list[str]] = []

    async def send_many(self, messages: Sequence[Outgoing]) -> Sequence[str | SendError]:
        self.bulks.append([message.text for message in messages])
        await asyncio.sleep(0)
        return [self.plan[one.text].pop(0) if self.plan.get(one.text) else f"id-{one.text}" for one in messages]


async def test_announcements_go_out_together_and_replies_alone_before_them(database: Database) -> None:
    channel = Mass(n3=[SendError("blocked_by_resident", retryable=False)], n4=[UNKNOWN])
    for number in range(9):
        await put(database, f"n{number}", conversation=f"c{number}", priority=9)
    await put(database, "reply", conversation="c0")
    done = {f"n{number}": OutboxState.SENT for number in range(9)} | {
        "n3": OutboxState.DEAD,
        "n4": OutboxState.UNCONFIRMED,
    }
    await deliver(database, channel, until=done | {"reply": OutboxState.SENT})
    assert channel.sent[0] == ("c0", "reply", 1)
    assert max(map(len, channel.bulks)) == 4
    told = [text for bulk in channel.bulks for text in bulk] + [text for _, text, _ in channel.sent]
    assert sorted(told) == [*(f"n{number}" for number in range(9)), "reply"]


async def test_a_bulk_that_is_answered_wrongly_is_of_unknown_fate(database: Database) -> None:
    class Short(Mass):
        async def send_many(self, messages: Sequence[Outgoing]) -> Sequence[str | SendError]:
            return []

    for number in range(2):
        await put(database, f"n{number}", conversation=f"c{number}", priority=9)
    await deliver(database, Short(), until={"n0": OutboxState.UNCONFIRMED, "n1": OutboxState.UNCONFIRMED})


async def test_what_was_claimed_but_not_started_when_the_program_stopped_was_not_sent(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = outbox.start_sending

    async def then_stop(conn: Connection, ids: Sequence[int], now_ms: int) -> None:
        await original(conn, ids, now_ms)
        task.cancel()

    monkeypatch.setattr(outbox, "start_sending", then_stop)
    await put(database, "a")
    channel = Recorder()
    task = asyncio.create_task(Sender(channel, database, LocalWakeup(), DeliverySettings()).run())
    await asyncio.gather(task, return_exceptions=True)
    assert channel.sent == []
    assert [(row["state"], row["tries"], row["sending_ms"]) for row in await rows_of(database)] == [(0, 1, 0)]
