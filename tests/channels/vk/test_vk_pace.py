"""VK's limit per second: every method of the API waits in the same line."""

from __future__ import annotations

import asyncio
from typing import Any

from channels.vk.api import REQUESTS_PER_SECOND, VkApi
from channels.vk.config import VkConfig
from tests.channels.virtual_clock import Clock, Service, most_within_a_second

CONFIG = VkConfig(token="vk1.a.token_of_the_tests_0123", group_id=1)


class TimedApi(VkApi):
    """Its requests take time of the clock instead of the network's."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(CONFIG, clock.seconds, clock.pause)
        self.service = Service(clock)

    async def _json(self, verb: str, url: str, total_seconds: float, **more: Any) -> tuple[int, dict[str, Any]]:
        await self.service.ask(url.rpartition("/")[2])
        return 200, {"response": 1}


async def test_sends_bulks_uploads_and_answers_together_stay_within_the_limit() -> None:
    clock = Clock()
    api = TimedApi(clock)
    methods = {
        "messages.send": 120,
        "execute": 20,
        "photos.getMessagesUploadServer": 10,
        "messages.sendMessageEventAnswer": 50,
    }

    async def call(method: str) -> None:
        await api.call(method, {})

    calls = [call(method) for method, count in methods.items() for _ in range(count)]
    await clock.run(*(asyncio.create_task(one) for one in calls))
    assert {method: len(times) for method, times in api.service.arrived.items()} == methods
    assert most_within_a_second(api.service.all) == REQUESTS_PER_SECOND
    assert api.service.all[-1] - api.service.all[0] < 200 / REQUESTS_PER_SECOND


async def test_a_reply_waits_for_nobody_who_comes_later() -> None:
    clock = Clock()
    api = TimedApi(clock)

    async def call(method: str, at: float) -> None:
        await clock.pause(at)
        await api.call(method, {})

    presses = [call("messages.sendMessageEventAnswer", number / 25) for number in range(250)]  # more than VK takes
    await clock.run(*(asyncio.create_task(one) for one in [*presses, call("messages.send", 1.4)]))
    assert api.service.arrived["messages.send"][0] - 1001.4 < 1.0
    assert most_within_a_second(api.service.all) == REQUESTS_PER_SECOND


async def test_long_poll_and_upload_servers_are_not_counted() -> None:
    clock = Clock()
    api = TimedApi(clock)
    start = clock.now

    async def elsewhere() -> None:
        for _ in range(REQUESTS_PER_SECOND):
            await api.poll("https://lp.vk.example/wh1", "key", "1", 25)
            await api.upload("https://up.vk.example/photo", "photo", b"1", "a.jpg", "image/jpeg")

    async def call() -> None:
        await api.call("messages.send", {})

    await clock.run(asyncio.create_task(elsewhere()))
    await clock.run(asyncio.create_task(call()))
    assert clock.now - start < 1.0
