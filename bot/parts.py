"""The parts that one process is put together from, each built once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from bot.attachments.store import StoredFiles
from bot.factory import build_channels, build_context, import_houses_once, load_knowledge, printer_of, quiet_hours
from bot.monitoring.metrics import Metrics, version
from bot.ports.intake import Intake
from bot.process.scheduler import Clock
from bot.settings.schema import Settings
from bot.turns.context import DialogContext
from channels.contract import Channel
from models.coordination.leases import Leases, OnlyProcess
from models.coordination.wakeup import LocalWakeup, Wakeup
from models.database.database import Database
from models.queues.backlog import Storm
from models.queues.inbox import GroupCommit
from operators.console.app import build_console
from operators.handover.phone_calls import Prompter


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the roles of a process work with."""

    settings: Settings
    database: Database
    wakeup: Wakeup
    leases: Leases
    files: StoredFiles
    channels: Mapping[str, Channel]
    context: DialogContext
    storm: Storm
    metrics: Metrics
    intake: Intake

    @property
    def most_file_bytes(self) -> int:
        return self.settings.files.most_megabytes * 1_000_000


async def build_parts(settings: Settings, database: Database, wakeup: Wakeup, leases: Leases, role: str) -> Parts:
    """Build the parts of a process; role: its roles, as its metrics name them.

    Raises:
        ConfigError: a channel, the houses or the FAQ cannot be used.
    """
    files = StoredFiles(database)
    channels = build_channels(settings, files, database, wakeup)
    knowledge = load_knowledge(settings)
    await import_houses_once(database, settings)  # last: what cannot work changes nothing
    commits = GroupCommit(database)
    storm = Storm(begin_seconds=settings.storm.lag_seconds, leave_seconds=settings.storm.leave_seconds)
    metrics = Metrics({"version": version(), "node": settings.server.node_name, "role": role})
    _count(metrics, database, commits, channels, leases, storm)
    return Parts(
        settings=settings,
        database=database,
        wakeup=wakeup,
        leases=leases,
        files=files,
        channels=channels,
        context=await build_context(database, settings, channels, knowledge),
        storm=storm,
        metrics=metrics,
        intake=Intake(commits, wakeup, metrics),
    )


def _count(
    metrics: Metrics,
    database: Database,
    commits: GroupCommit,
    channels: Mapping[str, Channel],
    leases: Leases,
    storm: Storm,
) -> None:
    """Add to the metrics what the parts count themselves."""
    metrics.count("inbox_commits", "Transactions that stored messages", lambda: commits.commits)
    metrics.count("database_failures", "Transactions that failed", lambda: database.failed_transactions)
    for name in channels:
        metrics.know_channel(name)
    metrics.gauge_by_channel(
        "sender_owner",
        "Whether this process sends through a channel now",
        lambda: {name: float(f"send:{name}" in leases.held()) for name in channels},
    )
    metrics.gauge("storm", "Whether this process answers shortly because too much waits", lambda: storm.on)


def build_clock(parts: Parts) -> Clock:
    settings = parts.settings
    return Clock(
        parts.database,
        parts.wakeup,
        settings.handover.alert_minutes,
        settings.retention,
        settings.company.timezone,
        parts.storm,
        quiet_hours(settings),
    )


def console_of(parts: Parts) -> web.Application:
    """Build the dispatchers' console of this process."""
    settings, context = parts.settings, parts.context
    return build_console(
        database=parts.database,
        wakeup=parts.wakeup,
        files=parts.files,
        problems=context.problems,
        timezone=settings.company.timezone,
        secure_cookies=settings.server.public_url.startswith("https://"),
        alert_ms=settings.handover.alert_minutes * 60_000,
        photo_bytes=parts.most_file_bytes,
        storm=parts.storm,
        prompter=Prompter(
            addresses=context.addresses,
            classifier=context.classifier,
            safety=lambda key: context.catalog.render(f"emergency-{key}", {}),
            channels=parts.channels,
        ),
        printer=printer_of(settings, parts.channels),
    )


def shared_parts(database: Database) -> tuple[Wakeup, Leases]:
    """Return what processes of one database share. On SQLite there is one process."""
    if database.dialect == "sqlite":
        return LocalWakeup(), OnlyProcess()
    from models.coordination.postgres_leases import PostgresLeases
    from models.coordination.postgres_wakeup import PostgresWakeup
    from models.database import postgres

    address = postgres.parse(database.url)
    return PostgresWakeup(address), PostgresLeases(address)
