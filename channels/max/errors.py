"""Errors of MAX, turned into `SendError`.

``MaxError`` is a refused request. A 200 with ``success: false`` or an ``error_code`` in its body is a refusal too.
Only codes are passed on, never the text of MAX or of the HTTP client.
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
THROTTLE_PAUSE = timedelta(seconds=1)  # the limits are per second; a pause named by MAX is not documented
UNAUTHORIZED_PAUSE = timedelta(minutes=5)
NOT_READY_PAUSE = timedelta(seconds=15)
CODE = re.compile(r"[a-z][a-z0-9_.]{0,59}")
BLOCKED = ("chat.denied", "error.dialog.suspended")
NOT_FOUND = ("error.dialog.notfound", "chat.not.found", "dialog.not.found")
NOT_READY = "attachment.not.ready"
NO_JSON = "no_json"
FILE_GONE = (400, 401, 403, 404, 410)  # answers of the file server, not of the API


class ClosedError(aiohttp.ClientConnectionError):
    """Our connections are closed; nothing was sent."""


NOT_SENT = (
    aiohttp.ClientConnectorError,  # includes an untrusted certificate
    aiohttp.ConnectionTimeoutError,
    ClosedError,
    ProxyConnectionError,
    ProxyError,
    ProxyTimeoutError,
)


class MaxError(Exception):
    """A refusal of MAX. code: MAX's own, or empty. text: searched by `says`, never shown."""

    def __init__(self, status: int, code: str = "", *, text: str = "", retry_after: int = 0) -> None:
        super().__init__(f"{status} {code}".strip())
        self.status = status
        self.code = code
        self.retry_after = retry_after  # seconds; 0: not given
        self._searchable = f"{code} {text}".lower()

    def says(self, *keys: str) -> bool:
        """Whether one of MAX's error keys is in the code or in the text. MAX uses either."""
        return any(key in self._searchable for key in keys)


LIBRARY_ERRORS = (
    MaxError,
    aiohttp.ClientError,
    ProxyConnectionError,
    ProxyError,
    ProxyTimeoutError,
    OSError,  # includes time-outs
)


def answer_of(status: int, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Return the object in an answer of MAX. Raises `MaxError`."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        data = None
    if 200 <= status < 300 and isinstance(data, dict) and not _is_refusal(data):
        return data
    if not isinstance(data, dict):
        raise MaxError(status, NO_JSON, retry_after=_seconds(headers))
    code = next((data[name] for name in ("code", "error_code", "error") if isinstance(data.get(name), str)), "")
    text = " ".join(str(data.get(name, "")) for name in ("message", "error", "error_code"))
    raise MaxError(status, code if CODE.fullmatch(code) else "", text=text, retry_after=_seconds(headers))


def _is_refusal(data: Mapping[str, Any]) -> bool:
    return data.get("success") is False or bool(data.get("error_code")) or isinstance(data.get("code"), str)


def _seconds(headers: Mapping[str, str]) -> int:
    header = headers.get("Retry-After", "")
    return int(header) if header.isascii() and header.isdigit() and len(header) < 10 else 0


def as_send_error(error: Exception) -> SendError:
    """Return the outcome of a message whose request failed with `error`.

    A request that was written but not answered is ``unknown``, because MAX may have delivered the message.
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
        # MAX does not name the exceeded limit, of the chat or of the bot. So the whole bot slows down.
        pause = min(timedelta(seconds=error.retry_after), LONGEST_RETRY) or THROTTLE_PAUSE
        return SendError("throttled", retryable=True, retry_after=pause, whole_channel=True)
    if error.says(*NOT_FOUND):
        return SendError("not_found", retryable=False, detail=detail)
    if error.says(*BLOCKED):
        return SendError("blocked_by_resident", retryable=False)
    if error.says(NOT_READY):
        return SendError("rejected", retryable=True, retry_after=NOT_READY_PAUSE, detail=detail)
    if (
        error.code == NO_JSON and 400 <= error.status < 500
    ):  # answered by a proxy on the way, which did not pass the request on
        return SendError("network", retryable=True, detail=detail)
    if error.status >= 500 or error.code == NO_JSON:
        return SendError("unknown", retryable=True, detail=detail)
    return SendError("not_found" if error.status == 404 else "rejected", retryable=False, detail=detail)


def repeatable(error: Exception) -> SendError:
    """Like `as_send_error`, for requests that may be repeated: never ``unknown``."""
    failure = as_send_error(error)
    return SendError("network", retryable=True, detail=type(error).__name__) if failure.code == "unknown" else failure


def fetch_error(error: Exception) -> SendError:
    """Return the outcome of a failed download; retryable if the file may be fetched later."""
    if isinstance(error, MaxError) and error.status in FILE_GONE:
        return SendError("not_found", retryable=False, detail=str(error))
    return repeatable(error)


def is_conflict(error: Exception) -> bool:
    """Whether MAX refuses polling because a webhook is set."""
    return isinstance(error, MaxError) and error.status in (405, 409)


def is_untrusted(error: Exception) -> bool:
    """Whether the server's certificate is not trusted."""
    return isinstance(error, aiohttp.ClientSSLError | ssl.SSLError)


def cannot_be_edited(error: Exception) -> bool:
    """Whether a message is too old, deleted or not ours, so that a new one must be sent."""
    return as_send_error(error).code in ("rejected", "not_found") and not (
        isinstance(error, MaxError) and error.says(NOT_READY, *NOT_FOUND)
    )
