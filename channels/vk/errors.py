"""Errors of VK, turned into `SendError`. VK answers most errors with HTTP 200 and an envelope.

No text of VK or of the HTTP client is passed on, because it may contain the address of a call, a resident's words or a
key.

Source: VK API 5.199, `errors.json`; meanings from dev.vk.com, method `messages.send`.
"""

from __future__ import annotations

from datetime import timedelta

import aiohttp

from channels.contract import SendError

UNAUTHORIZED_PAUSE = timedelta(minutes=5)
TOO_FAST_PAUSE = timedelta(seconds=1)
FLOOD_PAUSE = timedelta(minutes=1)
LIMIT_PAUSE = timedelta(minutes=10)  # a quantity limit or a captcha: only time helps
SPAM_PAUSE = timedelta(hours=1)
NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)

UNAUTHORIZED = (4, 5, 16, 17, 24, 25, 27, 28, 1114, 1116, 1117)
BLOCKED = (30, 37, 900, 901, 902, 939, 950, 985, 987, 988)
NOT_FOUND = (18, 39, 113, 927, 936)
UNKNOWN = (1, 10, 13, 36)  # VK failed midway: the message may have been sent
LIMITED = (14, 29, 3300)
SPAM = (983, 984)
NOT_EDITABLE = (15, 100, 104, 909, 910, 917, 920, 949)  # of `messages.edit`: a new message is sent instead


class VkError(Exception):
    """An answer with an error envelope. `code` is VK's. The text is dropped."""

    def __init__(self, code: int) -> None:
        super().__init__(f"VK error {code}")
        self.code = code


class BadAnswerError(Exception):
    """An answer that is not from VK's API or malformed, such as a proxy's page. `status` is HTTP's."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(f"HTTP {status}: {what}")
        self.status = status


LIBRARY_ERRORS = (VkError, BadAnswerError, aiohttp.ClientError, OSError)


def as_send_error(error: Exception) -> SendError:
    """Return the outcome of a message whose call failed with `error`.

    A request that was written but not answered is ``unknown``, because VK may have delivered the message.
    """
    match error:
        case VkError():
            return error_of_code(error.code)
        case BadAnswerError(status=429):
            return SendError("throttled", retryable=True, retry_after=TOO_FAST_PAUSE, whole_channel=True)
        case BadAnswerError(status=413):
            return SendError("rejected", retryable=False, detail="HTTP 413")
    if isinstance(error, NOT_SENT):
        return SendError("network", retryable=True, detail=type(error).__name__)
    return SendError("unknown", retryable=True, detail=type(error).__name__)


def error_of_code(code: int) -> SendError:
    """Return the outcome of a send by VK's `error_code`."""
    detail = f"VK error {code}"
    if code == 6:
        return SendError("throttled", retryable=True, retry_after=TOO_FAST_PAUSE, whole_channel=True, detail=detail)
    if code in (9, 32, 103):  # the same text too often in one conversation
        return SendError("throttled", retryable=True, retry_after=FLOOD_PAUSE, detail=detail)
    if code in LIMITED:
        return SendError("throttled", retryable=True, retry_after=LIMIT_PAUSE, whole_channel=True, detail=detail)
    if code in UNAUTHORIZED:
        return SendError(
            "unauthorized",
            retryable=True,
            retry_after=UNAUTHORIZED_PAUSE,
            whole_channel=True,
            detail=f"{detail}; check channels.vk.token",
        )
    if code in SPAM:
        return SendError("rejected", retryable=True, retry_after=SPAM_PAUSE, detail=detail)
    if code in UNKNOWN:
        return SendError("unknown", retryable=True, detail=detail)
    if code in BLOCKED:
        return SendError("blocked_by_resident", retryable=False, detail=detail)
    return SendError("not_found" if code in NOT_FOUND else "rejected", retryable=False, detail=detail)


def read_error(error: Exception) -> SendError:
    """Like `as_send_error`, for calls that may be repeated: never ``unknown``."""
    failure = as_send_error(error)
    if failure.code != "unknown":
        return failure
    return SendError("network", retryable=True, detail=type(error).__name__)


def fetch_error(error: Exception) -> SendError:
    """Return the outcome of a failed download; retryable if the file may be fetched later."""
    if isinstance(error, BadAnswerError) and error.status in (400, 401, 403, 404, 410):
        return SendError("not_found", retryable=False, detail=f"HTTP {error.status}")
    return read_error(error)
