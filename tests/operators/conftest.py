"""A real SQLite file with two dispatchers and a conversation; a real console on loopback."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from argon2 import PasswordHasher

from bot.attachments.store import StoredFiles
from houses.posters.printer import Printer
from models.coordination.wakeup import LocalWakeup
from models.database.connection import TENANT, Connection
from models.database.database import Database, open_database
from models.queues.backlog import Storm
from operators.accounts import accounts, passwords
from operators.console.app import build_console
from operators.handover.phone_calls import Prompter
from operators.types import Dispatcher
from tests.support.conversations import get_or_create
from tickets.lifecycle.types import Priority, Problem

NOW = 1_790_000_000_000
IRINA = Dispatcher(id=1, name="Ирина")
OLEG = Dispatcher(id=2, name="Олег")
PASSWORD = "correct horse"
SHIPPED_HASHER = passwords._hasher
passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # 0.1 ms instead of 50: thousands log in


def problem(code: str, title: str, priority: Priority) -> Problem:
    return Problem(
        code=code,
        title=title,
        category="sewer",
        category_title="Канализация",
        priority=priority,
        react_minutes=30,
        resolve_minutes=120,
        trade="plumber",
        trade_title="сантехник",
    )


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await open_database(database_url)
    try:
        await opened.transaction(add_dispatchers)
        yield opened
    finally:
        await opened.close()


async def add_dispatchers(conn: Connection) -> None:
    for user in (IRINA, OLEG):
        await conn.insert(
            "INSERT INTO operator_user (tenant, login, name, role, password_hash, created_ms)"
            " VALUES (?, ?, ?, 'dispatcher', '', 0)",
            TENANT,
            f"user{user.id}",
            user.name,
        )


@pytest.fixture
async def conversation(database: Database) -> dict[str, Any]:
    """A conversation over the web chat in which the bot speaks."""
    return await database.transaction(
        lambda conn: get_or_create(conn, tenant=TENANT, channel="web", address="w1", now_ms=NOW, sender_name="Анна")
    )


@dataclass(slots=True)
class Clock:
    """The console's time; a test moves it."""

    ms: int = NOW

    def __call__(self) -> int:
        return self.ms


@dataclass(slots=True)
class Visitor:
    """A browser without a screen: cookies, forms with their tokens, redirects on demand."""

    base: str
    http: aiohttp.ClientSession
    csrf: str = ""

    async def get(self, path: str, **options: Any) -> tuple[int, str]:
        async with self.http.get(f"{self.base}{path}", **options) as response:
            return response.status, await response.text()

    async def post(self, path: str, data: Any = None, **options: Any) -> tuple[int, str]:
        """Send a form with the token; follows the redirect."""
        fields = {"csrf": self.csrf} | (data or {})
        async with self.http.post(f"{self.base}{path}", data=fields, **options) as response:
            return response.status, await response.text()

    async def log_in(self, login: str, password: str = PASSWORD) -> tuple[int, str]:
        _, form = await self.get("/login")
        mark = re.search(r'name="mark" value="([^"]+)"', form)
        assert mark
        status, text = await self.post("/login", {"mark": mark[1], "login": login, "password": password})
        if token := re.search(r'name="csrf" value="([^"]+)"', text):
            self.csrf = token[1]
        return status, text


@dataclass(slots=True)
class Console:
    """A running console."""

    base: str
    database: Database
    wakeup: LocalWakeup
    clock: Clock
    visitors: list[Visitor] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)  # what real browsers said of its pages

    def stranger(self) -> Visitor:
        visitor = Visitor(self.base, aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)))
        self.visitors.append(visitor)
        return visitor

    async def visitor(self, login: str = "irina", name: str = "Ирина", role: str = "dispatcher") -> Visitor:
        """Somebody who has logged in."""
        await accounts.create_user(
            self.database, login=login, name=name, role=role, now_ms=self.clock(), password=PASSWORD
        )
        visitor = self.stranger()
        assert (await visitor.log_in(login))[0] == 200
        return visitor

    async def rows(self, sql: str, *args: object) -> list[dict[str, Any]]:
        return await self.database.transaction(lambda conn: conn.fetch(sql, *args))


@pytest.fixture
async def console(database: Database) -> AsyncIterator[Console]:
    async with running_console(database, Clock()) as running:
        yield running


@asynccontextmanager
async def running_console(
    database: Database,
    clock: Clock,
    storm: Storm | None = None,
    prompter: Prompter | None = None,
    problems: Sequence[Problem] = (),
    printer: Printer | None = None,
) -> AsyncIterator[Console]:
    wakeup = LocalWakeup()
    site = web.Application()
    app = build_console(
        database=database,
        wakeup=wakeup,
        files=StoredFiles(database),
        problems=problems
        or (
            problem("sewer_pipe_leak", "Течь канализации", Priority.EMERGENCY),
            problem("sewer_smell", "Запах канализации", Priority.NORMAL),
        ),
        photo_bytes=200_000,
        storm=storm,
        prompter=prompter,
        printer=printer,
        now_ms=clock,
    )
    site.add_subapp("/console", app)
    runner = web.AppRunner(site, access_log=None, shutdown_timeout=1)
    await runner.setup()
    running = Console("", database, wakeup, clock)
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        running.base = f"http://127.0.0.1:{runner.addresses[0][1]}/console"
        yield running
    finally:
        for visitor in running.visitors:
            await visitor.http.close()
        await runner.cleanup()
