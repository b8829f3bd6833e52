from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.delivery.policy.retry import RetryDecision, decide_retry
from channels.contract import SendError

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def fate(
    error: SendError, attempt: int = 1, priority: int = 1, *, idempotent: bool = False, unconfirmed: bool = False
) -> RetryDecision:
    return decide_retry(
        error,
        attempt=attempt,
        now=NOW,
        priority=priority,
        max_attempts=5,
        longest_pause=timedelta(minutes=10),
        unknown_pause=timedelta(seconds=60),
        idempotent=idempotent,
        unconfirmed=unconfirmed,
    )


def retry(seconds: float) -> RetryDecision:
    return RetryDecision("retry", NOW + timedelta(seconds=seconds))


def test_permanent_failure_is_not_repeated() -> None:
    assert fate(SendError("blocked_by_resident", retryable=False)) == RetryDecision("dead")


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 2), (2, 4), (4, 16)])
def test_network_failures_back_off(attempt: int, seconds: int) -> None:
    assert fate(SendError("network", retryable=True), attempt) == retry(seconds)


def test_last_attempt_gives_up() -> None:
    assert fate(SendError("network", retryable=True), 5) == RetryDecision("dead")


def test_channels_own_wish_wins_and_throttling_never_gives_up() -> None:
    error = SendError("throttled", retryable=True, retry_after=timedelta(seconds=37))
    assert fate(error, attempt=99) == retry(37)


def test_unknown_fate_is_decided_once_and_never_for_announcements() -> None:
    error = SendError("unknown", retryable=True)
    assert fate(error) == RetryDecision("unknown", NOW + timedelta(seconds=60))
    assert fate(error, attempt=7) == RetryDecision("unknown", NOW + timedelta(seconds=60))
    assert fate(error, priority=0) == RetryDecision("unknown", NOW)
    assert fate(error, unconfirmed=True) == RetryDecision("unknown")
    assert fate(error, priority=9) == RetryDecision("unknown")


def test_a_channel_that_drops_repeats_is_asked_again_like_after_any_failure() -> None:
    error = SendError("unknown", retryable=True)
    assert fate(error, idempotent=True) == retry(2)
    assert fate(error, attempt=4, idempotent=True, unconfirmed=True) == retry(16)
    assert fate(error, attempt=5, idempotent=True, unconfirmed=True) == RetryDecision("unknown")
