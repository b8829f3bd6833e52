"""A thousand residents who report two problems each, and never give up."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.fake_server import FakeServer
from tests.chaos.fleet import PATIENCE, Fleet

# (kind, what is sent, how the transcript shows it); two tickets come of it
SCRIPT = (
    ("text", "Лифт не работает второй день", ""),
    ("press", "continue", "Продолжить"),
    ("text", "ул. Садовая, 5, кв. {flat}", ""),
    ("text", "Анна, 8 903 {phone}", ""),
    ("press", "skip", "Без фото"),
    ("press", "confirm", "Отправить заявку"),
    ("text", "Не работает домофон, ул. Садовая, 5, кв. {flat}", ""),
    ("press", "phone:last", "+7 903 {shown}"),
    ("press", "skip", "Без фото"),
    ("press", "confirm", "Отправить заявку"),
)
TICKETS = 2  # of each conversation
AT_ONCE = 150  # conversations under way at any time
TWICE = 0.01  # share of the updates that are delivered twice on purpose
ANSWER_SECONDS = 30.0
HASTY = 3  # every third resident writes on without waiting for an answer


@dataclass(slots=True)
class Residents:
    """Plays `count` conversations; what is counted here is what the verdict expects."""

    fleet: Fleet
    fake_server: FakeServer
    count: int
    rng: random.Random = field(default_factory=lambda: random.Random(11))  # noqa: S311
    twice: int = 0
    silent: asyncio.Event = field(default_factory=asyncio.Event)  # everything is said and acknowledged

    @property
    def updates(self) -> int:
        return self.count * len(SCRIPT)

    async def live(self) -> None:
        """Return when every resident has said everything and every update was acknowledged."""
        numbers = iter(range(self.count))

        async def slot() -> None:
            for number in numbers:
                await self._converse(number)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(AT_ONCE, self.count)):
                group.create_task(slot())
        self.silent.set()

    async def silence(self) -> None:
        """Wait until all is said, answered and settled."""
        await self.silent.wait()
        await self.fleet.until_quiet()

    async def _converse(self, number: int) -> None:
        for place in range(len(SCRIPT)):
            event = decode_event(number, place)
            await self._send(event)
            if number % HASTY:
                with contextlib.suppress(TimeoutError):  # writes on; the verdict counts what was lost
                    async with asyncio.timeout(ANSWER_SECONDS):
                        await self.fake_server.answered(event["id"])

    async def _send(self, event: dict[str, Any]) -> None:
        if self.rng.random() < TWICE:
            self.twice += 1
            if self.rng.random() < 0.5:  # at the same moment, perhaps to two nodes
                await asyncio.gather(self.fleet.tell([event]), self.fleet.tell([event]))
                return
            await self.fleet.tell([event])
        await self.fleet.tell([event])


@asynccontextmanager
async def living(fleet: Fleet, fake_server: FakeServer, count: int) -> AsyncIterator[Residents]:
    """Residents who write while the block runs; `silence` waits for the end of it all."""
    try:
        await fleet.open()
        residents = Residents(fleet, fake_server, count)
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
            group.create_task(residents.live())
            yield residents
    finally:
        await fleet.close()
        await fake_server.close()


def name_of(number: int) -> str:
    return f"resident-{number}"


def decode_event(number: int, place: int) -> dict[str, Any]:
    """The place-th thing this resident does."""
    kind, said, _ = SCRIPT[place]
    field_name = "text" if kind == "text" else "value"
    return {
        "id": f"{number}:{place}",
        "conversation": name_of(number),
        "order": place + 1,
        "kind": kind,
        field_name: said.format(**facts_of(number)),
    }


def is_told_in_order(number: int, lines: Sequence[str]) -> bool:
    """Whether a transcript shows this resident's lines, all of them and in order.

    A press shows its button's label, or its value when a hasty resident pressed what was not yet offered.
    """
    facts = facts_of(number)
    shown = [{(label or said).format(**facts), said.format(**facts)} for _, said, label in SCRIPT]
    return len(lines) == len(shown) and all(line in either for line, either in zip(lines, shown, strict=True))


def facts_of(number: int) -> dict[str, str]:
    digits = f"{1_000_000 + number}"
    return {
        "flat": str(number % 20 + 6),
        "phone": f"{digits[:3]}-{digits[3:5]}-{digits[5:]}",
        "shown": f"{digits[:3]}-{digits[3:5]}-{digits[5:]}",
    }


def masked(text: str) -> str:
    """A text without what differs between residents and moments, so that all transcripts must be the same."""
    return re.sub(r"\d+", "0", re.sub(r"\d{1,2} [а-я]+, \d\d:\d\d", "…", text))
