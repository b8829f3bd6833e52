"""A broadcast within a channel's limits, with an urgent reply every 200 ms; beside two plain aiogram senders.

The fake server (`tests.bench.limits.fake_server`) is a process of its own and counts requests in any second. Ours is
the real `Sender` on a file of SQLite with the real adapters of Telegram, MAX and VK, at the limits these services
really have; Telegram and aiogram at ten times its limits as well, where the machine has something to do.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramRetryAfter

from bot.delivery.sender import Sender
from bot.factory import build_channels
from bot.settings.loader import load_settings
from bot.settings.schema import DeliverySettings
from channels.contract import Channel, Outgoing
from models.coordination.wakeup import LocalWakeup
from models.database.connection import Connection
from models.database.database import Database, open_database
from tests.bench.figures import check, note, quantile
from tests.bench.limits.fake_server import URGENT, WARM
from tests.bench.processes import start

TOKEN = "4242424242:BENCH-token_of_the_benchmark_0123456"
URGENT_SECONDS = 0.2
TOLD = "Завтра с 9:00 до 17:00 не будет холодной воды: работы на сетях. Дом"


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a fake server allows in any second. bulk: messages of one request; 0: as many as the adapter puts there."""

    wire: str
    per_second: float  # requests
    per_chat: float  # messages
    tenfold: bool = False  # the adapter must be told; else its own limits are these
    bulk: int = 0


TENFOLD = "Telegram ×10"
CASES = {
    TENFOLD: Allowed("telegram", 300, 10, tenfold=True),
    "Telegram": Allowed("telegram", 30, 1),
    "MAX": Allowed("max", 30, 2),
    "VK, 25 in a request": Allowed("vk", 20, 20),
    "VK, one by one": Allowed("vk", 20, 20, bulk=1),
}
SIZES = dict(zip(CASES, (5_000, 1_500, 5_000, 10_000, 2_000), strict=True))  # messages
QUICK = dict(zip(CASES, (600, 150, 150, 1_000, 100), strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """share: of the requests allowed; rate: messages a second; urgent: seconds of each; cpu: s per 1,000 messages."""

    share: float
    rate: float
    refused: int
    urgent: list[float]
    cpu: float


@asynccontextmanager
async def fake_server(allowed: Allowed) -> AsyncIterator[str]:
    node = await start(
        "-m", "tests.bench.limits.fake_server", allowed.wire, str(allowed.per_second), str(allowed.per_chat)
    )
    try:
        yield f"http://127.0.0.1:{(await node.line('port ')).split()[1]}"
    finally:
        await node.kill()


async def stats(base: str) -> dict[str, Any]:
    async with aiohttp.ClientSession() as http, http.get(f"{base}/stats") as answer:
        found: dict[str, Any] = await answer.json()
        return found


async def measured(
    base: str, allowed: Allowed, messages: int, urgent: dict[str, float], work: Callable[[], Awaitable[None]]
) -> Sent:
    """Carry out `work`, which sends everything; read what came from the fake server."""
    cpu = time.process_time()
    await work()
    cpu = time.process_time() - cpu
    found = await stats(base)
    check(found["sent"] == messages + len(urgent) and not found["twice"], "every message came once")
    seconds = found["last"] - found["first"]
    waits = [found["arrived"][text] - at for text, at in urgent.items()]
    share = (found["requests"] - 1) / (seconds * allowed.per_second)
    return Sent(
        share=share,
        rate=found["sent"] / seconds,
        refused=found["refused"],
        urgent=waits,
        cpu=cpu / found["sent"] * 1000,
    )


# --- ours ----------------------------------------------------------------------------------------------------------


def channel_of(name: str, base: str, allowed: Allowed) -> Channel:
    """The real adapter, which knows the limits of its service."""
    kind = allowed.wire
    section = f"DOMOVOY_CHANNELS__{kind.upper()}__"
    environment = {
        "DOMOVOY_CHANNELS__WEB__ENABLED": "false",
        f"{section}ENABLED": "true",
        f"{section}API_BASE": base,
        f"{section}TOKEN": TOKEN.replace(":", "-") if kind == "vk" else TOKEN,
    }
    if kind == "vk":
        environment[f"{section}GROUP_ID"] = "1"
    unused: Any = None  # nothing is stored or read back
    channel = build_channels(load_settings(None, environment), unused, unused)[kind]
    if allowed.tenfold:
        capabilities = replace(
            channel.capabilities, per_second=allowed.per_second, per_conversation_second=allowed.per_chat
        )
        channel.capabilities = capabilities
    check(channel.capabilities.per_second == allowed.per_second, "the adapter knows its limit")
    channel.capabilities = replace(channel.capabilities, bulk=allowed.bulk or channel.capabilities.bulk)
    return channel


async def settle(conn: Connection, channel: str, messages: int) -> None:
    """A broadcast that waits to be sent."""
    await conn.many(
        "INSERT INTO outbox (tenant, channel, conversation, key, body, priority, due_ms, created_ms)"
        " VALUES (1, ?, ?, ?, ?, 9, 1, 1)",
        [
            (channel, str(number), f"b1:{number}", json.dumps({"text": f"{TOLD} {number}"}))
            for number in range(1, messages + 1)
        ],
    )


async def reply(database: Database, channel: str, text: str, number: int) -> None:
    await database.transaction(
        lambda conn: conn.execute(
            "INSERT INTO outbox (tenant, channel, conversation, key, body, priority, due_ms, created_ms)"
            " VALUES (1, ?, ?, ?, ?, 0, 1, 1)",
            channel,
            str(number),
            text,
            json.dumps({"text": text}),
        )
    )


async def ours(folder: Path, name: str, messages: int) -> Sent:
    allowed = CASES[name]
    note(f"limits of {name}, ours, {messages} messages…")
    database, wakeup = await open_database(f"sqlite://{folder / f'{uuid4()}.db'}"), LocalWakeup()
    try:
        async with fake_server(allowed) as base:
            channel, urgent = channel_of(name, base, allowed), dict[str, float]()
            await database.transaction(lambda conn: settle(conn, channel.name, messages))
            await channel.send(Outgoing(key="warm", conversation="1", text=WARM))
            sender = Sender(channel, database, wakeup, DeliverySettings())

            async def work() -> None:
                sending = asyncio.create_task(sender.run())
                while sender.sent < messages:
                    check(not sending.done(), "the sender works")
                    text = f"{URGENT} {len(urgent)}"
                    urgent[text] = time.monotonic()
                    await reply(database, channel.name, text, 10_000_000 + len(urgent))
                    wakeup.notify("outbox")
                    await asyncio.sleep(URGENT_SECONDS)
                while sender.sent < messages + len(urgent):  # noqa: ASYNC110  the sender has no event for it
                    await asyncio.sleep(0.01)
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)

            found = await measured(base, allowed, messages, urgent, work)
            await channel.close()
            return found
    finally:
        await database.close()


# --- peers ---------------------------------------------------------------------------------------------------------


async def peer(messages: int, at_once: int) -> Sent:
    """aiogram as most bots use it: so many sends at once, a refused one waits as long as Telegram asks."""
    allowed, urgent = CASES[TENFOLD], dict[str, float]()
    note(f"limits of {TENFOLD}, aiogram, {at_once} at once, {messages} messages…")
    async with fake_server(allowed) as base:
        bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(base), limit=at_once + 10))

        async def send(chat: int, text: str) -> None:
            while True:
                try:
                    await bot.send_message(chat, text)
                except TelegramRetryAfter as error:
                    await asyncio.sleep(error.retry_after)
                else:
                    return

        await bot.send_message(1, WARM)

        async def work() -> None:
            numbers = iter(range(1, messages + 1))

            async def worker() -> None:
                for number in numbers:
                    await send(number, f"{TOLD} {number}")

            working = asyncio.gather(*(worker() for _ in range(at_once)))
            replies: list[asyncio.Task[None]] = []
            while not working.done():
                text = f"{URGENT} {len(urgent)}"
                urgent[text] = time.monotonic()
                replies.append(asyncio.create_task(send(10_000_000 + len(urgent), text)))
                await asyncio.sleep(URGENT_SECONDS)
            await asyncio.gather(working, *replies)

        try:
            return await measured(base, allowed, messages, urgent, work)
        finally:
            await bot.session.close()


def figures_of(found: Sent) -> dict[str, float]:
    return {
        "share": found.share,
        "rate": found.rate,
        "refused": found.refused,
        "p50_ms": quantile(found.urgent, 0.5) * 1000,
        "p99_ms": quantile(found.urgent, 0.99) * 1000,
        "cpu_s": found.cpu,
    }


async def measure(folder: Path, sizes: Mapping[str, int]) -> dict[str, dict[str, float]]:
    """Return the figures of each sender, ours and the peers', by its name. sizes: messages of each of `CASES`."""
    found = {f"ours, {name}": figures_of(await ours(folder, name, messages)) for name, messages in sizes.items()}
    for at_once, name in ((100, "aiogram, 100 in flight"), (1, "aiogram, plain loop")):
        found[f"{name}, {TENFOLD}"] = figures_of(await peer(sizes[TENFOLD], at_once))
    return found
