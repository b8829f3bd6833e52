"""The MAX channel on real sockets: the fake MAX on one side, an inbox in memory on the other."""

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
from channels.max.adapter import WATCH_SECONDS, Max
from channels.max.config import MaxConfig
from tests.fakes.max.api import FakeMax
from tests.fakes.max.updates import FIRST_MARKER

SECRET = "secret_of_the_tests"
PATH = "/max/webhook"


class KilledError(BaseException):
    """The process ended here."""


@dataclass
class Inbox:
    """What `Accept` stores, recognising repeats as the real inbox does."""

    changed: Callable[[], Awaitable[None]]
    events: list[Incoming] = field(default_factory=list)
    offered: int = 0  # with repeats and refusals
    largest: int = 0  # events handed over at once
    refusals: list[BaseException] = field(default_factory=list)  # raised by the next calls, one each
    killed_after_storing: bool = False
    _known: set[str] = field(default_factory=set)

    async def accept(self, events: Sequence[Incoming]) -> int:
        self.offered += len(events)
        self.largest = max(self.largest, len(events))
        try:
            if self.refusals:
                raise self.refusals.pop(0)
            new = {event.external_id: event for event in events if event.external_id not in self._known}
            self.events += new.values()
            self._known |= set(new)
            if self.killed_after_storing:
                raise KilledError
            return len(new)
        finally:
            await self.changed()

    @property
    def contents(self) -> list[object]:
        return [event.content for event in self.events]

    @property
    def in_order(self) -> list[object]:
        """As the inbox gives them to a conversation."""
        return [event.content for event in sorted(self.events, key=lambda event: event.order_key)]


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
class MemoryCursor:
    value: str = ""
    refusals: int = 0  # saves that fail

    async def load(self) -> str:
        return self.value

    async def save(self, value: str) -> None:
        if self.refusals:
            self.refusals -= 1
            raise RuntimeError("disk full")
        self.value = value


@dataclass
class World:
    fake: FakeMax
    inbox: Inbox
    files: MemoryFiles = field(default_factory=MemoryFiles)
    cursor: MemoryCursor = field(default_factory=MemoryCursor)
    pauses: list[float] = field(default_factory=list)
    watches: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    watched: int = 0  # looks at the subscription that began to wait
    sent: int = 0

    def channel(self, **settings: object) -> Max:
        """A channel of this bot whose waiting moves the clock of MAX on instead."""
        config = {"token": self.fake.token, "api_base": self.fake.base, "poll_timeout_seconds": 20, **settings}
        made = MaxConfig(**config)  # type: ignore[arg-type]  # by name
        return Max(made, self.files, self.cursor, monotonic=self.fake.now, pause=self._pause)

    async def _pause(self, seconds: float) -> None:
        if seconds == WATCH_SECONDS:
            self.watched += 1
            await self.fake.changed()
            await self.watches.acquire()
            return
        self.pauses.append(seconds)
        self.fake.advance(seconds)
        await self.fake.changed()

    async def watch(self) -> None:
        """Let the channel look once at its subscription."""
        before = self.watched
        self.watches.release()
        await self.fake.until(lambda: self.watched > before, "a look at the subscription")

    @asynccontextmanager
    async def receiving(self, channel: Max | None = None, **settings: object) -> AsyncIterator[Max]:
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
    async def sending(self, **settings: object) -> AsyncIterator[Max]:
        channel = self.channel(**settings)
        try:
            yield channel
        finally:
            await channel.close()

    @asynccontextmanager
    async def mounted(self, *, receiving: bool = True, **settings: object) -> AsyncIterator[tuple[Max, str]]:
        """The channel behind a web server of ours, as the program mounts it; gives the webhook's address."""
        holder: list[Max] = []

        async def handle(request: web.Request) -> web.Response:
            headers = {name.lower(): value for name, value in request.headers.items()}
            status, body = await holder[0].handle(headers, await request.read())
            return web.Response(status=status, text=body)

        application = web.Application(client_max_size=30_000_000)
        application.router.add_post(PATH, handle)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}"
        holder.append(self.channel(**{"webhook_url": url, "webhook_secret": SECRET, **settings}))
        try:
            if receiving:
                async with self.receiving(holder[0]):
                    await self.fake.until(lambda: self.watched, "subscribed")
                    yield holder[0], url
            else:
                yield holder[0], url
                await holder[0].close()
        finally:
            await runner.cleanup()

    async def stored(self, count: int) -> list[Incoming]:
        """Wait until `count` events are stored; return them."""
        await self.fake.until(lambda: len(self.inbox.events) >= count, f"{count} events stored")
        assert len(self.inbox.events) == count
        return self.inbox.events

    async def confirmed(self) -> None:
        """Wait until MAX keeps no update any more."""
        await self.fake.until(lambda: not self.fake.updates.kept, "all updates confirmed")

    def message(self, conversation: int, text: str = "Здравствуйте", **more: object) -> Outgoing:
        self.sent += 1
        key = f"key-{self.sent}"
        return Outgoing(**{"key": key, "conversation": str(conversation), "text": text, **more})  # type: ignore[arg-type]  # by name


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with FakeMax() as fake:
        mark = MaxConfig(token=fake.token).mark
        yield World(fake, Inbox(fake.changed), cursor=MemoryCursor(f"{mark}:{FIRST_MARKER}"))  # not its first start


def picture(width: int = 320, height: int = 240, kind: str = "JPEG") -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(made, kind)
    return made.getvalue()
