"""One installation as five processes on PostgreSQL: residents and dispatchers may be at any of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it ships no types

from tests.e2e.support.personas import Dispatcher, Resident, browser_of
from tests.e2e.support.program import Program
from tests.e2e.support.story import dispatch, report_sewer_leak
from tests.e2e.test_program import command
from tests.fakes.telegram.api import FakeTelegram

ROLES = ("web", "web", "worker", "delivery,clock", "all")


@asynccontextmanager
async def installation(
    url: str, folder: Path, roles: Sequence[str] = ROLES, **environment: str
) -> AsyncIterator[list[Program]]:
    """Start one process for each of the roles, all at once on an empty database."""
    nodes = [node(folder / str(number), role, url) for number, role in enumerate(roles)]
    try:
        await asyncio.gather(*(one.start(**environment) for one in nodes))
        yield nodes
    finally:
        await asyncio.gather(*(one.stop() for one in nodes if one.process))


def node(folder: Path, role: str, url: str) -> Program:
    folder.mkdir()
    command = ("-m", "bot", "run", "--role", role)
    return Program(folder / "data", environment={"DOMOVOY_DATABASE__URL": url}, command=command)


async def rows(url: str, sql: str) -> list[dict[str, Any]]:
    connection = await asyncpg.connect(url.replace("asyncpg://", "postgresql://"))
    try:
        return [dict(row) for row in await connection.fetch(sql)]
    finally:
        await connection.close()


async def password_of(login: str, url: str, folder: Path) -> str:
    add = ("user", "add", login, "--name", "Ирина", "--data", str(folder))
    code, said, errors = await command(*add, DOMOVOY_DATABASE__URL=url)
    assert (code, errors) == (0, "")
    return said.split()[-1]


async def test_the_leak_is_reported_at_one_node_and_dispatched_at_another(postgres_url: str, tmp_path: Path) -> None:
    async with installation(postgres_url, tmp_path) as (first, second, *others):
        password = await password_of("irina", postgres_url, tmp_path / "cli")
        async with browser_of(Resident, first) as anna, browser_of(Dispatcher, first) as irina:
            await irina.log_in("irina", password)
            irina.program = second  # the balancer sends her elsewhere; her session goes with her
            await anna.open()
            number = await report_sewer_leak(anna)
            anna.program = others[-1]
            await dispatch(irina, anna, number)
        logs = [one.errors() for one in (first, second, *others)]
    assert [log for log in logs if "error" in log.lower()] == []
    assert await rows(postgres_url, "SELECT number, status FROM ticket") == [{"number": number, "status": "closed"}]
    assert await rows(postgres_url, "SELECT id FROM inbox WHERE state <> 1") == []
    assert await rows(postgres_url, "SELECT id FROM outbox WHERE state = 2") == []


async def test_telegram_is_polled_by_one_node_and_by_the_next_when_it_dies(postgres_url: str, tmp_path: Path) -> None:
    async with FakeTelegram() as telegram:
        environment = {
            "DOMOVOY_CHANNELS__TELEGRAM__ENABLED": "true",
            "DOMOVOY_CHANNELS__TELEGRAM__TOKEN": telegram.token,
            "DOMOVOY_CHANNELS__TELEGRAM__API_BASE": telegram.base,
        }
        maria = telegram.resident("Мария")
        async with installation(postgres_url, tmp_path, ("all", "all"), **environment) as nodes:
            await maria.write("Здравствуйте")
            await maria.sees("Нажмите «Продолжить»")
            owner = next(one for one in nodes if "send:telegram" in one.errors())
            await owner.stop()
            await maria.press("Продолжить")
            await maria.sees("Чем могу помочь?")
            heirs = [one for one in nodes if one is not owner and "send:telegram" in one.errors()]
            assert len(heirs) == 1
    received = maria.received()
    assert len(received) == len(set(received))
