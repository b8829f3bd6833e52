"""Processes that the benchmark of the durability path starts: ``python -m tests.bench.durability.node PART …``.

Each says ``ready`` when it has loaded everything, and some wait for a line on standard input before they begin.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from aiohttp import web

from bot import app as application
from bot.commands.main import main as command_line
from bot.process.event_loop import run
from bot.process.scheduler import Clock
from bot.settings.schema import RetentionSettings
from bot.turns import steps
from bot.turns.context import DialogContext
from bot.turns.processor import Turns
from channels.contract import Capabilities
from dialogs.turn import Say, Turn
from models.coordination.postgres_leases import PostgresLeases
from models.coordination.wakeup import LocalWakeup
from models.database import postgres
from models.database.connection import Unavailable
from models.database.database import Database, open_database
from models.queues import inbox
from models.queues.inbox_claim import Throttle

REPLY = "Принято."
LIMITS = Capabilities(text_length=4096, buttons=20, per_second=1e6, per_conversation_second=1e6)


def say(text: str) -> None:
    print(text, flush=True)


def trivial(session: Any, event: Any, world: Any) -> Turn:
    """A dialog that thinks nothing: what is left is the durable path."""
    return Turn(session=session, say=(Say(key="button-yes"),))


@contextmanager
def without_thinking() -> Iterator[None]:
    """Let the turns of this process use `trivial` for the dialog engine."""
    kept = vars(steps)["step"]
    vars(steps)["step"] = trivial
    try:
        yield
    finally:
        vars(steps)["step"] = kept


def trivial_context(channel: str) -> DialogContext:
    """A house whose dialog asks nothing and that answers everything with `REPLY`."""
    nothing = cast(Any, None)
    return DialogContext(
        company=nothing,
        addresses=cast(Any, SimpleNamespace(get=lambda house_id: None)),
        classifier=nothing,
        faq=nothing,
        problems=(),
        catalog=cast(Any, SimpleNamespace(render=lambda key, args: REPLY)),
        capabilities={channel: LIMITS},
        throttle=Throttle(),
        now=lambda: datetime.now(UTC),
    )


async def work(database: Database, turns_at_once: int) -> int:
    """Take turns until nothing waits; return how many."""

    async def loop(turns: Turns) -> int:
        while await turns.work() or await database.transaction(_waiting):
            continue
        return turns.taken

    wakeup, context = LocalWakeup(), trivial_context("bench")
    return sum(await asyncio.gather(*(loop(Turns(context, database, wakeup)) for _ in range(turns_at_once))))


async def _waiting(conn: Any) -> bool:
    return bool(await conn.fetch("SELECT 1 FROM inbox WHERE state = 0 LIMIT 1"))


async def worker(url: str) -> None:
    """Take turns with a handler that does nothing; tell how many were taken."""
    database = await open_database(url, migrate=False)
    try:
        await database.transaction(_waiting)
        say("ready")
        await asyncio.to_thread(sys.stdin.readline)
        with without_thinking():
            say(json.dumps({"taken": await work(database, application.TURNS_AT_ONCE[database.dialect])}))
    finally:
        await database.close()


async def expander(url: str) -> None:
    """Expand broadcasts as the clock does, but without its pause of a second; runs until killed."""
    database = await open_database(url, migrate=False)
    clock = Clock(database, LocalWakeup(), 10, RetentionSettings(), "UTC")
    say("ready")
    await asyncio.to_thread(sys.stdin.readline)
    while True:
        await clock.expand_broadcasts()
        await asyncio.sleep(0.01)


async def owner(url: str) -> None:
    """Contend for a channel; tell the moment when it is ours."""

    async def own() -> None:
        say(f"owned {time.time()}")
        await asyncio.Event().wait()

    leases = PostgresLeases(postgres.parse(url))
    await leases._open()  # the session is open before anybody is killed, as in a process that has run for a while
    say("ready")
    await leases.hold_lease("send:bench", own)


async def hello() -> None:
    """The web server's own limit: an answer, and a webhook's body read as JSON."""

    async def greet(request: web.Request) -> web.Response:
        return web.Response(text="hello")

    async def read(request: web.Request) -> web.Response:
        json.loads(await request.read())
        return web.Response(text="")

    site = web.Application()
    site.add_routes([web.get("/", greet), web.post("/webhook", read)])
    runner = web.AppRunner(site, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    say(f"ready {runner.addresses[0][1]}")
    await asyncio.Event().wait()


def program(mode: str, arguments: list[str]) -> int:
    """`python -m bot` with its dialog switched off: ``accept`` takes no turns, ``trivial`` thinks nothing."""
    if mode == "accept":
        application.TURNS_AT_ONCE.update(sqlite=0, postgres=0)
    with without_thinking() if mode == "trivial" else nullcontext():
        return command_line(arguments)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=("worker", "expander", "owner", "hello", "accept", "trivial", "real"))
    parser.add_argument("--url", default="")
    parser.add_argument("--lanes", type=int, default=inbox.LANES_A_BATCH)
    options, rest = parser.parse_known_args()
    inbox.LANES_A_BATCH = options.lanes
    parts = {"worker": worker, "expander": expander, "owner": owner}
    if options.part in ("accept", "trivial", "real"):
        return program(options.part, rest)
    work = hello() if options.part == "hello" else parts[options.part](options.url)
    try:
        run(work)
    except (KeyboardInterrupt, Unavailable):
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
