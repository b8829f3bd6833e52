"""So many requests in any second, nearly all that are allowed, in the order they came."""

from __future__ import annotations

import asyncio

import pytest

from channels.request_limiter import HELD_SECONDS, RequestLimiter
from channels.round_trips import SECOND
from tests.channels.virtual_clock import Clock, Service, most_within_a_second


async def crowd(count: int, requests: int) -> list[float]:
    clock = Clock()
    limiter, service = RequestLimiter(count, clock.seconds, clock.pause), Service(clock)

    async def request(number: int) -> None:
        async with limiter.slot():
            await service.ask(str(number))

    await clock.run(*(asyncio.create_task(request(number)) for number in range(requests)))
    return service.all


@pytest.mark.parametrize("count", [2, 20, 30])
async def test_a_crowd_never_exceeds_the_limit(count: int) -> None:
    arrived = await crowd(count, count * 12)
    assert most_within_a_second(arrived) == count


@pytest.mark.parametrize("count", [20, 30])
async def test_nearly_all_that_is_allowed_is_used(count: int) -> None:
    arrived = await crowd(count, count * 40)
    assert (len(arrived) - 1) / (arrived[-1] - arrived[0]) >= 0.98 * count


async def test_who_comes_first_goes_first() -> None:
    clock, went = Clock(), list[int]()
    limiter = RequestLimiter(2, clock.seconds, clock.pause)

    async def request(number: int) -> None:
        async with limiter.slot():
            went.append(number)
            await clock.pause(0.01)

    await clock.run(*(asyncio.create_task(request(number)) for number in range(9)))
    assert went == list(range(9))


async def test_an_unanswered_request_holds_its_place() -> None:
    clock, started = Clock(), list[float]()
    limiter = RequestLimiter(1, clock.seconds, clock.pause)

    async def request() -> None:
        async with limiter.slot():
            started.append(clock.now)
            await clock.pause(7.0)

    await clock.run(*(asyncio.create_task(request()) for _ in range(2)))
    assert started[1] - started[0] == pytest.approx(7.0 + SECOND)


async def test_whoever_is_cancelled_gives_the_place_back() -> None:
    clock, started = Clock(), list[float]()
    limiter = RequestLimiter(1, clock.seconds, clock.pause)

    async def request() -> None:
        async with limiter.slot():
            started.append(clock.now)

    await clock.run(asyncio.create_task(request()))
    waiting = [asyncio.create_task(request()) for _ in range(3)]  # the first for the second to pass, the others for it
    await asyncio.sleep(0)
    for task in waiting[:2]:
        task.cancel()
    await asyncio.gather(*waiting[:2], return_exceptions=True)
    await clock.run(waiting[2])
    assert [moment - started[0] for moment in started] == [0.0, pytest.approx(SECOND)]


async def test_a_request_that_fails_gives_its_place_back() -> None:
    clock = Clock()
    limiter = RequestLimiter(2, clock.seconds, clock.pause)
    for _ in range(6):
        clock.now += SECOND
        with pytest.raises(ConnectionError):
            async with limiter.slot():
                raise ConnectionError


@pytest.mark.parametrize(("answered", "free"), [(30.0, HELD_SECONDS + SECOND), (0.25, 0.25 + SECOND)])
async def test_an_answer_held_back_holds_no_place(answered: float, free: float) -> None:
    clock, started = Clock(), list[float]()
    limiter = RequestLimiter(1, clock.seconds, clock.pause)

    async def poll() -> None:
        async with limiter.held_slot():
            await clock.pause(answered)

    async def request() -> None:
        await clock.pause(min(answered, 1.0) + 0.1)
        async with limiter.slot():
            started.append(clock.now - 1000.0)

    await clock.run(asyncio.create_task(poll()), asyncio.create_task(request()))
    assert started == [pytest.approx(free)]
