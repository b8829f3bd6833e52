"""The VK channel on real sockets: the fake VK on one side, an inbox in memory on the other."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from PIL import Image

from channels.contract import FileRef, Incoming, Outgoing
from channels.vk.adapter import Vk
from channels.vk.config import VkConfig
from tests.fakes.vk.api import FakeVk

SECRET = "secretOfTheTests"


class KilledError(BaseException):
    """The process ended here."""


@dataclass
class Inbox:
    """What `Accept` stores, recognising repeats as the real inbox does."""

    changed: Callable[[], Awaitable[None]]
    events: list[Incoming] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    offered: int = 0  # with repeats and refusals
    refusals: list[BaseException] = field(default_factory=list)  # raised by the next calls, one each
    killed_after_storing: bool = False

    async def accept(self, events: Sequence[Incoming]) -> int:
        self.offered += len(events)
        try:
            if self.refusals:
                raise self.refusals.pop(0)
            new = {event.external_id: event for event in events if event.external_id not in self.known}
            self.known |= new.keys()
            self.events += new.values()
            if self.killed_after_storing:
                raise KilledError
            return len(new)
        finally:
            await self.changed()

    @property
    def contents(self) -> list[object]:
        return [event.content for event in self.events]


@dataclass
class MemoryCursor:
    """Kept as the database keeps it: over restarts of the channel."""

    changed: Callable[[], Awaitable[None]]
    value: str = ""

    async def load(self) -> str:
        return self.value

    async def save(self, value: str) -> None:
        self.value = value
        await self.changed()


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
    vk: FakeVk
    inbox: Inbox
    cursor: MemoryCursor
    files: MemoryFiles
    pauses: list[float] = field(default_factory=list)
    stopwatch: float = 0.0
    sent: int = 0

    def channel(self, **settings: object) -> Vk:
        """A channel of this community that waits for nothing between its attempts."""
        config = {
            "token": self.vk.token,
            "group_id": self.vk.group_id,
            "api_base": self.vk.base,
            "poll_timeout_seconds": 20,
            **settings,
        }
        return Vk(
            VkConfig(**config),  # type: ignore[arg-type]  # by name
            self.files,
            self.cursor,
            pause=self._pause,
            monotonic=lambda: self.stopwatch,
        )

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await self.vk.changed()

    @asynccontextmanager
    async def receiving(self, channel: Vk | None = None, **settings: object) -> AsyncIterator[Vk]:
        """A channel that receives until the block ends; when it polls, it has begun."""
        channel = channel or self.channel(**settings)
        polls = len(self.vk.events.asked_ts)
        task = asyncio.create_task(channel.receive(self.inbox.accept))
        try:
            if not channel.webhook_path:
                await self.vk.until(lambda: len(self.vk.events.asked_ts) > polls or task.done(), "polling began")
            yield channel
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await channel.close()

    @asynccontextmanager
    async def sending(self, **settings: object) -> AsyncIterator[Vk]:
        channel = self.channel(**settings)
        try:
            yield channel
        finally:
            await channel.close()

    @asynccontextmanager
    async def mounted(self, *, receiving: bool = True, **settings: object) -> AsyncIterator[Vk]:
        """The channel behind a web server of ours, as the program mounts it; VK knows its address."""
        holder: list[Vk] = []

        async def handle(request: web.Request) -> web.Response:
            headers = {name.lower(): value for name, value in request.headers.items()}
            status, body = await holder[0].handle(headers, await request.read())
            return web.Response(status=status, text=body)

        application = web.Application()
        application.router.add_post("/vk/callback", handle)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/vk/callback"
        self.vk.events.callback_url, self.vk.events.secret = url, SECRET
        holder.append(self.channel(**{"callback_url": url, "callback_secret": SECRET, **settings}))
        try:
            if receiving:
                async with self.receiving(holder[0]):
                    yield holder[0]
            else:
                yield holder[0]
                await holder[0].close()
        finally:
            self.vk.events.callback_url = ""
            await runner.cleanup()

    async def stored(self, count: int) -> list[Incoming]:
        """Wait until `count` events are stored; return them."""
        await self.vk.until(lambda: len(self.inbox.events) >= count, f"{count} events stored")
        assert len(self.inbox.events) == count
        return self.inbox.events

    async def confirmed(self) -> None:
        """Wait until the position behind everything that happened is kept."""
        await self.vk.until(lambda: self.cursor.value.endswith(f":{self.vk.events.ts}"), "all events confirmed")

    def message(self, conversation: object, text: str = "Здравствуйте", **more: object) -> Outgoing:
        self.sent += 1
        key = f"key-{self.sent}"
        return Outgoing(**{"key": key, "conversation": str(conversation), "text": text, **more})  # type: ignore[arg-type]  # by name


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with FakeVk() as vk:
        yield World(vk, Inbox(vk.changed), MemoryCursor(vk.changed), MemoryFiles())


def picture(width: int = 320, height: int = 240, kind: str = "JPEG") -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(made, kind)
    return made.getvalue()
