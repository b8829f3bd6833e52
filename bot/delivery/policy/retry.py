"""Decisions about messages that were not sent. Pure; the outbox does the waiting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.contract import SendError, SendPriority


@dataclass(frozen=True, slots=True)
class RetryDecision:
    """state: ``retry``, ``dead`` or ``unknown``. at: when to try again or to decide; None: it stays so."""

    state: str
    at: datetime | None = None


def decide_retry(
    error: SendError,
    *,
    attempt: int,
    now: datetime,
    priority: int,
    max_attempts: int,
    longest_pause: timedelta,
    unknown_pause: timedelta,
    idempotent: bool,
    unconfirmed: bool = False,
) -> RetryDecision:
    """Say what becomes of a message whose send failed.

    attempt: 1 after the first failure. now: aware. unconfirmed: an earlier send of it may have arrived.

    The channel's own `retry_after` wins and does not count against `max_attempts`, because a throttled message was
    never looked at. A channel that drops repeats (`idempotent`) is asked again as after any other failure. For any
    other one, a message that may have arrived leaves the queue, and after `unknown_pause` it is decided whether it goes
    out once more. An announcement never does, nor does a message that was unconfirmed before. An urgent one is decided
    at once: what to do about a smell of gas is better read twice than late.
    """
    unknown = error.code == "unknown"
    if unknown and not idempotent:
        if unconfirmed or priority >= SendPriority.ANNOUNCEMENT:
            return RetryDecision("unknown")
        return RetryDecision("unknown", now + unknown_pause if priority > SendPriority.URGENT else now)
    if not error.retryable:
        return RetryDecision("dead")
    if error.code == "throttled":
        return RetryDecision("retry", now + (error.retry_after or timedelta(seconds=1)))
    if attempt >= max_attempts:
        return RetryDecision("unknown" if unknown else "dead")
    return RetryDecision("retry", now + (error.retry_after or min(timedelta(seconds=2**attempt), longest_pause)))
