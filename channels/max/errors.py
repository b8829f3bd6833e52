"""What an answer of MAX means: its errors read into `SendError`.

``MaxError`` is a request that MAX answered with a refusal, also one inside a 200: a body with ``success: false`` or an
``error_code``. No text of MAX or of the HTTP client goes on: only codes do.
"""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import aiohttp
from aiohttp_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError

from channels.contract import SendError

LONGEST_RETRY = timedelta(hours=1)
THROTTLE_PAUSE = timedelta(seconds=1)  # the limits are per second; whether MAX names a pause is not documented
UNAUTHORIZED_PAUSE = timedelta(minutes=5)
NOT_READY_PAUSE = timedelta(seconds=15)
CODE = re.compile(r"[a-z][a-z0-9_.]{0,59}")
BLOCKED = ("chat.denied", "error.dialog.suspended")
NOT_FOUND = ("error.dialog.notfound", "chat.not.found", "dialog.not.found")
NOT_READY = "attachment.not.ready"
NO_JSON = "no_json"
FILE_GONE = (400, 401, 403, 404, 410)  # said by the server of files, not by the API


class ClosedError(aiohttp.ClientConnectionError):
    """We closed our connections; nothing was sent."""


NOT_SENT = (
    aiohttp.ClientConnectorError,  # a certificate that is not trusted is one, too
    aiohttp.ConnectionTimeoutError,
    ClosedError,
    ProxyConnectionError,
    ProxyError,
    ProxyTimeoutError,
)


class MaxError(Exception):
    """A refusal of MAX. code: MAX's own, or empty."""

    def __init__(self, status: int, code: str = "", *, said: str = "", retry_after: int = 0) -> None:
        super().__init__(f"{status} {code}".strip())
        self.status = status
        self.code = code
        self.retry_after = retry_after  # seconds; 0: MAX named none
        self._said = f"{code} {said}".lower()

    def says(self, *keys: str) -> bool:
        """Whether one of MAX's keys is in the code or in the message: it writes them into either."""
        return any(key in self._said for key in keys)


LIBRARY_ERRORS = (
    MaxError,
    aiohttp.ClientError,
    ProxyConnectionError,
    ProxyError,
    ProxyTimeoutError,
    OSError,  # time limits are among them
)


def answer_of(status: int, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Return the object MAX answered. Raises `MaxError`."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        data = None
    if 200 <= status < 300 and isinstance(data, dict) and not _is_refusal(data):
        return data
    if not isinstance(data, dict):
        raise MaxError(status, NO_JSON, retry_after=_seconds(headers))
    code = next((data[name] for name in ("code", "error_code", "error") if isinstance(data.get(name), str)), "")
    said = " ".join(str(data.get(name, "")) for name in ("message", "error", "error_code"))
    raise MaxError(status, code if CODE.fullmatch(code) else "", said=said, retry_after=_seconds(headers))


def _is_refusal(data: Mapping[str, Any]) -> bool:
    return data.get("success") is False or bool(data.get("error_code")) or isinstance(data.get("code"), str)


def _seconds(headers: Mapping[str, str]) -> int:
    said = headers.get("Retry-After", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0


def as_send_error(error: Exception) -> SendError:
    """Say what became of a message whose request failed with `error`.

    A request that was written but not answered is ``unknown``: MAX may have delivered it.
    """
    if isinstance(error, MaxError):
        return _refused(error)
    if isinstance(error, NOT_SENT):
        return SendError("network", retryable=True, detail=type(error).__name__)
    return SendError("unknown", retryable=True, detail=type(error).__name__)


def _refused(error: MaxError) -> SendError:
    detail = str(error)
    if error.status == 401 or error.says("verify.token"):
        return SendError(
            "unauthorized",
            retryable=True,
            retry_after=UNAUTHORIZED_PAUSE,
            whole_channel=True,
            detail="MAX does not know this token; check channels.max.token",
        )
    if error.status == 429 or error.says("too.many.requests"):
        # MAX does not say whether the chat or the bot is too fast: the whole bot slows down.
        pause = min(timedelta(seconds=error.retry_after), LONGEST_RETRY) or THROTTLE_PAUSE
        return SendError("throttled", retryable=True, retry_after=pause, whole_channel=True)
    if error.says(*NOT_FOUND):
        return SendError("not_found", retryable=False, detail=detail)
    if error.says(*BLOCKED):
        return SendError("blocked_by_resident", retryable=False)
    if error.says(NOT_READY):
        return SendError("rejected", retryable=True, retry_after=NOT_READY_PAUSE, detail=detail)
    if error.code == NO_JSON and 400 <= error.status < 500:  # said by something on the way, which did not pass it on
        return SendError("network", retryable=True, detail=detail)
    if error.status >= 500 or error.code == NO_JSON:
        return SendError("unknown", retryable=True, detail=detail)
    return SendError("not_found" if error.status == 404 else "rejected", retryable=False, detail=detail)


def repeatable(error: Exception) -> SendError:
    """As `as_send_error`, for requests that may be made twice: nothing is ever ``unknown``."""
    found = as_send_error(error)
    return SendError("network", retryable=True, detail=type(error).__name__) if found.code == "unknown" else found


def fetch_error(error: Exception) -> SendError:
    """Say whether a file may be fetched later."""
    if isinstance(error, MaxError) and error.status in FILE_GONE:
        return SendError("not_found", retryable=False, detail=str(error))
    return repeatable(error)


def is_conflict(error: Exception) -> bool:
    """Whether MAX refuses polling because a webhook is set."""
    return isinstance(error, MaxError) and error.status in (405, 409)


def is_untrusted(error: Exception) -> bool:
    """Whether the server's certificate is signed by nobody we trust."""
    return isinstance(error, aiohttp.ClientSSLError | ssl.SSLError)


def cannot_be_edited(error: Exception) -> bool:
    """Whether a message is too old, gone or not ours, so that a new one says it."""
    return as_send_error(error).code in ("rejected", "not_found") and not (
        isinstance(error, MaxError) and error.says(NOT_READY, *NOT_FOUND)
    )
