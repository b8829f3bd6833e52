"""The MAX channel on real sockets: the fake MAX on one side, an inbox in memory on the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from channels.max.adapter import WATCH_SECONDS, Max
from channels.max.config import MaxConfig
from tests.channels.world import ChannelWorld, mounted_at
from tests.fakes.max.api import FakeMax
from tests.fakes.max.updates import FIRST_MARKER

SECRET = "secret_of_the_tests"
PATH = "/max/webhook"


class World(ChannelWorld[Max]):
    def __init__(self, fake: FakeMax, *, cursor: str = "") -> None:
        super().__init__(fake, cursor=cursor)
        self.fake = fake
        self.watches = asyncio.Semaphore(0)
        self.watched = 0  # looks at the subscription that began to wait

    def channel(self, **settings: object) -> Max:
        """A channel of this bot whose waiting moves the clock of MAX on instead."""
        config = {"token": self.fake.token, "api_base": self.fake.base, "poll_timeout_seconds": 20, **settings}
        made = MaxConfig(**config)  # type: ignore[arg-type]  # by name
        return Max(made, self.files, self.cursor, monotonic=self.fake.now, pause=self.pause)

    async def pause(self, seconds: float) -> None:
        if seconds == WATCH_SECONDS:
            self.watched += 1
            await self.fake.changed()
            await self.watches.acquire()
            return
        self.fake.advance(seconds)
        await super().pause(seconds)

    async def watch(self) -> None:
        """Let the channel look once at its subscription."""
        before = self.watched
        self.watches.release()
        await self.fake.until(lambda: self.watched > before, "a look at the subscription")

    @asynccontextmanager
    async def mounted(self, *, receiving: bool = True, **settings: object) -> AsyncIterator[tuple[Max, str]]:
        """The channel behind a web server of ours, as the program mounts it; gives the webhook's address."""
        asked = {"webhook_secret": SECRET, **settings}
        async with mounted_at(PATH, lambda url: self.channel(**{"webhook_url": url, **asked})) as (channel, url):
            if receiving:
                async with self.receiving(channel):
                    await self.fake.until(lambda: self.watched, "subscribed")
                    yield channel, url
            else:
                yield channel, url
                await channel.close()

    async def confirmed(self) -> None:
        """Wait until MAX keeps no update any more."""
        await self.fake.until(lambda: not self.fake.updates.kept, "all updates confirmed")


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with FakeMax() as fake:
        mark = MaxConfig(token=fake.token).cursor_owner
        yield World(fake, cursor=f"{mark}:{FIRST_MARKER}")  # not its first start
