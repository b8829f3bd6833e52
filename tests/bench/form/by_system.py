"""The report form, 64 conversations at once: our durable core beside bots on other frameworks, in one run by turns.

Run: ``python -m tests.bench.form.by_system [--rounds N] [--forms N] [--dialogs N]``; the last line is JSON.

Ours understands every text and has every message and every turn committed on SQLite FULL; it asks for a photo too, so
its form has six messages where the others' has five. Nobody uses a network: the reply of ours waits in the outbox, the
calls of the others are answered at once.
"""

from __future__ import annotations

import argparse
import asyncio
import contextvars
import gc
import json
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from bot.process.event_loop import run
from channels.contract import Content, Incoming, Press, Start, Text
from dialogs.engine import step
from dialogs.session import Session
from dialogs.world import Known
from tests.bench.durability.rig import Rig, incoming, rig
from tests.bench.form.durable_peer import TortoiseForm
from tests.bench.form.peers import AiogramForm, TelegramBotForm
from tests.bench.form.reports import report
from tests.dialogs.talk import fresh_world

T = TypeVar("T")

AT_ONCE = 64
KEYS = {
    "ours": "Domovoy, SQLite FULL, understanding on",
    "aiogram": AiogramForm.name,
    "ptb": TelegramBotForm.name,
    "tortoise": TortoiseForm.name,
}
OTHER = {
    "ours_without_storing_turns_per_s": "… its turns alone, messages stored before",
    "engine_alone_steps_per_s": "… its dialog engine alone, a fixed world",
}


class System(Protocol):
    name: str

    async def open(self, folder: Path) -> None: ...
    async def close(self) -> None: ...
    def prepare(self, residents: range) -> list[list[Any]]: ...
    async def hear(self, messages: Sequence[Any]) -> None: ...
    async def tickets(self) -> int: ...


def said(resident: int) -> tuple[Content, ...]:
    """What a resident whom we know sends to report something."""
    one = report(resident)
    return Press("report"), Text(one.address), Text(one.phone), Text(one.problem), Press("skip"), Press("confirm")


class Domovoy:
    """Intake and turns as the program runs them."""

    name = KEYS["ours"]

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self._rig: Rig | None = None
        self.turning = 0.0  # seconds spent in turns, the rest is storing what came

    @property
    def rig(self) -> Rig:
        assert self._rig is not None
        return self._rig

    async def open(self, folder: Path) -> None:
        self._rig = await self._stack.enter_async_context(rig(folder))

    async def close(self) -> None:
        await self._stack.aclose()

    def prepare(self, residents: range) -> list[list[Any]]:
        return [[incoming(one, 2 + place, said(one)[place]) for one in residents] for place in range(6)]

    async def greet(self, residents: range) -> None:
        """Let them read the notice on personal data, long before they report anything."""
        greeting: tuple[Content, ...] = (Start(), Press("continue"))
        for number, content in enumerate(greeting):
            await self.hear([incoming(one, number, content) for one in residents])

    async def hear(self, messages: Sequence[Incoming]) -> None:
        """Return when the messages, each a caller of its own, and their turns are committed."""
        await asyncio.gather(*(self.rig.intake([one]) for one in messages))
        started = time.perf_counter()
        while await self.rig.turns.work():
            continue
        self.turning += time.perf_counter() - started

    async def tickets(self) -> int:
        row = await self.rig.database.transaction(lambda conn: conn.fetch_one("SELECT COUNT(*) AS n FROM ticket"))
        return int(row["n"]) if row else 0


@dataclass(slots=True)
class Measured:
    """A system in its own context: two that use Tortoise do not meet. Figures: one of each round."""

    system: System
    context: contextvars.Context = field(default_factory=contextvars.copy_context)
    per_second: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)
    kib: float = 0.0
    kib_at_first: float = 0.0
    forms: int = 0

    async def do(self, work: Coroutine[Any, Any, T]) -> T:
        return await asyncio.create_task(work, context=self.context)

    async def play(self, residents: range, steps: int = 6) -> int:
        """Let these residents send their messages, `AT_ONCE` of them at a time; return how many messages."""
        heard = 0
        for start in range(residents.start, residents.stop, AT_ONCE):
            for messages in self.system.prepare(range(start, min(start + AT_ONCE, residents.stop)))[:steps]:
                await self.system.hear(messages)
                heard += len(messages)
        return heard

    async def round(self, residents: range) -> None:
        prepared = [
            self.system.prepare(range(start, start + AT_ONCE))
            for start in range(residents.start, residents.stop, AT_ONCE)
        ]
        gc.collect()
        cpu, started = time.process_time(), time.perf_counter()
        for form in prepared:
            for messages in form:
                await self.system.hear(messages)
        took, cpu = time.perf_counter() - started, time.process_time() - cpu
        turns = sum(len(messages) for form in prepared for messages in form)
        self.per_second.append(turns / took)
        self.cpu_us.append(cpu / turns * 1e6)
        self.forms += len(residents)

    async def weigh(self, at_first: range, residents: range) -> None:
        """Measure what a half-filled form holds in this process.

        The bounded memories of texts turn over all the time, but only what is allocated while watched is seen to be
        freed. So the first dialogs seem to hold what these memories hold; the others tell what a dialog costs.
        """
        gc.collect()
        tracemalloc.start()
        self.kib_at_first = await self._grown(at_first)
        self.kib = await self._grown(residents)
        tracemalloc.stop()

    async def _grown(self, residents: range) -> float:
        """Return KiB per dialog by which this process grows."""
        before = tracemalloc.get_traced_memory()[0]
        await self.play(residents, 3)
        gc.collect()
        return (tracemalloc.get_traced_memory()[0] - before) / len(residents) / 1024


def engine_alone(forms: int) -> float:
    """Return steps per second of the dialog with a fixed world: the understanding, and nothing around it."""
    world = fresh_world(known=Known(notified=True))
    told = [said(resident) for resident in range(90_000, 90_000 + forms)]
    started, steps = time.perf_counter(), 0
    for contents in told:
        session = Session()
        for content in contents:
            session = step(session, content, world).session
            steps += 1
    return steps / (time.perf_counter() - started)


async def measure(rounds: int, forms: int, dialogs: int) -> dict[str, float]:
    """Return the figures of each system (medians of the rounds), and the ratios of ours to theirs.

    forms: of one round, a multiple of `AT_ONCE`. dialogs: half-filled forms to weigh.
    """
    ours = Domovoy()
    everyone = [Measured(system) for system in (ours, AiogramForm(), TelegramBotForm(), TortoiseForm())]
    turned, engine = [], []
    last = 2 * dialogs + forms * (rounds + 1)
    with tempfile.TemporaryDirectory() as name:
        for number, one in enumerate(everyone):
            folder = Path(name) / str(number)
            folder.mkdir()
            await one.do(one.system.open(folder))
        try:
            await everyone[0].do(ours.greet(range(last)))
            for number in range(rounds + 1):
                ours.turning = 0.0
                for one in everyone:
                    await one.do(one.round(range(number * forms, (number + 1) * forms)))
                turned.append(forms * 6 / ours.turning)
                engine.append(engine_alone(forms))
            for one in everyone:
                await one.do(one.weigh(range(last - 2 * dialogs, last - dialogs), range(last - dialogs, last)))
                opened = await one.do(one.system.tickets())
                assert opened == one.forms, f"{one.system.name}: {opened} of {one.forms} forms became tickets"
        finally:
            for one in everyone:
                await one.do(one.system.close())
    return figures(everyone, turned, engine)


def figures(everyone: Sequence[Measured], turned: list[float], engine: list[float]) -> dict[str, float]:
    """Return medians; the first round only warms up."""
    found: dict[str, float] = {}
    for key, one in zip(KEYS, everyone, strict=True):
        found[f"{key}_turns_per_s"] = round(statistics.median(one.per_second[1:]))
        found[f"{key}_cpu_us_per_turn"] = round(statistics.median(one.cpu_us[1:]))
        found[f"{key}_kib_per_dialog"] = round(one.kib, 1)
        found[f"{key}_kib_per_dialog_at_first"] = round(one.kib_at_first, 1)
        found[f"{key}_tickets"] = one.forms
    found["ours_without_storing_turns_per_s"] = round(statistics.median(turned[1:]))
    found["engine_alone_steps_per_s"] = round(statistics.median(engine[1:]))
    return found


def rows(found: dict[str, float]) -> list[str]:
    """Return the table people read: name, turns per second, ratio to ours, CPU and memory."""
    lines = [f"{'report form, 64 conversations at once':44} {'turns/s':>9} {'ours is':>8} {'CPU µs':>8} {'KiB':>6}"]
    ours = found["ours_turns_per_s"]
    for key, name in KEYS.items():
        speed, cpu, kib = (found[f"{key}_{what}"] for what in ("turns_per_s", "cpu_us_per_turn", "kib_per_dialog"))
        lines.append(f"{name:44} {speed:9.0f} {ours / speed:7.2f}x {cpu:8.0f} {kib:6.1f}")
    for key, name in OTHER.items():
        lines.append(f"{name:44} {found[key]:9.0f} {ours / found[key]:7.2f}x")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--forms", type=int, default=4 * AT_ONCE)
    parser.add_argument("--dialogs", type=int, default=8 * AT_ONCE)
    options = parser.parse_args()
    found = run(measure(options.rounds, options.forms, options.dialogs))
    print("\n".join(rows(found)))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
