"""The VK channel on real sockets: the fake VK on one side, an inbox in memory on the other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from channels.vk.adapter import Vk
from channels.vk.config import VkConfig
from tests.channels.world import ChannelWorld, mounted_at
from tests.fakes.vk.api import FakeVk

SECRET = "secretOfTheTests"


class World(ChannelWorld[Vk]):
    def __init__(self, vk: FakeVk) -> None:
        super().__init__(vk)
        self.vk = vk
        self.stopwatch = 0.0

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
            pause=self.pause,
            monotonic=lambda: self.stopwatch,
        )

    def beginning(self, channel: Vk) -> Callable[[], bool]:
        """When it polls, it has asked once."""
        polls = len(self.vk.events.asked_ts)
        return lambda: bool(channel.webhook_path) or len(self.vk.events.asked_ts) > polls

    @asynccontextmanager
    async def mounted(self, *, receiving: bool = True, **settings: object) -> AsyncIterator[Vk]:
        """The channel behind a web server of ours, as the program mounts it; VK knows its address."""

        def make(url: str) -> Vk:
            self.vk.events.callback_url, self.vk.events.secret = url, SECRET
            return self.channel(**{"callback_url": url, "callback_secret": SECRET, **settings})

        async with mounted_at("/vk/callback", make) as (channel, _):
            try:
                if receiving:
                    async with self.receiving(channel):
                        yield channel
                else:
                    yield channel
                    await channel.close()
            finally:
                self.vk.events.callback_url = ""

    async def confirmed(self) -> None:
        """Wait until the position behind everything that happened is kept."""
        await self.vk.until(lambda: self.cursor.value.endswith(f":{self.vk.events.ts}"), "all events confirmed")


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with FakeVk() as vk:
        yield World(vk)
