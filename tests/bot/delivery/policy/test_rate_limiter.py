from __future__ import annotations

import heapq
import itertools
import random

import pytest

from bot.delivery.policy.rate_limiter import RateLimiter


def play(pace: RateLimiter, seconds: float, late: float = 0.0, way: tuple[float, float] = (0.0, 0.0)) -> list[float]:
    """Start requests as soon as they may, on a clock of our own; return when they arrived.

    late: each look comes up to so many seconds late. way: shortest and longest time of a request to arrive; its answer
    takes the shortest.
    """
    rng, now, arrived = random.Random(4), 100.0, list[float]()  # noqa: S311
    under_way: list[tuple[float, float]] = []  # answered at, started at
    while now < 100.0 + seconds:
        while under_way and under_way[0][0] <= now:
            ended, started = heapq.heappop(under_way)
            pace.answered(started, ended)
        for _ in range(pace.may_start(now)):
            pace.take(now)
            there = now + rng.uniform(*way)
            arrived.append(there)
            heapq.heappush(under_way, (there + way[0], now))
        wait = max(pace.wait_seconds(now), 1e-6) + rng.uniform(0, late)
        now = min(now + wait, max(now, under_way[0][0]) if under_way else now + wait)
    return sorted(arrived)


def most_within(starts: list[float], seconds: float) -> int:
    return max(sum(one <= other < one + seconds for other in starts[place:]) for place, one in enumerate(starts))


@pytest.mark.parametrize("rate", [5, 20, 30, 300])
def test_nearly_all_that_is_allowed_is_used_and_never_more(rate: int) -> None:
    arrived = play(RateLimiter(per_second=rate, per_conversation_second=1), 20.0)
    assert len(arrived) >= 0.98 * rate * 20
    assert most_within(arrived, 1.0) <= rate


@pytest.mark.parametrize("rate", [20, 30, 300])
def test_a_slow_machine_and_an_uneven_way_stay_within_the_limit(rate: int) -> None:
    pace = RateLimiter(per_second=rate, per_conversation_second=1)
    arrived = play(pace, 20.0, late=0.003, way=(0.002, 0.010))
    assert len(arrived) >= 0.98 * rate * 20
    assert most_within(arrived, 1.0) <= rate


def test_a_late_answer_and_a_missing_one_hold_their_place() -> None:
    pace = RateLimiter(per_second=2, per_conversation_second=1)
    for started in (100.0, 100.6):
        assert pace.may_start(started) == 1
        pace.take(started)
    pace.answered(100.0, 100.9)  # perhaps it arrived only now
    assert pace.may_start(101.5) == 0
    assert pace.may_start(101.91) == 1
    pace.take(101.91)
    assert pace.may_start(102.6) == 0  # two are not answered
    pace.answered(100.6, 102.6)
    pace.answered(101.91, 102.7)
    assert pace.wait_seconds(102.8) == pytest.approx(0.805)


def test_a_busy_moment_does_not_hide_how_fast_the_way_is() -> None:
    pace, now = RateLimiter(per_second=300, per_conversation_second=1), 100.0
    for trip in [0.005] * 60 + [0.040] * 100:
        now += 2.0
        pace.take(now)
        pace.answered(now, now + trip)
    pace.take(now + 2.0)
    pace.answered(now + 2.0, now + 2.045)  # perhaps it arrived 5 ms before, as the fast ones did
    assert pace._arrived[-1] == pytest.approx(now + 2.040)


def test_requests_are_spaced_evenly_so_an_urgent_one_waits_for_one_slot_only() -> None:
    arrived = play(RateLimiter(per_second=30, per_conversation_second=1), 10.0)
    gaps = [after - before for before, after in itertools.pairwise(arrived)]
    assert max(gaps) < 0.2


def test_a_rate_below_one_a_second_is_kept() -> None:
    assert len(play(RateLimiter(per_second=0.1, per_conversation_second=1), 100.0)) == 10


def test_one_conversation_waits_without_holding_the_others() -> None:
    pace = RateLimiter(per_second=1000, per_conversation_second=1)
    pace.ended("a", 5.0)
    assert pace.blocked(5.25) == {"a": 0.75}
    assert pace.may_start(5.25) > 0
    assert pace.blocked(6.0) == {}


def test_pause_of_a_conversation_outlasts_its_pace() -> None:
    pace = RateLimiter(per_second=1000, per_conversation_second=1)
    pace.pause_conversation("a", 7.0, 100.0)
    pace.pause_conversation("a", 2.0, 100.0)
    pace.ended("a", 100.0)
    assert pace.blocked(103.0) == {"a": 4.0}
    assert pace.wait_seconds(103.0) == 0.0


def test_pause_of_the_channel_holds_everything() -> None:
    pace = RateLimiter(per_second=30, per_conversation_second=1)
    pace.pause(7.0, 100.0)
    assert pace.wait_seconds(103.0) == 4.0
    assert pace.may_start(103.0) == 0
