from __future__ import annotations

import itertools
import random

import pytest

from bot.pace import SECOND, Pace


def play(pace: Pace, seconds: float, late: float = 0.0) -> list[float]:
    """Start requests as soon as they may, on a clock of our own, each look up to `late` seconds too late."""
    rng, now, started = random.Random(4), 100.0, list[float]()  # noqa: S311
    while now < 100.0 + seconds:
        for _ in range(pace.may_start(now)):
            pace.take(now)
            started.append(now)
        now += max(pace.wait_seconds(now), 1e-6) + rng.uniform(0, late)
    return started


def most_within(starts: list[float], seconds: float) -> int:
    return max(sum(one <= other < one + seconds for other in starts[place:]) for place, one in enumerate(starts))


@pytest.mark.parametrize("rate", [5, 20, 30, 300])
def test_nearly_all_that_is_allowed_is_used_and_never_more(rate: int) -> None:
    started = play(Pace(per_second=rate, per_conversation_second=1), 20.0)
    assert len(started) >= 0.98 * rate * 20
    assert most_within(started, 1.0) <= rate


@pytest.mark.parametrize("rate", [20, 30, 300])
def test_a_slow_machine_catches_up_within_the_limit(rate: int) -> None:
    started = play(Pace(per_second=rate, per_conversation_second=1), 20.0, late=0.01)
    assert len(started) >= 0.98 * rate * 20
    assert most_within(started, SECOND - 0.001) <= rate


def test_requests_are_spaced_evenly_so_an_urgent_one_waits_for_one_slot_only() -> None:
    started = play(Pace(per_second=30, per_conversation_second=1), 10.0)
    gaps = [after - before for before, after in itertools.pairwise(started)]
    assert max(gaps) < 0.2


def test_a_rate_below_one_a_second_is_kept() -> None:
    assert len(play(Pace(per_second=0.1, per_conversation_second=1), 100.0)) == 10


def test_one_conversation_waits_without_holding_the_others() -> None:
    pace = Pace(per_second=1000, per_conversation_second=1)
    pace.ended("a", 5.0)
    assert pace.blocked(5.25) == {"a": 0.75}
    assert pace.may_start(5.25) > 0
    assert pace.blocked(6.0) == {}


def test_pause_of_a_conversation_outlasts_its_pace() -> None:
    pace = Pace(per_second=1000, per_conversation_second=1)
    pace.pause_conversation("a", 7.0, 100.0)
    pace.pause_conversation("a", 2.0, 100.0)
    pace.ended("a", 100.0)
    assert pace.blocked(103.0) == {"a": 4.0}
    assert pace.wait_seconds(103.0) == 0.0


def test_pause_of_the_channel_holds_everything() -> None:
    pace = Pace(per_second=30, per_conversation_second=1)
    pace.pause(7.0, 100.0)
    assert pace.wait_seconds(103.0) == 4.0
    assert pace.may_start(103.0) == 0
