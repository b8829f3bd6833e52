"""Write messages to virtual residents, and read the answers of their server. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from channels.contract import Outgoing, SendError

LONGEST_RETRY = timedelta(hours=1)
UNAUTHORIZED_PAUSE = timedelta(minutes=5)


def body_of(message: Outgoing) -> dict[str, Any]:
    """Return the JSON of one message. Buttons are rows of ``[label, value]``."""
    return {
        "key": message.key,
        "conversation": message.conversation,
        "text": message.text,
        "buttons": [[[button.label, button.value] for button in row] for row in message.buttons],
        "ask": message.ask,
        "attempt": message.attempt,
        "answers": message.answers,
    }


def id_in(status: int, headers: Mapping[str, str], body: bytes) -> str:
    """Return the message's id from the server's answer.

    Raises:
        SendError: the message was refused. A 5xx means that nothing was delivered. A 429 pauses the whole channel,
            unless its body is ``{"scope": "conversation"}``.
    """
    data = _object(body)
    if status == 200:
        return str(data.get("id", ""))
    if status == 429:
        whole = data.get("scope") != "conversation"
        raise SendError("throttled", retryable=True, retry_after=_pause(headers), whole_channel=whole)
    if status == 403:
        raise SendError("blocked_by_resident", retryable=False)
    if status == 404:
        raise SendError("not_found", retryable=False)
    if status == 401:
        raise SendError("unauthorized", retryable=True, retry_after=UNAUTHORIZED_PAUSE, whole_channel=True)
    if status >= 500:
        raise SendError("network", retryable=True, detail=f"status {status}")
    raise SendError("rejected", retryable=False, detail=f"status {status}")


def _object(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _pause(headers: Mapping[str, str]) -> timedelta:
    """Return Retry-After (seconds, fractions allowed), at most `LONGEST_RETRY`; one second without it."""
    try:
        seconds = float(headers.get("Retry-After", "1"))
    except ValueError:
        seconds = 1.0
    if not math.isfinite(seconds):
        seconds = 1.0
    return min(timedelta(seconds=min(max(seconds, 0.0), 1e6)), LONGEST_RETRY)
