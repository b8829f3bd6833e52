"""Stopping: nothing is complained about, nothing stays behind."""

from __future__ import annotations

import asyncio
import logging

import pytest

from channels.contract import Text
from tests.channels.vk.conftest import World


async def test_a_channel_closed_while_it_polls_says_nothing(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with world.receiving() as channel:
        await channel.close()
    assert [record.message for record in caplog.records if record.name.startswith("channels.")] == []
    assert world.pauses == []


async def test_a_closed_channel_does_not_poll_again(world: World) -> None:
    channel = world.channel()
    await channel.close()
    task = asyncio.create_task(channel.receive(world.inbox.accept))
    done, _ = await asyncio.wait({task}, timeout=0)
    assert not done
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert world.vk.counts == {}


async def test_presses_that_wait_for_their_answer_end_with_the_channel(world: World) -> None:
    maria = world.vk.resident()
    world.vk.hold("messages.sendMessageEventAnswer")
    async with world.receiving() as channel:
        await maria.press_callback({"press": "menu"})
        await world.vk.until(lambda: world.vk.called("messages.sendMessageEventAnswer"))
        await channel.close()
    await world.vk.release()
    assert len(channel._answers) == 0


async def test_many_presses_at_once_do_not_hold_up_what_we_say(world: World) -> None:
    maria = world.vk.resident()
    world.cursor.value = f"{world.vk.group_id}:{world.vk.events.ts}"
    for number in range(60):
        await maria.press_callback({"press": f"n:{number}"})
    async with world.receiving() as channel:
        await world.stored(60)
        await maria.write("последнее")
        await world.stored(61)
        assert len(channel._answers) <= 20
    assert world.inbox.contents[-1] == Text("последнее")
