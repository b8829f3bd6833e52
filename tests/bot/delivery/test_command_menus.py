from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.delivery.command_menus import NAMES, Menus, commands
from channels.contract import Accept, Capabilities, Command, Outgoing, SendError
from dialogs.buttons.words import meaning
from texts.catalog import Catalog


class Listed:
    """A channel with a list; the first calls end with these errors."""

    name = "listed"
    capabilities = Capabilities(text_length=4000, buttons=5, per_second=100, per_conversation_second=100)

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.shown: list[Sequence[Command]] = []

    async def receive(self, accept: Accept) -> None:
        return

    async def send(self, message: Outgoing) -> str:
        return message.key

    async def close(self) -> None:
        return

    async def set_menu(self, commands: Sequence[Command]) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.shown.append(commands)


LIST = [Command("report", "Подать заявку")]


async def run(menus: Menus, channel: Listed, turns: int = 50) -> None:
    """Work for some turns of the loop, which is longer than the list takes."""

    async def work() -> None:
        for _ in range(turns):
            await asyncio.sleep(0)

    await menus.beside(channel, work)


class Pauses:
    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


async def test_list_is_set_once_however_often_the_channel_is_taken() -> None:
    channel, menus = Listed(), Menus(LIST)
    await run(menus, channel)
    await run(menus, channel)
    assert channel.shown == [tuple(LIST)]


async def test_what_may_pass_is_tried_again_and_the_channels_wish_wins() -> None:
    wish = SendError("throttled", retryable=True, retry_after=timedelta(seconds=30))
    channel, pauses = Listed(SendError("network", retryable=True), wish), Pauses()
    await run(Menus(LIST, pauses), channel)
    assert channel.shown == [tuple(LIST)]
    assert pauses.seconds == [2.0, 30.0]


@pytest.mark.parametrize("error", [SendError("unauthorized", retryable=False), RuntimeError("a bug")])
async def test_what_does_not_pass_is_given_up_and_the_work_goes_on(error: Exception) -> None:
    channel = Listed(error)
    await run(Menus(LIST), channel)
    assert channel.shown == []
    assert channel.errors == []


async def test_work_that_ends_ends_the_attempts() -> None:
    async def for_ever(seconds: float) -> None:
        await asyncio.Event().wait()

    channel = Listed(SendError("network", retryable=True))
    await run(Menus(LIST, for_ever), channel)
    assert channel.shown == []


def test_every_command_is_understood_with_a_slash() -> None:
    shown = commands(Catalog("ru", ZoneInfo("Europe/Moscow")))
    assert [one.name for one in shown] == list(NAMES)
    meant = {one.name: meaning(f"/{one.name}") for one in shown}
    assert meant == {
        "start": "menu",
        "report": "report",
        "status": "status",
        "question": "faq",
        "dispatcher": "operator",
        "privacy": "policy",
        "help": "menu",
    }
