"""What the tests of every channel share: an inbox, files and a cursor in memory, around a channel on real sockets."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from aiohttp import web
from PIL import Image

from channels.contract import Channel, FileRef, Incoming, Outgoing, Webhook


class KilledError(BaseException):
    """The process ended here."""


class FakeServer(Protocol):
    """The network's side."""

    async def changed(self) -> None:
        """Let everybody who waits look again."""

    async def until(self, happened: Callable[[], object], what: str = "") -> None:
        """Wait until something is so."""


class ReceivingWebhook(Channel, Webhook, Protocol):
    """A channel that its service may call."""


C = TypeVar("C", bound=Channel)
W = TypeVar("W", bound=ReceivingWebhook)


@dataclass
class Inbox:
    """What `Accept` stores, recognising repeats as the real inbox does."""

    changed: Callable[[], Awaitable[None]]
    events: list[Incoming] = field(default_factory=list)
    offered: int = 0  # with repeats and refusals
    largest: int = 0  # events of one call
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
            self._known |= new.keys()
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
    """Kept as the database keeps it: over restarts of the channel."""

    value: str = ""
    changed: Callable[[], Awaitable[None]] | None = None
    saves: int = 0
    failures: list[BaseException] = field(default_factory=list)  # raised by the next saves, one each

    async def load(self) -> str:
        return self.value

    async def save(self, value: str) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.value = value
        self.saves += 1
        if self.changed is not None:
            await self.changed()


class ChannelWorld(Generic[C]):
    """A channel between a fake server and an inbox; it waits for nothing between its attempts."""

    def __init__(self, server: FakeServer, *, cursor: str = "") -> None:
        self.server = server
        self.inbox = Inbox(server.changed)
        self.files = MemoryFiles()
        self.cursor = MemoryCursor(cursor, server.changed)
        self.pauses: list[float] = []
        self.made = 0  # messages

    def channel(self, **settings: object) -> C:
        raise NotImplementedError

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await self.server.changed()

    @asynccontextmanager
    async def receiving(self, channel: C | None = None, **settings: object) -> AsyncIterator[C]:
        """A channel that receives until the block ends."""
        channel = channel or self.channel(**settings)
        began = self.beginning(channel)
        task = asyncio.create_task(channel.receive(self.inbox.accept))
        try:
            await self.server.until(lambda: began() or task.done(), "receiving began")
            yield channel
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await channel.close()

    def beginning(self, channel: C) -> Callable[[], bool]:
        """Return a question, asked after the start: whether the channel receives now, where a test must know."""
        return lambda: True

    @asynccontextmanager
    async def sending(self, **settings: object) -> AsyncIterator[C]:
        channel = self.channel(**settings)
        try:
            yield channel
        finally:
            await channel.close()

    async def stored(self, count: int) -> list[Incoming]:
        """Wait until `count` events are stored; return them."""
        await self.server.until(lambda: len(self.inbox.events) >= count, f"{count} events stored")
        assert len(self.inbox.events) == count
        return self.inbox.events

    def message(self, conversation: object, text: str = "Здравствуйте", **more: object) -> Outgoing:
        self.made += 1
        key = f"key-{self.made}"
        return Outgoing(**{"key": key, "conversation": str(conversation), "text": text, **more})  # type: ignore[arg-type]  # by name


@asynccontextmanager
async def mounted_at(path: str, make: Callable[[str], W]) -> AsyncIterator[tuple[W, str]]:
    """A channel behind a web server of ours, as the program mounts it, with the address of its webhook.

    make: builds the channel for the address.
    """
    application = web.Application(client_max_size=30_000_000)

    async def handle(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        status, body = await channel.handle(headers, await request.read())
        return web.Response(status=status, text=body)

    application.router.add_post(path, handle)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}{path}"
        channel = make(url)
        yield channel, url
    finally:
        await runner.cleanup()


def picture(width: int = 320, height: int = 240, kind: str = "JPEG") -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(made, kind)
    return made.getvalue()
