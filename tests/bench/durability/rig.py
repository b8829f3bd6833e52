"""The real core over a database in a file and a channel that only takes its time: intake, turns, delivery."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bot.app import TURNS_AT_ONCE
from bot.delivery.sender import Sender
from bot.factory import build_context, import_houses_once, load_knowledge
from bot.parts import shared_parts
from bot.ports.intake import Intake
from bot.settings.schema import DeliverySettings, Settings
from bot.turns.overflow import OverflowWorker
from bot.turns.processor import Turns
from channels.contract import Accept, Capabilities, Content, Incoming, Outgoing, Text
from models.database.database import Database, open_database
from models.queues.backlog import Storm
from models.queues.inbox import GroupCommit

SENT_AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass(slots=True)
class SlowChannel:
    """Answers a send after 5 to 30 ms, as a messenger's server does; notes when."""

    name: str = "bench"
    capabilities: Capabilities = field(
        default_factory=lambda: Capabilities(
            text_length=4096, buttons=20, per_second=1e6, per_conversation_second=1e6, in_flight=100
        )
    )
    random: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311
    answered: dict[str, float] = field(default_factory=dict)  # external id -> perf_counter seconds, first reply
    counted: Callable[[str], bool] = lambda _: True  # whose replies are waited for, by external id
    sent: int = 0
    expected: int = 0
    complete: asyncio.Event = field(default_factory=asyncio.Event)  # `expected` messages have their reply

    async def receive(self, accept: Accept) -> None:
        raise NotImplementedError("the benchmark hands its messages to intake itself")

    async def send(self, message: Outgoing) -> str:
        await asyncio.sleep(self.random.uniform(0.005, 0.03))
        self.sent += 1
        if message.answers and self.counted(message.answers):
            self.answered.setdefault(message.answers, time.perf_counter())
            if len(self.answered) == self.expected:
                self.complete.set()
        return str(self.sent)

    async def close(self) -> None:
        return


@dataclass(slots=True)
class Rig:
    database: Database
    intake: Intake
    turns: Turns
    aside: OverflowWorker
    sender: Sender
    channel: SlowChannel
    more_turns: Sequence[Turns] = ()
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def run_turns(self) -> None:
        works = [*(turns.run for turns in (self.turns, *self.more_turns)), self.aside.run]
        self.tasks += [asyncio.create_task(work()) for work in works]

    def run_delivery(self) -> None:
        self.tasks.append(asyncio.create_task(self.sender.run()))


@asynccontextmanager
async def rig(
    folder: Path, url: str = "", *, settings: Settings | None = None, channel: SlowChannel | None = None
) -> AsyncIterator[Rig]:
    """Build everything as `bot.app` does, on SQLite with `synchronous=FULL` unless `url` says otherwise."""
    settings = settings or Settings()
    database = await open_database(url or f"sqlite://{folder / 'bench.db'}")
    wakeup, leases = shared_parts(database)
    try:
        await import_houses_once(database, settings)
        channel = channel or SlowChannel()
        context = await build_context(database, settings, {channel.name: channel}, load_knowledge(settings))
        storm = Storm(begin_seconds=settings.storm.lag_seconds, leave_seconds=settings.storm.leave_seconds)
        made = Rig(
            database=database,
            intake=Intake(GroupCommit(database), wakeup),
            turns=Turns(context, database, wakeup, storm=storm),
            aside=OverflowWorker(context, database, wakeup),
            sender=Sender(channel, database, wakeup, DeliverySettings()),
            channel=channel,
            more_turns=[
                Turns(context, database, wakeup, storm=storm) for _ in range(1, TURNS_AT_ONCE[database.dialect])
            ],
        )
        yield made
        for task in made.tasks:
            task.cancel()
        await asyncio.gather(*made.tasks, return_exceptions=True)
    finally:
        await leases.close()
        await wakeup.close()
        await database.close()


def incoming(conversation: int, number: int, content: Content) -> Incoming:
    return Incoming(
        channel="bench",
        conversation=f"resident-{conversation}",
        external_id=f"{conversation}:{number}",
        sent_at=SENT_AT,
        content=content,
    )


# Each resident says it in other words, so that nothing is answered from a memory of texts.
SAID = (
    "здравствуйте, это {name}",
    "Продолжить",
    "ул. Садовая, д. 5, кв. {flat}",
    "{name}, +7 903 {phone}",
    "течёт труба в подвале, подъезд {flat}, уже {name} жалуется",
    "когда передавать показания счётчиков за {flat} квартиру?",
    "мои заявки",
    "спасибо",
)


def spoken(number: int, resident: int = 0) -> Text:
    """What a resident says as their number-th message: a mix of form, questions and small talk."""
    name = "".join("абвгдежзик"[int(digit)] for digit in f"{resident:05}")
    words = SAID[number % len(SAID)]
    return Text(words.format(name=f"Ан{name}", flat=resident % 97 + 1, phone=f"{1_000_000 + resident}"))
