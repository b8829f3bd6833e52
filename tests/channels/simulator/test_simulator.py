"""The simulator channel on real sockets: a fake server that answers as each case says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from channels.contract import Button, Channel, Incoming, Outgoing, Overloaded, SendError, Webhook
from channels.simulator.adapter import Simulator
from channels.simulator.config import SimulatorConfig

SECRET = "not told to anybody"
MESSAGE = Outgoing(
    key="i1.0",
    conversation="r7",
    text="Какая квартира?",
    buttons=((Button("Без квартиры", "flat:no"),),),
    answers="7-1",
)
EVENT = {"id": "7-1", "conversation": "r7", "kind": "text", "text": "Здравствуйте"}


@dataclass
class FakeServer:
    status: int = 200
    body: str = '{"id": "m-1"}'
    headers: dict[str, str] = field(default_factory=dict)
    silent: bool = False
    heard: list[tuple[dict[str, Any], str]] = field(default_factory=list)

    async def hear(self, request: web.Request) -> web.Response:
        self.heard.append((await request.json(), request.headers["Idempotency-Key"]))
        if self.silent:
            assert request.transport
            request.transport.abort()
        return web.Response(status=self.status, text=self.body, headers=self.headers)


@asynccontextmanager
async def simulator(fake_server: FakeServer, **settings: Any) -> AsyncIterator[Simulator]:
    app = web.Application()
    app.router.add_post("/messages", fake_server.hear)
    async with TestServer(app) as server:
        channel = Simulator(SimulatorConfig(endpoint=str(server.make_url("/")), secret=SECRET, **settings))
        try:
            yield channel
        finally:
            await channel.close()


async def failure(fake_server: FakeServer) -> SendError:
    async with simulator(fake_server) as channel:
        with pytest.raises(SendError) as caught:
            await channel.send(MESSAGE)
    return caught.value


async def test_message_reaches_the_far_end_with_its_key() -> None:
    fake_server = FakeServer()
    async with simulator(fake_server) as channel:
        assert await channel.send(MESSAGE) == "m-1"
    body = {
        "key": "i1.0",
        "conversation": "r7",
        "text": "Какая квартира?",
        "buttons": [[["Без квартиры", "flat:no"]]],
        "ask": "",
        "attempt": 1,
        "answers": "7-1",
    }
    assert fake_server.heard == [(body, "i1.0")]


@pytest.mark.parametrize(
    ("status", "code", "retryable"),
    [
        (400, "rejected", False),
        (302, "rejected", False),
        (401, "unauthorized", True),
        (403, "blocked_by_resident", False),
        (404, "not_found", False),
        (500, "network", True),
        (503, "network", True),
    ],
)
async def test_refusal_is_named(status: int, code: str, retryable: bool) -> None:
    error = await failure(FakeServer(status=status, body="no JSON"))
    assert (error.code, error.retryable) == (code, retryable)


@pytest.mark.parametrize(
    ("body", "wish", "whole", "seconds"),
    [
        ("", "3", True, 3),
        ('{"scope": "conversation"}', "0.25", False, 0.25),
        ("[]", "soon", True, 1),
        ("", "nan", True, 1),
        ("", "1e300", True, 3600),
    ],
)
async def test_throttling_says_for_whom_and_how_long(body: str, wish: str, whole: bool, seconds: float) -> None:
    error = await failure(FakeServer(status=429, body=body, headers={"Retry-After": wish}))
    assert (error.code, error.retryable, error.whole_channel) == ("throttled", True, whole)
    assert error.retry_after == timedelta(seconds=seconds)


async def test_a_request_without_an_answer_may_have_been_delivered() -> None:
    fake_server = FakeServer(silent=True)
    assert (await failure(fake_server)).code == "unknown"
    assert len(fake_server.heard) == 1


async def test_a_far_end_that_is_away_has_heard_nothing() -> None:
    channel = Simulator(SimulatorConfig(endpoint=f"http://127.0.0.1:{unused_port()}", secret=SECRET))
    with pytest.raises(SendError) as caught:
        await channel.send(MESSAGE)
    await channel.close()
    assert (caught.value.code, caught.value.retryable) == ("network", True)


@dataclass
class Inbox:
    refusal: Exception | None = None
    events: list[Incoming] = field(default_factory=list)

    async def accept(self, events: Sequence[Incoming]) -> int:
        if self.refusal:
            raise self.refusal
        self.events += events
        return len(events)


async def call(inbox: Inbox | None, body: object, secret: str = SECRET) -> tuple[int, dict[str, Any]]:
    """Call the webhook of a channel that receives into `inbox`; None: it does not receive."""
    channel = Simulator(SimulatorConfig(endpoint="http://127.0.0.1:9000", secret=SECRET))
    task = asyncio.create_task(channel.receive(inbox.accept)) if inbox else None
    await asyncio.sleep(0)
    status, text = await channel.handle({"x-simulator-secret": secret}, json.dumps(body).encode())
    if task:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return status, json.loads(text)


async def test_events_are_acknowledged_after_they_are_stored() -> None:
    inbox = Inbox()
    assert await call(inbox, [EVENT, {**EVENT, "id": "7-2"}]) == (200, {"new": 2})
    assert [event.external_id for event in inbox.events] == ["7-1", "7-2"]


async def test_a_stranger_stores_nothing() -> None:
    inbox = Inbox()
    for secret in ("", "not told to anybod", "секрет", "\udcff"):
        assert (await call(inbox, EVENT, secret))[0] == 403
    assert inbox.events == []


async def test_bad_input_is_refused_whole_and_explained() -> None:
    inbox = Inbox()
    status, answer = await call(inbox, [EVENT, {"id": "7-2"}])
    assert status == 400
    assert answer == {"error": "bad_event", "message": "event 2: conversation: a text of 1 to 200 characters is needed"}
    assert inbox.events == []


@pytest.mark.parametrize(
    ("inbox", "code"),
    [(Inbox(Overloaded()), "overloaded"), (Inbox(OSError("disk")), "not_stored"), (None, "not_ready")],
)
async def test_what_cannot_be_stored_now_is_asked_for_again(inbox: Inbox | None, code: str) -> None:
    status, answer = await call(inbox, EVENT)
    assert (status, answer["error"]) == (503, code)


def test_limits_come_from_the_settings_and_the_contract_is_kept() -> None:
    config = SimulatorConfig(endpoint="http://[::1]:9", secret=SECRET, idempotent=False, per_second=7, in_flight=3)
    channel = Simulator(config)
    assert (channel.capabilities.idempotent, channel.capabilities.per_second, channel.capabilities.in_flight) == (
        False,
        7,
        3,
    )
    assert isinstance(channel, Channel)
    assert isinstance(channel, Webhook)
