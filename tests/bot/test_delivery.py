from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

from bot.delivery import Sender
from bot.settings import DeliverySettings
from channels.contract import Accept, Channel, Limits, Outgoing, SendError
from models import outbox
from models.bell import LocalBell
from models.conversations import get_or_create, queue_message
from models.database import Connection, Database


class Recorder:
    """A channel that keeps what it is given; `plan` says what fails, by text."""

    name = "web"
    limits = Limits(text_length=4000, buttons=5, per_second=10_000, per_conversation_second=10_000)

    def __init__(self, **plan: list[SendError]) -> None:
        self.plan = plan
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
        talk = await get_or_create(conn, tenant=1, channel="web", address=conversation, now_ms=1)
        for text in texts:
            body = json.dumps({"text": text})
            await queue_message(conn, conversation=talk, key=text, body=body, priority=priority, due_ms=0, now_ms=1)

    await database.unit(work)


async def states(database: Database) -> dict[str, int]:
    rows = await database.unit(lambda conn: conn.fetch("SELECT key, state FROM outbox"))
    return {row["key"]: row["state"] for row in rows}


async def deliver(database: Database, channel: Channel, *, until: dict[str, int]) -> None:
    """Run a sender until the rows have reached these states."""
    bell = LocalBell()
    sender = Sender(channel, database, bell, DeliverySettings())
    task = asyncio.create_task(sender.run())
    try:
        async with asyncio.timeout(10):
            while not until.items() <= (await states(database)).items():
                bell.ring("outbox")
                await asyncio.sleep(0)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_messages_of_a_conversation_go_out_in_order_and_others_beside_them(database: Database) -> None:
    channel = Recorder()
    await put(database, *(f"a{number}" for number in range(20)), conversation="a")
    await put(database, *(f"b{number}" for number in range(20)), conversation="b")
    await deliver(database, channel, until={"a19": outbox.SENT, "b19": outbox.SENT})
    for name in ("a", "b"):
        assert [text for talk, text, _ in channel.sent if talk == name] == [f"{name}{number}" for number in range(20)]
    assert channel.most_at_once == 2


async def test_urgent_message_overtakes_a_broadcast(database: Database) -> None:
    channel = Recorder()
    await put(database, *(f"news{number}" for number in range(50)), conversation="a", priority=9)
    await put(database, "gas", conversation="a", priority=0)
    await deliver(database, channel, until={"gas": outbox.SENT})
    assert channel.sent[0][1] == "gas"


async def test_permanent_failure_is_a_dead_letter_and_the_next_message_goes(database: Database) -> None:
    channel = Recorder(first=[SendError("rejected", retryable=False)])
    await put(database, "first", "second")
    await deliver(database, channel, until={"first": outbox.DEAD, "second": outbox.SENT})
    dead = await database.unit(lambda conn: outbox.dead(conn, 10))
    assert [(row["error"], row["tries"]) for row in dead] == [("rejected", 1)]


async def test_throttled_channel_is_silent_and_the_pause_is_stored(database: Database) -> None:
    error = SendError("throttled", retryable=True, retry_after=timedelta(hours=1), whole_channel=True)
    channel = Recorder(first=[error])
    await put(database, "first")
    bell = LocalBell()
    sender = Sender(channel, database, bell, DeliverySettings())
    task = asyncio.create_task(sender.run())
    rows: list[dict[str, Any]] = []
    async with asyncio.timeout(10):
        while not rows:
            rows = await database.unit(lambda conn: conn.fetch("SELECT paused_until_ms FROM channel"))
            await asyncio.sleep(0)
    await put(database, "second", conversation="d")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await database.unit(lambda conn: outbox.due(conn, "web", 0, 10)) == []
    assert await states(database) == {"first": outbox.WAITING, "second": outbox.WAITING}


async def test_broken_adapter_does_not_stop_delivery(database: Database) -> None:
    class Broken(Recorder):
        async def send(self, message: Outgoing) -> str:
            if message.text == "first":
                raise ValueError("a bug")
            return await super().send(message)

    channel = Broken()
    await put(database, "first", conversation="a")
    await put(database, "second", conversation="b")
    await deliver(database, channel, until={"second": outbox.SENT})
    assert (await states(database))["first"] == outbox.WAITING
