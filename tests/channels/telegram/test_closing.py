"""Stopping: what is under way ends, nothing begins, nothing is said of a failure."""

from __future__ import annotations

import asyncio
import logging

import pytest

from channels.contract import SendError
from tests.channels.telegram.conftest import World


async def test_a_send_under_way_ends_before_the_connections_close(world: World) -> None:
    maria = world.telegram.resident()
    await maria.start()
    world.telegram.hold("sendMessage")
    channel = world.channel()
    sending = asyncio.create_task(channel.send(world.message(maria.id, "успею")))
    await world.telegram.until(lambda: world.telegram.called("sendMessage"))
    closing = asyncio.create_task(channel.close())
    await asyncio.wait([closing], timeout=0)
    with pytest.raises(SendError) as refused:
        await channel.send(world.message(maria.id, "не успею"))
    await world.telegram.release()
    assert await sending == str(maria.messages[-1]["message_id"])
    await closing
    assert (refused.value.code, refused.value.retryable) == ("network", True)
    assert maria.received() == ["успею"]


async def test_closed_while_it_polls_it_neither_complains_nor_begins_anew(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    channel = world.channel()
    receiving = asyncio.create_task(channel.receive(world.inbox.accept))
    await world.telegram.until(lambda: world.telegram.updates.polls == 1)
    await channel.close()
    await asyncio.wait([receiving], timeout=0)
    again = asyncio.create_task(channel.receive(world.inbox.accept))
    await asyncio.wait([again], timeout=0)
    assert not receiving.done()
    for task in (receiving, again):
        task.cancel()
    await asyncio.gather(receiving, again, return_exceptions=True)
    assert world.telegram.updates.polls == 1
    assert world.pauses == []
    assert caplog.messages == []
