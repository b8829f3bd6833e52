"""The mail channel on real sockets: a mail service on one side, an inbox in memory on the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from channels.config import SharedSettings
from channels.contract import FileRef, Incoming, Outgoing, PayloadError
from channels.mail.adapter import Mail
from channels.mail.config import MailConfig
from tests.fakes.mail.servers import MailService

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SHARED = SharedSettings(company="УК «Уют»")
SECRET = "a secret of the test mailbox"


class KilledError(BaseException):
    """The process ended here."""


@dataclass
class Inbox:
    """What `Accept` stores, recognising repeats as the real inbox does."""

    changed: Callable[[], Awaitable[None]]
    events: list[Incoming] = field(default_factory=list)
    offered: int = 0  # with repeats and refusals
    biggest: int = 0  # events of one call
    refusals: list[BaseException] = field(default_factory=list)  # raised by the next calls, one each
    killed_after_storing: bool = False

    async def accept(self, events: Sequence[Incoming]) -> int:
        self.offered += len(events)
        self.biggest = max(self.biggest, len(events))
        try:
            if self.refusals:
                raise self.refusals.pop(0)
            known = {event.external_id for event in self.events}
            new = {event.external_id: event for event in events if event.external_id not in known}
            self.events += new.values()
            if self.killed_after_storing:
                raise KilledError
            return len(new)
        finally:
            await self.changed()

    @property
    def contents(self) -> list[object]:
        return [event.content for event in self.events]


class MemoryFiles:
    """Takes what is named like a picture or a document, as the real store takes what is one."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[bytes, str, str]] = {}
        self.failures: list[Exception] = []

    async def put(self, data: bytes, name: str, mime: str) -> FileRef:
        if self.failures:
            raise self.failures.pop(0)
        if not name.lower().endswith((".jpg", ".jpeg", ".png", ".pdf", ".docx")):
            raise PayloadError("not allowed")
        stored = f"stored-{len(self.kept) + 1}"
        self.kept[stored] = (data, mime, name)
        return FileRef(remote_id=stored, name=name, mime=mime, size=len(data))

    async def get(self, stored_name: str) -> tuple[bytes, str, str]:
        return self.kept[stored_name]


@dataclass
class MemoryCursor:
    value: str = ""
    saves: int = 0
    changed: Callable[[], Awaitable[None]] | None = None
    failures: list[BaseException] = field(default_factory=list)

    async def load(self) -> str:
        return self.value

    async def save(self, value: str) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.value = value
        self.saves += 1
        if self.changed is not None:
            await self.changed()


@dataclass
class World:
    service: MailService
    inbox: Inbox
    files: MemoryFiles = field(default_factory=MemoryFiles)
    cursor: MemoryCursor = field(default_factory=MemoryCursor)
    pauses: list[float] = field(default_factory=list)
    now: datetime | None = None  # None: the clock's
    made: int = 0

    def config(self, **settings: object) -> MailConfig:
        given = {
            **self.service.settings,
            "shared": SHARED,
            "secret": SECRET,
            "poll_seconds": 600,
            **settings,
        }
        return MailConfig(**given)  # type: ignore[arg-type]  # by name

    def channel(self, **settings: object) -> Mail:
        """A channel of this box that waits for nothing between its attempts."""
        return Mail(
            self.config(**settings),
            self.files,
            self.cursor,
            now=lambda: self.now or datetime.now(UTC),
            pause=self._pause,
        )

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await self.service.changed()

    @asynccontextmanager
    async def receiving(self, channel: Mail | None = None, **settings: object) -> AsyncIterator[Mail]:
        """A channel that receives until the block ends."""
        channel = channel or self.channel(**settings)
        task = asyncio.create_task(channel.receive(self.inbox.accept))
        try:
            yield channel
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await channel.close()

    @asynccontextmanager
    async def sending(self, **settings: object) -> AsyncIterator[Mail]:
        channel = self.channel(**settings)
        try:
            yield channel
        finally:
            await channel.close()

    async def stored(self, count: int) -> list[Incoming]:
        """Wait until `count` events are stored; return them."""
        await self.service.until(lambda: len(self.inbox.events) >= count, f"{count} events stored")
        assert len(self.inbox.events) == count
        return self.inbox.events

    async def started(self) -> None:
        """Wait until the box was opened and its place is known: from here on every mail is new."""
        await self.service.until(lambda: self.cursor.value, "a place in the box")

    def message(self, conversation: str = "maria@mail.example", text: str = "Здравствуйте", **more: object) -> Outgoing:
        self.made += 1
        key = f"key-{self.made}"
        return Outgoing(**{"key": key, "conversation": conversation, "text": text, **more})  # type: ignore[arg-type]  # by name


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with MailService() as service:
        yield world_of(service)


def world_of(service: MailService) -> World:
    return World(service, Inbox(service.changed), cursor=MemoryCursor(changed=service.changed))


def letter(
    text: str = "В подвале вода", sender: str = "maria@mail.example", subject: str = "Вода", **headers: str
) -> bytes:
    """A plain mail; headers by name with ``_`` for ``-``."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = headers.pop("From", f"Мария Иванова <{sender}>")
    mail["To"] = "hotline@uk-uyut.example"
    mail["Subject"] = subject
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail.as_bytes()
