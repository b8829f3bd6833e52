"""Figures of the durable path: webhooks, the handler's loop, broadcasts, fail-over, start.

Run: ``python -m tests.bench.durability.all_parts [--database sqlite|postgres|both] [--quick]``; the last line is JSON.
The limits of the same machine are measured in the same run. Progress goes to standard error.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bot.process.event_loop import run
from tests.bench import raw
from tests.bench.durability import core, handler, mass, standing, webhooks
from tests.bench.figures import Figure, as_json, note, quantile, table
from tests.support import postgres

NAMES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much of everything is done."""

    seconds: float = 5.0  # of each load
    messages: int = 20_000  # for the handler
    jobs: int = 1_500  # of Procrastinate
    people: int = mass.PEOPLE
    choices: int = 300
    kills: int = 10  # of owners
    broadcast_kills: int = mass.KILLS
    starts: int = 3
    dialogs: int = 1_000  # open at once, for their memory


QUICK = Sizes(seconds=1.5, messages=4_000, jobs=300, choices=100, kills=3, starts=1, dialogs=200)


class Run:
    """One run: an own folder, an own PostgreSQL when one is wanted, and the figures found so far."""

    def __init__(self, folder: Path, server: postgres.Server | None, sizes: Sizes, *, sqlite: bool = True) -> None:
        self.folder = folder
        self.server = server
        self.sizes = sizes
        self.databases = [*(["sqlite"] if sqlite else []), *(["postgres"] if server else [])]
        self.figures: list[Figure] = []
        self._made = 0

    async def fresh(self, database: str) -> tuple[Path, str]:
        """Return a new folder and, for PostgreSQL, the address of a new database in it; '' for SQLite."""
        self._made += 1
        folder = self.folder / f"part{self._made}"
        folder.mkdir()
        if database == "sqlite" or self.server is None:
            return folder, ""
        return folder, await asyncio.to_thread(postgres.create, self.server.url(), f"part{self._made}")

    def add(
        self, part: str, what: str, value: float, unit: str, target: float | None = None, *, at_most: bool = False
    ) -> None:
        self.figures.append(Figure(part=part, what=what, value=value, unit=unit, target=target, at_most=at_most))

    async def limits(self) -> float:
        busy = os.getloadavg()[0]
        note("disk…")
        disk = raw.disk_commits_per_second(self.folder, min(2.0, self.sizes.seconds))
        self.add(raw.PART, "busy neighbours: load average of the minute before", busy, "processes")
        self.add(raw.PART, "4 kB append + fdatasync", disk, "commits/s")
        self.figures += await raw.web(self.sizes.seconds / 2)
        if self.server:
            self.figures += await raw.server(self.server, self.sizes.seconds / 2)
        return disk

    async def webhooks(self) -> None:
        for database in self.databases:
            for mode in webhooks.MODES:
                folder, url = await self.fresh(database)
                self.figures += await webhooks.measure(NAMES[database], mode, folder, url, self.sizes.seconds)

    async def handlers(self, disk: float) -> None:
        part = "no-op handler, 50 a transaction"
        if "sqlite" in self.databases:
            folder, _ = await self.fresh("sqlite")
            rate = await handler.embedded(folder, self.sizes.messages)
            self.add(part, "SQLite FULL", rate, "messages/s", 10_000)
            self.add(part, "SQLite FULL, of the disk's commits", rate / disk, "times", 1.5)
        if "postgres" in self.databases:
            _, url = await self.fresh("postgres")
            one = await handler.workers(url, self.sizes.messages, 1)
            two = await handler.workers(url, self.sizes.messages, 2)
            self.add(part, "PostgreSQL, 1 worker process", one, "messages/s", 6_000)
            self.add(part, "PostgreSQL, 2 worker processes", two, "messages/s", 9_000)
            _, other = await self.fresh("postgres")
            peer = await handler.procrastinate_jobs(other, self.sizes.jobs)
            self.add(part, "Procrastinate, a lock per conversation, no-op jobs", peer, "jobs/s")
            self.add(part, "PostgreSQL, 1 worker process, of Procrastinate's rate", one / peer, "times", 10)

    async def replies(self) -> None:
        for database in self.databases:
            note(f"{NAMES[database]}, from an update to its reply…")
            folder, url = await self.fresh(database)
            p50, p99, _ = await core.latency(folder, self.sizes.seconds * 2, url=url)
            part = f"update → reply at {core.RATE}/s, {NAMES[database]}"
            self.add(part, "p50 (the channel's 5–30 ms included)", p50, "ms", 50, at_most=True)
            self.add(part, "p99", p99, "ms", 120, at_most=True)

    async def broadcasts(self) -> None:
        sizes = self.sizes
        for database in self.databases:
            folder, url = await self.fresh(database)
            if database == "sqlite":
                found = await mass.embedded(folder, sizes.people, sizes.choices)
            else:
                found = await mass.shared(url, sizes.people, sizes.choices, sizes.broadcast_kills)
            part = f"broadcast, {sizes.people:,} recipients, {NAMES[database]}"
            how = f"{mass.NODES} processes, {found.kills} killed" if url else "1 process"
            self.add(part, f"expanded, {how}", found.seconds, "s", 5, at_most=True)
            self.add(part, "choice of the next 30, p50", quantile(found.choice, 0.5), "ms")
            self.add(part, "choice of the next 30, p99", quantile(found.choice, 0.99), "ms", 5, at_most=True)

    async def leases(self) -> None:
        if "postgres" not in self.databases:
            return
        _, url = await self.fresh("postgres")
        gone = await standing.fail_over(url, self.sizes.kills)
        part = f"fail-over of a channel, {self.sizes.kills} kills"
        self.add(part, "SIGKILL → another owner, median", median(gone), "ms")
        self.add(part, "SIGKILL → another owner, longest", max(gone), "ms", 1_000, at_most=True)

    async def starts(self) -> None:
        for database in self.databases:
            folder, url = await self.fresh(database)
            began = [await standing.start(folder, url) for _ in range(self.sizes.starts)]
            part = f"installation, {NAMES[database]}"
            self.add(part, "start until /healthz says 200", median(one[0] for one in began), "s", 3, at_most=True)
            self.add(part, "idle, all roles, all language data", max(one[1] for one in began), "MiB", 350, at_most=True)
            if url:
                _, small = await standing.start(folder, url, "delivery,clock")
                self.add(part, "idle, roles delivery and clock", small, "MiB", 120, at_most=True)

    async def dialogs(self) -> None:
        if "sqlite" in self.databases:
            folder, _ = await self.fresh("sqlite")
            note("memory of open dialogs…")
            in_memory, on_disk = await core.memory(folder, self.sizes.dialogs)
            part = f"open dialogs, {self.sizes.dialogs:,}"
            self.add(part, "memory of the process per dialog", in_memory / 1024, "KiB", 2, at_most=True)
            self.add(part, "database file per dialog", on_disk / 1024, "KiB")

    async def everything(self) -> list[Figure]:
        disk = await self.limits()
        await self.webhooks()
        await self.handlers(disk)
        await self.replies()
        await self.broadcasts()
        await self.leases()
        await self.starts()
        await self.dialogs()
        return self.figures


def measure(database: str, sizes: Sizes) -> list[Figure]:
    """Measure everything. database: ``sqlite``, ``postgres`` or ``both``."""
    with tempfile.TemporaryDirectory() as name:
        if database == "sqlite":
            return run(Run(Path(name), None, sizes).everything())
        with postgres.server(durable=True) as server:
            return run(Run(Path(name), server, sizes, sqlite=database == "both").everything())


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.durability.all_parts", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--quick", action="store_true", help="a minute instead of several; figures are rougher")
    options = parser.parse_args(arguments)
    try:
        found = measure(options.database, QUICK if options.quick else Sizes())
    except KeyboardInterrupt:
        return 130
    print(table(found))
    print(as_json(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
