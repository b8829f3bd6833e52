"""Composition root: one process with everything an installation needs, started and stopped in the right order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

from aiohttp import web

from bot.admin.installation import database_url
from bot.admin.requests import Installation, answer_request
from bot.admin.socket import AdminSocket
from bot.attachments.downloader import Fetcher
from bot.attachments.store import take_in
from bot.attachments.transcription import HttpTranscriber, Listener
from bot.delivery.command_menus import Menus, commands
from bot.delivery.fallback import Rerouting
from bot.delivery.sender import Sender
from bot.monitoring.health_endpoints import health_routes
from bot.monitoring.metrics_endpoint import metrics_routes
from bot.parts import Parts, build_clock, build_parts, console_of, shared_parts
from bot.process.supervisor import Supervisor
from bot.settings.schema import Settings
from bot.site import build_site, mount_web, served
from bot.turns.merge_worker import Linker
from bot.turns.overflow import OverflowWorker
from bot.turns.processor import Turns
from bot.turns.served_houses import HouseRegister
from errors import ConfigError
from models.coordination.leases import Leases
from models.coordination.wakeup import Wakeup
from models.database.database import Database, open_database

logger = logging.getLogger(__name__)

ROLES = frozenset({"web", "worker", "delivery", "clock"})
TURNS_AT_ONCE = {"sqlite": 1, "postgres": 2}  # while one waits for the server, another thinks


class App:
    """A running installation. `ready` is set when it answers; `port` is then the port it listens on."""

    def __init__(self, settings: Settings, data: Path, roles: frozenset[str] = ROLES) -> None:
        self.settings = settings
        self.data = data
        self.roles = roles
        self.port = 0
        self.ready = asyncio.Event()
        self._loops = Supervisor()

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set, then stop cleanly: no new messages, ends of sends settled, database closed.

        Raises:
            ConfigError: the database, the houses or the FAQ cannot be used.
            OSError: the port is taken.
        """
        self.data.mkdir(parents=True, exist_ok=True)
        url = database_url(self.settings, self.data)
        if url.startswith("sqlite:") and self.roles != ROLES:
            raise ConfigError(
                "--role: на SQLite работает один процесс со всеми ролями, для нескольких нужен PostgreSQL"
            )
        database = await open_database(url)
        try:
            await self._run(database, stop)
        finally:
            await database.close()

    async def _run(self, database: Database, stop: asyncio.Event) -> None:
        wakeup, leases = shared_parts(database)
        try:
            await self._serve(database, wakeup, leases, stop)
        finally:
            await leases.close()
            await wakeup.close()

    async def _serve(self, database: Database, wakeup: Wakeup, leases: Leases, stop: asyncio.Event) -> None:
        await take_in(database, self.data / "files")
        role = "all" if self.roles == ROLES else ",".join(sorted(self.roles))
        parts = await build_parts(self.settings, database, wakeup, leases, role)
        runner = web.AppRunner(self._site(parts, stop), access_log=None, shutdown_timeout=3)
        await runner.setup()
        async with self._working(parts, runner):
            tcp = web.TCPSite(runner, self.settings.server.host, self.settings.server.port)
            await tcp.start()
            self.port = runner.addresses[0][1]
            self.ready.set()
            logger.info("ready", extra={"action": "app.ready", "port": self.port, "roles": sorted(self.roles)})
            await stop.wait()

    def _site(self, parts: Parts, stop: asyncio.Event) -> web.Application:
        """Build the site; a process without the role "web" only tells how it is."""
        server = parts.settings.server
        asked = metrics_routes(parts.database, parts.metrics, server.metrics_token) if server.metrics else []
        watching = [*health_routes(parts.database, self.ready, stop, self.roles), *asked]
        site = build_site(watching, parts.metrics)
        if "web" in self.roles:
            mount_web(site, parts.channels, console_of(parts))
        return site

    @contextlib.asynccontextmanager
    async def _working(self, parts: Parts, runner: web.AppRunner) -> AsyncIterator[None]:
        """Start the loops of every role; at the end stop what was started, in the order that loses nothing."""
        clock = build_clock(parts)
        houses = parts.context.addresses if isinstance(parts.context.addresses, HouseRegister) else None
        installed = Installation(
            settings=parts.settings, database=parts.database, channels=parts.channels, houses=houses
        )
        admin = AdminSocket(self.data, partial(answer_request, installed))
        try:
            if "worker" in self.roles:
                self._decide(parts)
            if "delivery" in self.roles:
                self._deliver(parts)
                self._handle_files(parts)
            if "clock" in self.roles:
                clock.start()
            if "web" in self.roles:
                self._receive(parts)
                await admin.open()
            yield
        finally:
            self.ready.clear()
            await admin.close()
            await clock.stop()
            await self._loops.stop()  # from here on messages are refused for later; sends under way have ended
            for channel in parts.channels.values():
                await channel.close()  # ends open streams, which the web server would otherwise wait for
            await runner.cleanup()

    def _decide(self, parts: Parts) -> None:
        """Take turns, write throttled messages, merge residents."""
        for _ in range(TURNS_AT_ONCE[parts.database.dialect]):
            turns = Turns(parts.context, parts.database, parts.wakeup, parts.metrics, parts.storm)
            self._loops.start("turns", turns.run)
        self._loops.start("aside", OverflowWorker(parts.context, parts.database, parts.wakeup).run)
        one_way = {name for name, channel in parts.channels.items() if channel.capabilities.one_way}
        self._loops.start("linking", Linker(parts.database, parts.wakeup, one_way).run)

    def _deliver(self, parts: Parts) -> None:
        """Send, and poll where the channel is polled: one process at a time for each channel."""
        polled = set(parts.channels) - {channel.name for channel in served(parts.channels)}
        rerouting = Rerouting({name: channel.capabilities for name, channel in parts.channels.items()})
        menus = Menus(commands(parts.context.catalog))
        for name, channel in parts.channels.items():
            sender = Sender(
                channel,
                parts.database,
                parts.wakeup,
                parts.settings.delivery,
                metrics=parts.metrics,
                rerouting=rerouting,
            )
            sending = partial(menus.beside, channel, sender.run)
            self._loops.start(f"send {name}", partial(parts.leases.hold_lease, f"send:{name}", sending))
            if name in polled:
                receive = partial(channel.receive, parts.intake)
                self._loops.start(f"receive {name}", partial(parts.leases.hold_lease, f"receive:{name}", receive))

    def _handle_files(self, parts: Parts) -> None:
        """Download files, and write voice messages down: one process at a time."""
        fetcher = Fetcher(parts.channels, parts.files, parts.database, parts.wakeup, parts.most_file_bytes)
        self._loops.start("files", partial(parts.leases.hold_lease, "files", fetcher.run))
        if parts.settings.voice.transcriber_url:
            transcriber = HttpTranscriber(parts.settings.voice)
            listener = Listener(transcriber, parts.files, parts.database, parts.wakeup)
            self._loops.start("voice", partial(parts.leases.hold_lease, "voice", listener.run))

    def _receive(self, parts: Parts) -> None:
        """Let the channels that our web server serves take messages."""
        for channel in served(parts.channels):
            self._loops.start(f"receive {channel.name}", partial(channel.receive, parts.intake))


async def run_until_stopped(app: App, stop: asyncio.Event) -> None:
    """Run and turn Ctrl-C and SIGTERM into a clean stop."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    await app.run(stop)
