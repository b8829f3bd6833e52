"""The limits per second, on a clock that only moves when nobody can go on."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, datetime, timedelta

import pytest

from channels.max.pace import CHATS, PER_CHAT, PER_SECOND, Gate

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOON
        self._sleepers: list[tuple[datetime, int, asyncio.Event]] = []
        self._numbers = itertools.count()

    async def pause(self, seconds: float) -> None:
        awake = asyncio.Event()
        self._sleepers.append((self.now + timedelta(seconds=seconds), next(self._numbers), awake))
        await awake.wait()

    async def run(self, *tasks: asyncio.Task[None]) -> None:
        """Wake whoever sleeps shortest, until all tasks ended."""
        while not all(task.done() for task in tasks):
            for _ in range(5):
                await asyncio.sleep(0)
            if self._sleepers:
                self._sleepers.sort()
                moment, _, awake = self._sleepers.pop(0)
                self.now = max(self.now, moment)
                awake.set()


async def entered(chats: list[str], answer_seconds: float = 0.01) -> dict[str, list[float]]:
    """Make one request for each chat at the same time; return when each got in."""
    clock = Clock()
    gate = Gate(lambda: clock.now, clock.pause)
    times: dict[str, list[float]] = {}

    async def enter(chat: str) -> None:
        async with gate.room(chat):
            times.setdefault(chat, []).append((clock.now - NOON).total_seconds())
            await clock.pause(answer_seconds)

    await clock.run(*(asyncio.create_task(enter(chat)) for chat in chats))
    return times


def most_within_a_second(times: list[float]) -> int:
    return max(sum(1 for one in times if start <= one <= start + 1) for start in times)


async def test_a_chat_gets_two_requests_a_second_and_no_fewer() -> None:
    times = await entered(["maria"] * 9)
    assert most_within_a_second(times["maria"]) == PER_CHAT
    assert max(times["maria"]) < 5


async def test_slow_answers_count_from_their_end() -> None:
    times = await entered(["maria"] * 6, answer_seconds=0.4)  # MAX may have seen a request at any moment of these
    firsts, lasts = times["maria"][:-2], times["maria"][2:]
    assert min(last - first for first, last in zip(firsts, lasts, strict=True)) >= 1.4


async def test_a_request_that_fails_gives_its_place_back() -> None:
    clock = Clock()
    gate = Gate(lambda: clock.now, clock.pause)
    for _ in range(PER_CHAT * 3):
        clock.now += timedelta(seconds=1)
        with pytest.raises(ConnectionError):
            async with gate.room("maria"):
                raise ConnectionError


async def test_the_bot_stays_below_thirty_requests_a_second() -> None:
    times = await entered([f"chat {number % 70}" for number in range(100)] + [""] * 20)
    together = [moment for each in times.values() for moment in each]
    assert most_within_a_second(together) <= PER_SECOND
    assert max(together) < 5


async def test_quiet_chats_do_not_wait_for_a_busy_one() -> None:
    times = await entered(["maria"] * 8 + ["oleg"])
    assert times["oleg"] == [0.0]


async def test_a_clock_that_was_set_back_stops_nothing() -> None:
    clock = Clock()
    gate = Gate(lambda: clock.now, clock.pause)
    for _ in range(PER_CHAT):
        async with gate.room("maria"):
            clock.now += timedelta(milliseconds=1)
    clock.now -= timedelta(hours=1)

    async def enter() -> None:
        async with gate.room("maria"):
            pass

    task = asyncio.create_task(enter())
    await clock.run(task)
    assert clock.now < NOON - timedelta(minutes=59)


async def test_forgotten_chats_take_no_memory() -> None:
    clock = Clock()
    gate = Gate(lambda: clock.now, clock.pause)
    for number in range(CHATS + 50):
        clock.now += timedelta(seconds=1)
        async with gate.room(str(number)):
            pass
    assert len(gate._chats) == CHATS
