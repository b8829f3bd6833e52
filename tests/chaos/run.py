"""Kill, cut and crash a whole installation while a thousand residents write; then count what went wrong.

Run: ``python -m tests.chaos.run --database sqlite|postgres [--updates N] [--kills N] [--keyless] ...``; the last line
is JSON. Exit code 1 when anything was lost, done twice or done out of order.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it ships no types

from tests.chaos.fake_server import FakeServer
from tests.chaos.fleet import PATIENCE, Fleet, fleet_of
from tests.chaos.proxy import Wire
from tests.chaos.residents import SCRIPT, Residents
from tests.chaos.verdict import QUESTIONS, Rows, judge
from tests.support import postgres

Blow = Callable[[], Awaitable[None]]
MUST_BE_ZERO = (
    *("lost", "invented", "unsettled", "strange"),
    *("extra_turns", "extra_lines", "extra_tickets", "same_number"),
    *("order_turns", "order_channel"),
)
CUT_SECONDS = 4.0
WINDOW = 30  # sends under way at once, so the most repeats that one blow may cause where repeats are not dropped


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one run does to an installation."""

    database: str = "sqlite"
    updates: int = 10_000
    kills: int = 8
    keyed: bool = True
    nodes: int = 1
    crashes: int = 0  # of the database server
    cuts: int = 0  # of one node's connections to the database
    seed: int = 1


@dataclass(slots=True)
class Run:
    """One installation under one plan."""

    plan: Plan
    fake_server: FakeServer
    fleet: Fleet
    residents: Residents
    killed: list[tuple[float, str]] = field(default_factory=list)  # when, which node, while another one was up

    async def kill(self) -> None:
        node = await self.fleet.some_node()
        if sum(one.up.is_set() for one in self.fleet.nodes) > 1:
            self.killed.append((time.monotonic(), node.name))
        node.kill()

    async def cut(self, wire: Wire, *, silently: bool) -> None:
        """Cut one node off from the database for a while, during which the others go on."""
        wire.cut(silently=silently)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CUT_SECONDS):
                await self.fake_server.until(self.residents.updates)
        wire.heal()

    async def blows(self, blows: Sequence[Blow]) -> None:
        """Deal the blows in this order, evenly spread over the messages that are delivered."""
        for number, blow in enumerate(blows, 1):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await self.fake_server.until(number * self.residents.updates // (len(blows) + 1))
            await blow()

    async def play(self, blows: Sequence[Blow]) -> float:
        """Let everybody live until all is said, delivered and quiet; return how many seconds it took."""
        started = time.monotonic()
        async with asyncio.TaskGroup() as group:
            group.create_task(self.residents.live())
            group.create_task(self.blows(blows))
        await self.residents.silence()
        return time.monotonic() - started

    def summary(self, answers: dict[str, Rows], seconds: float) -> dict[str, Any]:
        gaps = takeovers(self.killed, self.fake_server.calls)
        nodes, fake_server = self.fleet.nodes, self.fake_server
        return {
            "database": self.plan.database,
            "nodes": len(nodes),
            "keyed": self.plan.keyed,
            "updates": self.residents.updates,
            "told_twice": self.residents.twice,
            "told_again": self.fleet.refused,
            "kills": sum(node.kills for node in nodes),
            "deaths": sum(node.deaths for node in nodes),
            "crashes": self.plan.crashes,
            "cuts": self.plan.cuts,
            **judge(answers, self.residents, fake_server),
            "dropped": fake_server.dropped,
            "visible": fake_server.visible - fake_server.invited,
            "invited": fake_server.invited,
            "troubles": dict(sorted(fake_server.troubles.items())),
            "takeovers_ms": sorted(round(gap * 1000) for gap in gaps),
            "seconds": round(seconds, 1),
        }


def wrong(summary: dict[str, Any]) -> dict[str, Any]:
    """Return the figures that must be 0 and are not, and the repeats when there are too many of them."""
    found = {name: summary[name] for name in MUST_BE_ZERO if summary[name]}
    blows = summary["kills"] + summary["deaths"] + summary["crashes"] + summary["cuts"]
    if summary["unsure"] > (0 if summary["keyed"] else WINDOW * blows):
        found["unsure"] = summary["unsure"]
    if summary["visible"] > (0 if summary["keyed"] else WINDOW * blows):
        found["visible"] = summary["visible"]
    return found


def takeovers(killed: Sequence[tuple[float, str]], calls: Sequence[tuple[float, str]]) -> list[float]:
    """For each kill of the node that was sending: seconds until another node sent."""
    gaps = []
    for at, node in killed:
        before = [name for moment, name in calls if moment <= at]
        after = [moment for moment, name in calls if moment > at and name != node]
        if before and before[-1] == node and after:
            gaps.append(after[0] - at)
    return gaps


async def on_sqlite(plan: Plan, folder: Path) -> dict[str, Any]:
    """One process, one file."""
    fake_server = FakeServer(keyed=plan.keyed, rng=chance(plan))
    await fake_server.open()
    fleet = fleet_of(folder, 1, fake_server.base, keyed=plan.keyed, databases={})
    try:
        await fleet.open()
        run = run_of(plan, fake_server, fleet)
        seconds = await run.play([run.kill] * plan.kills)
    finally:
        await fleet.close()
        await fake_server.close()
    return run.summary(read_sqlite(fleet.nodes[0].data / "domovoy.db"), seconds)


async def on_postgres(plan: Plan, folder: Path, server: postgres.Server) -> dict[str, Any]:
    """Several nodes, each with a wire of its own to one server."""
    fake_server = FakeServer(keyed=plan.keyed, rng=chance(plan))
    await fake_server.open()
    wires = [Wire(server.port) for _ in range(plan.nodes)]
    for wire in wires:
        await wire.open()
    address = server.url().replace(f":{server.port}/", ":{}/")
    databases = {f"node-{number}": address.format(wire.port) for number, wire in enumerate(wires, 1)}
    fleet = fleet_of(folder, plan.nodes, fake_server.base, keyed=plan.keyed, databases=databases)
    try:
        await fleet.open()
        run = run_of(plan, fake_server, fleet)
        seconds = await run.play(blows_of(plan, run, wires, server))
    finally:
        await fleet.close()
        for wire in wires:
            await wire.close()
        await fake_server.close()
    return run.summary(await read_postgres(server.url()), seconds)


def blows_of(plan: Plan, run: Run, wires: Sequence[Wire], server: postgres.Server) -> list[Blow]:
    """All blows of a plan in a random order, the same for the same seed."""

    async def crash() -> None:
        await asyncio.to_thread(server.stop, "immediate")
        await asyncio.to_thread(server.start)

    rng = chance(plan)
    cuts = [partial(run.cut, rng.choice(wires), silently=bool(number % 2)) for number in range(plan.cuts)]
    blows: list[Blow] = [*[run.kill] * plan.kills, *[crash] * plan.crashes, *cuts]
    rng.shuffle(blows)
    return blows


async def read_postgres(url: str) -> dict[str, Rows]:
    connection = await asyncpg.connect(url.replace("asyncpg://", "postgresql://", 1))
    try:
        return {name: [dict(row) for row in await connection.fetch(sql)] for name, sql in QUESTIONS.items()}
    finally:
        await connection.close()


def run_of(plan: Plan, fake_server: FakeServer, fleet: Fleet) -> Run:
    return Run(plan, fake_server, fleet, Residents(fleet, fake_server, plan.updates // len(SCRIPT), rng=chance(plan)))


def chance(plan: Plan) -> random.Random:
    return random.Random(plan.seed)  # noqa: S311


def read_sqlite(file: Path) -> dict[str, Rows]:
    connection = sqlite3.connect(file)
    connection.row_factory = sqlite3.Row
    try:
        return {name: [dict(row) for row in connection.execute(sql)] for name, sql in QUESTIONS.items()}
    finally:
        connection.close()


async def chaos(plan: Plan, folder: Path) -> dict[str, Any]:
    """Carry out one plan in an empty folder; return its figures."""
    async with asyncio.timeout(PATIENCE * 5):
        if plan.database == "sqlite":
            return await on_sqlite(plan, folder)
        with postgres.server(durable=True) as server:
            return await on_postgres(plan, folder, server)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    for name, value in (("updates", 10_000), ("kills", 8), ("nodes", 3), ("crashes", 0), ("cuts", 0), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--keyless", action="store_true", help="the fake server shows what comes twice")
    options = vars(parser.parse_args())
    plan = Plan(keyed=not options.pop("keyless"), **options)
    with tempfile.TemporaryDirectory() as name:
        summary = asyncio.run(chaos(plan, Path(name)))
    print(json.dumps(summary))
    if found := wrong(summary):
        print(f"wrong: {found}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
