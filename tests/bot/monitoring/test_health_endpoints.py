"""Health checks answer whatever the database does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.monitoring.database_probe import Probe
from bot.monitoring.health_endpoints import health_routes
from models.database.connection import Connection
from models.database.database import Database
from tests.support.running import running_app


@dataclass
class Door:
    client: TestClient[web.Request, web.Application]
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def get(self, path: str) -> tuple[int, object]:
        answer = await self.client.get(path)
        return answer.status, json.loads(await answer.text())


@asynccontextmanager
async def door(database: Database, patience: float = 2.0) -> AsyncIterator[Door]:
    ready, stop = asyncio.Event(), asyncio.Event()
    site = web.Application()
    site.add_routes(health_routes(database, ready, stop, {"web"}, patience))
    async with TestClient(TestServer(site)) as client:
        yield Door(client, ready, stop)


@asynccontextmanager
async def hung(database: Database) -> AsyncIterator[None]:
    """Every connection of the database is busy until the block ends."""
    go, busy = asyncio.Event(), asyncio.Event()

    async def work(conn: Connection) -> None:
        busy.set()
        await go.wait()

    task = asyncio.create_task(database.transaction(work))
    await busy.wait()
    try:
        yield
    finally:
        go.set()
        await task


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite://{tmp_path / 'test.db'}"  # one connection, so one transaction keeps all others waiting


async def test_a_process_is_ready_only_between_its_start_and_its_stop(database: Database) -> None:
    async with door(database) as opened:
        assert await opened.get("/readyz") == (503, {"status": "starting", "roles": ["web"]})
        assert await opened.get("/healthz") == (503, {"status": "starting"})
        opened.ready.set()
        assert await opened.get("/readyz") == (200, {"status": "ok", "roles": ["web"]})
        assert await opened.get("/healthz") == (200, {"status": "ok", "inbox": 0, "outbox": 0})
        opened.stop.set()
        assert await opened.get("/readyz") == (503, {"status": "stopping", "roles": ["web"]})


async def test_another_schema_is_alive_but_not_ready(database: Database) -> None:
    await database.transaction(lambda conn: conn.execute("INSERT INTO schema_version VALUES (9999, 'of tomorrow', 1)"))
    async with door(database) as opened:
        opened.ready.set()
        assert await opened.get("/readyz") == (503, {"status": "schema", "roles": ["web"]})
        assert (await opened.get("/healthz"))[0] == 200


async def test_a_database_that_hangs_is_told_and_recovers(database: Database) -> None:
    async with door(database, patience=0.01) as opened:
        opened.ready.set()
        async with hung(database):
            assert await opened.get("/healthz") == (503, {"status": "database"})
            assert await opened.get("/readyz") == (503, {"status": "database", "roles": ["web"]})
    async with door(database) as opened:
        opened.ready.set()
        assert (await opened.get("/healthz"))[0] == 200


async def test_one_question_is_under_way_at_a_time(database: Database) -> None:
    asked = 0

    async def count(conn: Connection) -> int:
        nonlocal asked
        asked += 1
        return asked

    probe = Probe(database, count, patience=0.01)
    async with hung(database):
        for _ in range(5):
            with pytest.raises(TimeoutError):
                await probe.ask()
    patient = Probe(database, count)
    assert await patient.ask() == 2  # the five had one question among them
    assert await patient.ask() == 3


async def test_an_answer_is_kept_and_a_failure_is_not(database: Database) -> None:
    outcomes: Iterator[int | Exception] = iter([RuntimeError("away"), 7, 8])

    async def work(conn: Connection) -> int:
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    probe = Probe(database, work, keep_seconds=3600)
    with pytest.raises(RuntimeError):
        await probe.ask()
    assert [await probe.ask(), await probe.ask()] == [7, 7]


async def test_the_program_says_that_it_works(tmp_path: Path) -> None:
    async with running_app(tmp_path) as running:
        assert (await running.get("/healthz"))[0] == 200
        status, body = await running.get("/readyz")
        assert (status, json.loads(body)["status"]) == (200, "ok")
