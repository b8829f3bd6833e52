"""When a message that was not sent is sent again. Pure decisions; the outbox waits."""

from __future__ import annotations

from datetime import datetime, timedelta

from channels.contract import SendError

UNKNOWN_ATTEMPTS = 2  # a reply may arrive twice once, never more often
ANNOUNCEMENT = 9  # Say.priority of announcements


def retry_at(
    error: SendError,
    *,
    attempt: int,
    now: datetime,
    priority: int,
    max_attempts: int,
    longest_pause: timedelta,
    unknown_pause: timedelta,
    idempotent: bool,
) -> datetime | None:
    """Say when to send again, or ``None`` to give up.

    attempt: 1 after the first failure. now: aware. The channel's own `retry_after` wins and does not count against
    `max_attempts`, because a throttled message was never looked at. A message whose fate is unknown is repeated once
    after `unknown_pause`; an announcement is not repeated at all. A channel that drops repeats (`idempotent`) is asked
    again as after any other failure.
    """
    if not error.retryable:
        return None
    if error.code == "throttled":
        return now + (error.retry_after or timedelta(seconds=1))
    if error.code == "unknown" and not idempotent:
        if priority >= ANNOUNCEMENT or attempt >= UNKNOWN_ATTEMPTS:
            return None
        return now + unknown_pause
    if attempt >= max_attempts:
        return None
    return now + (error.retry_after or min(timedelta(seconds=2**attempt), longest_pause))
