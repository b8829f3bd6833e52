"""Durable webhooks over HTTP: the program in a process of its own, Telegram's part played here."""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # it ships no types
from aiohttp import web

from tests.bench import load, processes
from tests.bench.durability.rig import SAID, spoken
from tests.bench.figures import Figure, check, note, quantile
from tests.e2e.support.program import free_port

CONNECTIONS = 40
CHATS = 2_000
RATE = 500  # a second, when latency is measured
SECRET = "benchmark"
TOKEN = "4242424242:FAKE-token_of_the_benchmark_0123456"
PATH = "/telegram/webhook"
MODES = {
    "accept": "accept only",
    "trivial": "engine on, dialog that thinks nothing",
    "real": "engine on, real dialog",
}


def update(number: int, chat: int, text: str) -> dict[str, object]:
    """A message as Telegram tells of it."""
    person = {"id": chat, "is_bot": False, "first_name": "Анна", "language_code": "ru"}
    where = {"id": chat, "first_name": "Анна", "type": "private"}
    message = {"message_id": number, "from": person, "chat": where, "date": 1_790_000_000, "text": text}
    return {"update_id": number, "message": message}


def updates(first: int) -> Iterator[bytes]:
    """Requests without end: residents write by turns, each their own story."""
    headers = {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": SECRET}
    for number in itertools.count(first):
        chat, place = number % CHATS, number // CHATS % len(SAID)
        body = update(number, 1000 + chat, spoken(place, chat).text)
        yield load.request("POST", PATH, json.dumps(body, ensure_ascii=False).encode(), headers)


@dataclass(slots=True)
class Installation:
    """A running program and its database."""

    port: int
    url: str
    data: Path
    process: processes.Node

    async def stored(self) -> int:
        """Stop the program; return how many messages its inbox holds."""
        await self.process.stop()
        sql = "SELECT count(*) FROM inbox WHERE channel = 'telegram'"
        if self.url:
            connection = await asyncpg.connect(self.url.replace("asyncpg://", "postgresql://"))
            try:
                return int(await connection.fetchval(sql))
            finally:
                await connection.close()
        with sqlite3.connect(self.data / "domovoy.db") as file:
            return int(file.execute(sql).fetchone()[0])


@asynccontextmanager
async def bot_api() -> AsyncIterator[str]:
    """A Bot API that agrees to everything; gives its address."""
    done = {"ok": True, "result": True}
    message = {"message_id": 1, "date": 1_790_000_000, "chat": {"id": 1000, "type": "private"}, "text": "x"}

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        said = request.path.endswith("/sendMessage")
        return web.json_response({"ok": True, "result": message} if said else done)

    site = web.Application()
    site.router.add_route("*", "/{rest:.*}", answer)
    runner = web.AppRunner(site, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def installation(mode: str, data: Path, url: str) -> AsyncIterator[Installation]:
    """Run the program with a Telegram webhook until the end of the block. url: empty for SQLite in `data`."""
    port = free_port()
    async with bot_api() as base:
        settings = {
            "DOMOVOY_DATABASE__URL": url,
            "DOMOVOY_LOG__LEVEL": "WARNING",
            "DOMOVOY_CHANNELS__TELEGRAM__ENABLED": "true",
            "DOMOVOY_CHANNELS__TELEGRAM__TOKEN": TOKEN,
            "DOMOVOY_CHANNELS__TELEGRAM__API_BASE": base,
            "DOMOVOY_CHANNELS__TELEGRAM__WEBHOOK_URL": f"http://127.0.0.1:{port}{PATH}",
            "DOMOVOY_CHANNELS__TELEGRAM__WEBHOOK_SECRET": SECRET,
        }
        arguments = (mode, "run", "--data", str(data), "--port", str(port))
        async with processes.node(*arguments, environment=settings) as process:
            await process.line("Остановить:")
            yield Installation(port, url, data, process)


async def measure(database: str, mode: str, data: Path, url: str, seconds: float) -> list[Figure]:
    """Send at a fixed rate, then as fast as the answers come; every answer is 200 and every message stored.

    In this order, because the turns of what came too fast would still be taken while the fixed rate is measured.
    """
    part, name = f"durable webhook, {database}", MODES[mode]
    note(f"{part}, {name}…")
    async with installation(mode, data, url) as running:
        await load.offered(running.port, updates(1_000_000), min(1.0, seconds), RATE, CONNECTIONS)  # warm
        slow = await load.offered(running.port, updates(2_000_000), seconds, RATE, CONNECTIONS)
        before = processes.cpu_seconds(running.process.pid)
        fast = await load.closed(running.port, updates(3_000_000), seconds, CONNECTIONS)
        cpu = processes.cpu_seconds(running.process.pid) - before
        answered = fast.status.get(200, 0) + slow.status.get(200, 0)
        check(answered == len(fast.took) + len(slow.took), f"answers other than 200: {fast.status} {slow.status}")
        stored = await running.stored()
        check(stored >= answered, f"{stored} stored of {answered} answered")
    engine = mode != "accept"
    return [
        Figure(part=part, what=f"{name}", value=fast.per_second, unit="req/s", target=2_500),
        Figure(part=part, what=f"{name}: CPU of the program", value=cpu / len(fast.took) * 1e6, unit="µs/req"),
        Figure(part=part, what=f"{name}: ack p50", value=quantile(fast.took, 0.5), unit="ms"),
        Figure(part=part, what=f"{name}: ack p99", value=quantile(fast.took, 0.99), unit="ms", target=40, at_most=True),
        Figure(part=part, what=f"{name}: ack p50 at {RATE}/s", value=quantile(slow.took, 0.5), unit="ms"),
        Figure(
            part=part,
            what=f"{name}: ack p99 at {RATE}/s",
            value=quantile(slow.took, 0.99),
            unit="ms",
            target=25 if engine else None,
            at_most=True,
        ),
    ]
