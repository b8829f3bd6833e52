from __future__ import annotations

import asyncio
import gc

from models.bell import LocalBell

LONG = 60.0  # seconds; far above the time limit of a test that would wait it out
GUARD = 30.0


async def test_ring_between_two_waits_is_not_lost() -> None:
    bell = LocalBell()
    listener = bell.listen("inbox")
    bell.ring("inbox")
    bell.ring("inbox")
    async with asyncio.timeout(GUARD):
        await listener.wait(LONG)


async def test_many_rings_count_as_one() -> None:
    bell = LocalBell()
    listener = bell.listen("inbox")
    bell.ring("inbox")
    bell.ring("inbox")
    await listener.wait(LONG)
    second = asyncio.create_task(listener.wait(LONG))
    await asyncio.sleep(0)
    assert not second.done()
    bell.ring("inbox")
    async with asyncio.timeout(GUARD):
        await second


async def test_every_listener_of_the_topic_hears_and_no_other() -> None:
    bell = LocalBell()
    waits = [asyncio.create_task(bell.wait(topic, LONG)) for topic in ("inbox", "inbox", "outbox")]
    await asyncio.sleep(0)
    bell.ring("inbox")
    async with asyncio.timeout(GUARD):
        await asyncio.gather(*waits[:2])
    assert not waits[2].done()
    waits[2].cancel()


async def test_wait_ends_after_its_timeout() -> None:
    await LocalBell().wait("inbox", 0.0)


async def test_ring_during_a_cancelled_wait_is_kept_for_the_next() -> None:
    bell = LocalBell()
    listener = bell.listen("inbox")
    waiting = asyncio.create_task(listener.wait(LONG))
    await asyncio.sleep(0)
    waiting.cancel()
    bell.ring("inbox")
    await asyncio.wait({waiting})
    async with asyncio.timeout(GUARD):
        await listener.wait(LONG)


async def test_topics_nobody_listens_to_take_no_memory() -> None:
    bell = LocalBell()
    listeners = [bell.listen(f"conversation:web:{number}") for number in range(1000)]
    for number in range(2000):
        bell.ring(f"conversation:web:{number}")
    assert len(bell) == 1000
    listeners.clear()
    gc.collect()
    assert len(bell) == 0
