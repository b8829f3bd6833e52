"""Answers of the gateway, turned into `SendError`. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta

from channels.contract import SendError

UNAUTHORIZED_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=1)


def check_answer(status: int, headers: Mapping[str, str], body: str, success: str) -> None:
    """Return if the gateway accepted the message.

    Raises:
        SendError: it did not. The detail is only the status, because an answer may repeat phone and text.
    """
    detail = f"status {status}"
    if 200 <= status < 300:
        if success and success not in body:
            raise SendError("rejected", retryable=False, detail=f"{detail}, without channels.sms.success")
        return
    if status in (401, 402, 403):  # 402: the account is empty
        raise SendError(
            "unauthorized", retryable=True, retry_after=UNAUTHORIZED_PAUSE, whole_channel=True, detail=detail
        )
    if status == 429:
        raise SendError("throttled", retryable=True, retry_after=pause_of(headers), whole_channel=True, detail=detail)
    if status in (408, 503):
        raise SendError("network", retryable=True, detail=detail)
    if status >= 500:  # the gateway failed midway, or a proxy stopped waiting for it
        raise SendError("unknown", retryable=True, detail=detail)
    raise SendError("rejected", retryable=False, detail=detail)


def pause_of(headers: Mapping[str, str]) -> timedelta:
    """Return Retry-After, from one second to `LONGEST_PAUSE`; one second without it."""
    try:
        seconds = float(headers.get("Retry-After", "1"))
    except ValueError:
        seconds = 1.0
    if not math.isfinite(seconds):
        seconds = 1.0
    return min(timedelta(seconds=min(max(seconds, 1.0), 1e6)), LONGEST_PAUSE)
