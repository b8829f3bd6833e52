"""The Telegram channel on real sockets: the fake Bot API on one side, an inbox in memory on the other."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from PIL import Image

from channels.contract import FileRef, Incoming, Outgoing
from channels.telegram.adapter import Telegram
from channels.telegram.config import TelegramConfig
from tests.fakes.telegram.api import FakeTelegram


class KilledError(BaseException):
    """The process ended here."""


@dataclass
class Inbox:
    """What `Accept` stores, recognising repeats as the real inbox does."""

    changed: Callable[[], Awaitable[None]]
    events: list[Incoming] = field(default_factory=list)
    offered: int = 0  # with repeats and refusals
    refusals: list[BaseException] = field(default_factory=list)  # raised by the next calls, one each
    killed_after_storing: bool = False

    async def accept(self, events: Sequence[Incoming]) -> int:
        self.offered += len(events)
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
    def __init__(self) -> None:
        self.kept: dict[str, tuple[bytes, str, str]] = {}

    async def put(self, data: bytes, name: str, mime: str) -> FileRef:
        stored = f"stored-{len(self.kept) + 1}"
        self.kept[stored] = (data, mime, name)
        return FileRef(remote_id=stored, name=name, mime=mime, size=len(data))

    async def get(self, stored_name: str) -> tuple[bytes, str, str]:
        return self.kept[stored_name]


@dataclass
class World:
    telegram: FakeTelegram
    inbox: Inbox
    files: MemoryFiles
    pauses: list[float] = field(default_factory=list)
    sent: int = 0

    def channel(self, **settings: object) -> Telegram:
        """A channel of this bot that waits for nothing between its attempts."""
        config = {"token": self.telegram.token, "api_base": self.telegram.base, "poll_timeout_seconds": 20, **settings}
        return Telegram(TelegramConfig(**config), self.files, pause=self._pause)  # type: ignore[arg-type]  # by name

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await self.telegram.changed()

    @asynccontextmanager
    async def receiving(self, channel: Telegram | None = None, **settings: object) -> AsyncIterator[Telegram]:
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
    async def sending(self, **settings: object) -> AsyncIterator[Telegram]:
        channel = self.channel(**settings)
        try:
            yield channel
        finally:
            await channel.close()

    async def stored(self, count: int) -> list[Incoming]:
        """Wait until `count` events are stored; return them."""
        await self.telegram.until(lambda: len(self.inbox.events) >= count, f"{count} events stored")
        assert len(self.inbox.events) == count
        return self.inbox.events

    async def confirmed(self) -> None:
        """Wait until Telegram keeps no update any more."""
        await self.telegram.until(lambda: not self.telegram.updates.pending(), "all updates confirmed")

    def message(self, conversation: int, text: str = "Здравствуйте", **more: object) -> Outgoing:
        self.sent += 1
        key = f"key-{self.sent}"
        return Outgoing(**{"key": key, "conversation": str(conversation), "text": text, **more})  # type: ignore[arg-type]  # by name


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with FakeTelegram() as telegram:
        yield World(telegram, Inbox(telegram.changed), MemoryFiles())


def picture(width: int = 320, height: int = 240, kind: str = "JPEG") -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(made, kind)
    return made.getvalue()
