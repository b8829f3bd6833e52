from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.retry import retry_at
from channels.contract import SendError

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def again(error: SendError, attempt: int = 1, priority: int = 1, *, idempotent: bool = False) -> timedelta | None:
    moment = retry_at(
        error,
        attempt=attempt,
        now=NOW,
        priority=priority,
        max_attempts=5,
        longest_pause=timedelta(minutes=10),
        unknown_pause=timedelta(seconds=60),
        idempotent=idempotent,
    )
    return None if moment is None else moment - NOW


def test_permanent_failure_is_not_repeated() -> None:
    assert again(SendError("blocked_by_resident", retryable=False)) is None


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 2), (2, 4), (4, 16)])
def test_network_failures_back_off(attempt: int, seconds: int) -> None:
    assert again(SendError("network", retryable=True), attempt) == timedelta(seconds=seconds)


def test_last_attempt_gives_up() -> None:
    assert again(SendError("network", retryable=True), 5) is None


def test_channels_own_wish_wins_and_throttling_never_gives_up() -> None:
    error = SendError("throttled", retryable=True, retry_after=timedelta(seconds=37))
    assert again(error, attempt=99) == timedelta(seconds=37)


def test_unknown_fate_is_repeated_once_and_announcements_never() -> None:
    error = SendError("unknown", retryable=True)
    assert again(error) == timedelta(seconds=60)
    assert again(error, attempt=2) is None
    assert again(error, priority=9) is None


def test_a_channel_that_drops_repeats_is_asked_again_like_after_any_failure() -> None:
    error = SendError("unknown", retryable=True)
    assert again(error, idempotent=True) == timedelta(seconds=2)
    assert again(error, attempt=4, idempotent=True) == timedelta(seconds=16)
    assert again(error, attempt=5, idempotent=True) is None
