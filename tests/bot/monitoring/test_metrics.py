"""What `/metrics` tells, and to whom."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request
from prometheus_client.parser import text_string_to_metric_families

from bot.monitoring.metrics import Metrics
from bot.monitoring.metrics_endpoint import may_ask, metrics_routes
from models.database.database import open_database
from tests.bot.monitoring.test_health_endpoints import hung
from tests.support.running import Running, running_app

TOKEN = {"DOMOVOY_SERVER__METRICS_TOKEN": "open-sesame"}


def samples(text: str) -> dict[str, float]:
    """Values by ``name{label=value}``, as told."""
    found = {}
    for family in text_string_to_metric_families(text):
        for one in family.samples:
            labels = ",".join(f"{key}={value}" for key, value in one.labels.items())
            found[f"{one.name}{{{labels}}}" if labels else one.name] = one.value
    return found


async def told(running: Running) -> dict[str, float]:
    status, text = await running.get("/metrics")
    assert status == 200
    return samples(text)


async def test_a_conversation_is_seen_in_the_counters(tmp_path: Path) -> None:
    async with running_app(tmp_path) as running:
        before = await told(running)
        greeting = {"id": "message-1", "text": "привет"}
        assert await running.post("/chat/session", {}) == 200
        assert [await running.post("/chat/messages", greeting) for _ in range(2)] == [200, 200]
        await running.until_quiet()
        after = await told(running)
    grown = {name: after[name] - before[name] for name in before if name in after}
    assert grown["domovoy_messages_repeated_total{channel=web}"] == 1
    assert grown["domovoy_messages_accepted_total{channel=web}"] == 2  # the chat was opened, and one greeting
    assert grown["domovoy_turns_total"] == grown["domovoy_turn_seconds_count"] == 2
    assert grown["domovoy_intake_seconds_count"] == 3
    assert 1 <= grown["domovoy_batch_seconds_count"] <= 2
    assert 1 <= grown["domovoy_inbox_commits_total"] <= 3
    assert grown["domovoy_sends_total{channel=web,result=sent}"] >= 1
    assert (after["domovoy_database_up"], after["domovoy_sender_owner{channel=web}"]) == (1, 1)


async def test_too_many_messages_are_counted_as_refused(tmp_path: Path) -> None:
    async with running_app(tmp_path) as running:
        assert await running.post("/chat/session", {}) == 200
        statuses: list[int] = []
        while 429 not in statuses:
            statuses.append(await running.post("/chat/messages", {"id": f"message-{len(statuses)}", "text": "да"}))
        assert (await told(running))["domovoy_refused_total{code=429}"] == 1


async def test_metrics_can_be_switched_off(tmp_path: Path) -> None:
    async with running_app(tmp_path, DOMOVOY_SERVER__METRICS="false") as running:
        assert (await running.get("/metrics"))[0] == 404


async def test_a_token_opens_the_metrics(tmp_path: Path) -> None:
    async with running_app(tmp_path, **TOKEN) as running:
        assert (await running.get("/metrics"))[0] == 403
        assert (await running.get("/metrics", {"Authorization": "Bearer open-sesam"}))[0] == 403
        assert (await running.get("/metrics", {"Authorization": "Bearer открыто"}))[0] == 403
        assert (await running.get("/metrics", {"Authorization": "Bearer open-sesame"}))[0] == 200


@pytest.mark.parametrize(
    ("address", "headers", "allowed"),
    [
        ("127.0.0.1", {}, True),
        ("::1", {}, True),
        ("10.0.0.7", {}, False),
        ("", {}, False),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.5"}, False),
        ("127.0.0.1", {"Forwarded": "for=203.0.113.5"}, False),
    ],
)
def test_without_a_token_only_this_machine_is_answered(address: str, headers: dict[str, str], allowed: bool) -> None:
    request = make_mocked_request("GET", "/metrics", headers).clone(remote=address)
    assert may_ask(request, "") is allowed


def test_a_database_that_does_not_answer_leaves_its_figures_out() -> None:
    found = samples(Metrics().text().decode())
    assert found["domovoy_database_up"] == 0
    assert not [name for name in found if name.startswith(("domovoy_dialogs", "domovoy_inbox_waiting"))]


async def test_a_scrape_does_not_wait_for_a_database_that_hangs(tmp_path: Path) -> None:
    database = await open_database(f"sqlite://{tmp_path / 'test.db'}")
    site = web.Application()
    site.add_routes(metrics_routes(database, Metrics(), token="", patience=0.01))
    try:
        async with TestClient(TestServer(site)) as client:

            async def up() -> float:
                return samples(await (await client.get("/metrics")).text())["domovoy_database_up"]

            async with hung(database):
                assert await up() == 0
            async with asyncio.timeout(60):
                while not await up():
                    continue
    finally:
        await database.close()


def test_two_installations_in_one_process_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.turns.inc(3)
    assert samples(other.text().decode())["domovoy_turns_total"] == 0
