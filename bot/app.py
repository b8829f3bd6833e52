"""Composition root: one process with everything an installation needs, started and stopped in the right order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path

from aiohttp import web

from bot.admin.installation import database_url
from bot.admin.requests import Installation, answer_request
from bot.admin.socket import AdminSocket
from bot.attachments.downloader import Fetcher
from bot.attachments.store import StoredFiles, take_in
from bot.attachments.transcription import HttpTranscriber, Listener
from bot.delivery.command_menus import Menus, commands
from bot.delivery.fallback import Rerouting
from bot.delivery.sender import Sender
from bot.factory import build_channels, build_context, import_houses_once, load_knowledge, printer_of, quiet_hours
from bot.monitoring.health_endpoints import health_routes
from bot.monitoring.metrics import Metrics, version
from bot.monitoring.metrics_endpoint import count_refusals, metrics_routes
from bot.ports.intake import Intake
from bot.process.scheduler import Clock
from bot.settings.schema import Settings
from bot.turns.merge_worker import Linker
from bot.turns.overflow import OverflowWorker
from bot.turns.processor import Turns
from bot.turns.served_houses import HouseRegister
from channels.contract import Channel, Overloaded, Routes, Webhook
from errors import ConfigError
from models.coordination.leases import Leases, OnlyProcess
from models.coordination.wakeup import LocalWakeup, Wakeup
from models.database.connection import Unavailable
from models.database.database import Database, open_database
from models.queues.backlog import Storm
from models.queues.inbox import GroupCommit
from operators.console.app import build_console
from operators.handover.phone_calls import Prompter

logger = logging.getLogger(__name__)

PAUSE_AFTER_FAILURE = 1.0
LONGEST_BODY = 30_000_000  # bytes; routes have tighter limits of their own
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
        self.tasks: list[asyncio.Task[None]] = []

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
        files = StoredFiles(database)
        channels = build_channels(self.settings, files, database, wakeup)
        knowledge = load_knowledge(self.settings)
        await import_houses_once(database, self.settings)  # last: what cannot work changes nothing
        context = await build_context(database, self.settings, channels, knowledge)
        commits = GroupCommit(database)
        settings = self.settings
        storm = Storm(begin_seconds=settings.storm.lag_seconds, leave_seconds=settings.storm.leave_seconds)
        metrics = self._metrics(database, commits, channels, leases)
        metrics.gauge("storm", "Whether this process answers shortly because too much waits", lambda: storm.on)
        intake = Intake(commits, wakeup, metrics)
        limit = settings.files.most_megabytes * 1_000_000
        minutes, zone = settings.handover.alert_minutes, settings.company.timezone
        clock = Clock(database, wakeup, minutes, settings.retention, zone, storm, quiet_hours(settings))
        console = build_console(
            database=database,
            wakeup=wakeup,
            files=files,
            problems=context.problems,
            timezone=self.settings.company.timezone,
            secure_cookies=self.settings.server.public_url.startswith("https://"),
            alert_ms=self.settings.handover.alert_minutes * 60_000,
            photo_bytes=limit,
            storm=storm,
            prompter=Prompter(
                addresses=context.addresses,
                classifier=context.classifier,
                safety=lambda key: context.catalog.render(f"emergency-{key}", {}),
                channels=channels,
            ),
            printer=printer_of(self.settings, channels),
        )
        site = self._site(channels, console, self._watching(database, metrics, stop))
        site.on_response_prepare.append(lambda _, response: count_refusals(metrics, response))
        runner = web.AppRunner(site, access_log=None, shutdown_timeout=3)
        houses = context.addresses if isinstance(context.addresses, HouseRegister) else None
        installed = Installation(settings=settings, database=database, channels=channels, houses=houses)
        admin = AdminSocket(self.data, partial(answer_request, installed))
        await runner.setup()
        try:
            if "worker" in self.roles:
                for _ in range(TURNS_AT_ONCE[database.dialect]):
                    self._supervise("turns", Turns(context, database, wakeup, metrics, storm).run)
                self._supervise("aside", OverflowWorker(context, database, wakeup).run)
                one_way = {name for name, channel in channels.items() if channel.capabilities.one_way}
                self._supervise("linking", Linker(database, wakeup, one_way).run)
            if "delivery" in self.roles:
                menus = Menus(commands(context.catalog))
                self._deliver(channels, intake, leases, database, wakeup, metrics, menus)
                fetcher = Fetcher(channels, files, database, wakeup, limit)
                self._supervise("files", lambda: leases.hold_lease("files", fetcher.run))
                if settings.voice.transcriber_url:
                    listener = Listener(HttpTranscriber(settings.voice), files, database, wakeup)
                    self._supervise("voice", lambda: leases.hold_lease("voice", listener.run))
            if "clock" in self.roles:
                clock.start()
            if "web" in self.roles:
                for channel in served(channels):
                    self._supervise(f"receive {channel.name}", lambda channel=channel: channel.receive(intake))  # type: ignore[misc]  # lambda default
                await admin.open()
            tcp = web.TCPSite(runner, self.settings.server.host, self.settings.server.port)
            await tcp.start()
            self.port = runner.addresses[0][1]
            self.ready.set()
            logger.info("ready", extra={"action": "app.ready", "port": self.port, "roles": sorted(self.roles)})
            await stop.wait()
        finally:
            self.ready.clear()
            await admin.close()
            await clock.stop()
            await self._stop_tasks()  # from here on messages are refused for later; sends under way have ended
            for channel in channels.values():
                await channel.close()  # ends open streams, which the web server would otherwise wait for
            await runner.cleanup()

    def _metrics(
        self, database: Database, commits: GroupCommit, channels: Mapping[str, Channel], leases: Leases
    ) -> Metrics:
        """The metrics of this process, with what its parts count themselves."""
        role = "all" if self.roles == ROLES else ",".join(sorted(self.roles))
        metrics = Metrics({"version": version(), "node": self.settings.server.node_name, "role": role})
        metrics.count("inbox_commits", "Transactions that stored messages", lambda: commits.commits)
        metrics.count("database_failures", "Transactions that failed", lambda: database.failed_transactions)
        for name in channels:
            metrics.know_channel(name)
        metrics.gauge_by_channel(
            "sender_owner",
            "Whether this process sends through a channel now",
            lambda: {name: float(f"send:{name}" in leases.held()) for name in channels},
        )
        return metrics

    def _watching(self, database: Database, metrics: Metrics, stop: asyncio.Event) -> list[web.RouteDef]:
        """What tells others how this process is."""
        server = self.settings.server
        asked = metrics_routes(database, metrics, server.metrics_token) if server.metrics else []
        return [*health_routes(database, self.ready, stop, self.roles), *asked]

    def _deliver(
        self,
        channels: Mapping[str, Channel],
        intake: Intake,
        leases: Leases,
        database: Database,
        wakeup: Wakeup,
        metrics: Metrics,
        menus: Menus,
    ) -> None:
        """Send, and poll where the channel is polled: one process at a time for each channel."""
        polled = set(channels) - {channel.name for channel in served(channels)}
        rerouting = Rerouting({name: channel.capabilities for name, channel in channels.items()})
        for name, channel in channels.items():
            sender = Sender(channel, database, wakeup, self.settings.delivery, metrics=metrics, rerouting=rerouting)
            sending = partial(menus.beside, channel, sender.run)
            self._supervise(f"send {name}", partial(leases.hold_lease, f"send:{name}", sending))
            if name in polled:
                receive = partial(channel.receive, intake)
                self._supervise(f"receive {name}", partial(leases.hold_lease, f"receive:{name}", receive))

    def _site(
        self, channels: Mapping[str, Channel], console: web.Application, routes: list[web.RouteDef]
    ) -> web.Application:
        """Everything over HTTP; a process without the role "web" only tells how it is."""
        site = web.Application(client_max_size=LONGEST_BODY)
        site.add_routes(routes)
        if "web" not in self.roles:
            return site
        for channel in channels.values():
            if isinstance(channel, Routes):
                site.add_routes(channel.routes())
            if isinstance(channel, Webhook) and channel.webhook_path:
                site.router.add_post(channel.webhook_path, webhook_handler(channel))
        site.add_subapp("/console", console)
        return site

    def _supervise(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        self.tasks.append(asyncio.create_task(supervised(name, work), name=name))

    async def _stop_tasks(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


def shared_parts(database: Database) -> tuple[Wakeup, Leases]:
    """What processes of one database share. On SQLite there is one process."""
    if database.dialect == "sqlite":
        return LocalWakeup(), OnlyProcess()
    from models.coordination.postgres_leases import PostgresLeases
    from models.coordination.postgres_wakeup import PostgresWakeup
    from models.database import postgres

    address = postgres.parse(database.url)
    return PostgresWakeup(address), PostgresLeases(address)


def served(channels: Mapping[str, Channel]) -> list[Channel]:
    """Channels that residents or their service reach over our web server; the others are polled."""
    return [channel for channel in channels.values() if isinstance(channel, Routes) or has_webhook(channel)]


def has_webhook(channel: Channel) -> bool:
    """Whether the channel is called by its service; a channel that can be, but polls, has an empty path."""
    return isinstance(channel, Webhook) and bool(channel.webhook_path)


async def supervised(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Keep a loop of the program alive: what it raises is logged, and it starts again after a second."""
    while True:
        try:
            await work()
        except asyncio.CancelledError:
            raise
        except Unavailable as error:
            cause = type(error.__cause__).__name__
            logger.warning("the database is away", extra={"action": "database.away", "part": name, "error": cause})
        except Exception:
            logger.exception("a part failed and starts again", extra={"action": "app.restarted", "part": name})
        await asyncio.sleep(PAUSE_AFTER_FAILURE)


def webhook_handler(channel: Webhook) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            status, body = await channel.handle(headers, await request.read())
        except Overloaded:
            status, body = 503, ""
        return web.Response(status=status, text=body)

    return handle


async def run_until_stopped(app: App, stop: asyncio.Event) -> None:
    """Run and turn Ctrl-C and SIGTERM into a clean stop."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    await app.run(stop)
