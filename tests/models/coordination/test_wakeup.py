from __future__ import annotations

import asyncio
import gc

from models.coordination.wakeup import LocalWakeup

LONG = 60.0  # seconds; far above the time limit of a test that would wait it out
GUARD = 30.0


async def test_ring_between_two_waits_is_not_lost() -> None:
    wakeup = LocalWakeup()
    listener = wakeup.listen("inbox")
    wakeup.notify("inbox")
    wakeup.notify("inbox")
    async with asyncio.timeout(GUARD):
        await listener.wait(LONG)


async def test_many_rings_count_as_one() -> None:
    wakeup = LocalWakeup()
    listener = wakeup.listen("inbox")
    wakeup.notify("inbox")
    wakeup.notify("inbox")
    await listener.wait(LONG)
    second = asyncio.create_task(listener.wait(LONG))
    await asyncio.sleep(0)
    assert not second.done()
    wakeup.notify("inbox")
    async with asyncio.timeout(GUARD):
        await second


async def test_every_listener_of_the_topic_hears_and_no_other() -> None:
    wakeup = LocalWakeup()
    waits = [asyncio.create_task(wakeup.wait(topic, LONG)) for topic in ("inbox", "inbox", "outbox")]
    await asyncio.sleep(0)
    wakeup.notify("inbox")
    async with asyncio.timeout(GUARD):
        await asyncio.gather(*waits[:2])
    assert not waits[2].done()
    waits[2].cancel()


async def test_wait_ends_after_its_timeout() -> None:
    await LocalWakeup().wait("inbox", 0.0)


async def test_ring_during_a_cancelled_wait_is_kept_for_the_next() -> None:
    wakeup = LocalWakeup()
    listener = wakeup.listen("inbox")
    waiting = asyncio.create_task(listener.wait(LONG))
    await asyncio.sleep(0)
    waiting.cancel()
    wakeup.notify("inbox")
    await asyncio.wait({waiting})
    async with asyncio.timeout(GUARD):
        await listener.wait(LONG)


async def test_topics_nobody_listens_to_take_no_memory() -> None:
    wakeup = LocalWakeup()
    listeners = [wakeup.listen(f"conversation:web:{number}") for number in range(1000)]
    for number in range(2000):
        wakeup.notify(f"conversation:web:{number}")
    assert wakeup.topic_count() == 1000
    listeners.clear()
    gc.collect()
    assert wakeup.topic_count() == 0
