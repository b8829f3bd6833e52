"""When a message that was not sent is sent again. Pure decisions; the outbox waits."""

from __future__ import annotations

from datetime import datetime, timedelta

from channels.contract import SendError

UNKNOWN_PAUSE = timedelta(seconds=60)
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
) -> datetime | None:
    """Say when to send again, or ``None`` to give up.

    attempt: 1 after the first failure. now: aware. The channel's own `retry_after` wins and does not count against
    `max_attempts`, because a throttled message was never looked at. A message whose fate is unknown is repeated once
    after a minute; an announcement is not repeated at all.
    """
    if not error.retryable:
        return None
    if error.code == "throttled":
        return now + (error.retry_after or timedelta(seconds=1))
    if error.code == "unknown":
        if priority >= ANNOUNCEMENT or attempt >= UNKNOWN_ATTEMPTS:
            return None
        return now + UNKNOWN_PAUSE
    if attempt >= max_attempts:
        return None
    return now + (error.retry_after or min(timedelta(seconds=2**attempt), longest_pause))
