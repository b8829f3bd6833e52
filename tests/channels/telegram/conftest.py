"""The Telegram channel on real sockets: the fake Bot API on one side, an inbox in memory on the other."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from channels.telegram.adapter import Telegram
from channels.telegram.config import TelegramConfig
from tests.channels.world import ChannelWorld
from tests.fakes.telegram.api import FakeTelegram


class World(ChannelWorld[Telegram]):
    def __init__(self, telegram: FakeTelegram) -> None:
        super().__init__(telegram)
        self.telegram = telegram

    def channel(self, **settings: object) -> Telegram:
        """A channel of this bot that waits for nothing between its attempts."""
        config = {"token": self.telegram.token, "api_base": self.telegram.base, "poll_timeout_seconds": 20, **settings}
        return Telegram(TelegramConfig(**config), self.files, pause=self.pause)  # type: ignore[arg-type]  # by name

    async def confirmed(self) -> None:
        """Wait until Telegram keeps no update any more."""
        await self.telegram.until(lambda: not self.telegram.updates.pending(), "all updates confirmed")


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with FakeTelegram() as telegram:
        yield World(telegram)
