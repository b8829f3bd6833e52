"""Errors of the mail server, turned into `SendError`.

The server's own text is dropped, because it quotes the resident's address.
"""

from __future__ import annotations

import re
import ssl
from datetime import timedelta

import aiosmtplib

from channels.contract import SendError

UNAUTHORIZED_PAUSE = timedelta(minutes=5)
BUSY_PAUSE = timedelta(minutes=2)
GREYLIST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=1)
ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
DEAD_CODES = (550, 551, 553)
LIBRARY_ERRORS = (aiosmtplib.SMTPException, OSError, EOFError, ValueError)


def as_send_error(error: Exception, stage: str, attempt: int) -> SendError:
    """Return the outcome of a failed send.

    stage: the command under way: ``connect``, ``mail``, ``rcpt`` or ``data``. attempt: 1 at the first send.
    """
    match error:
        case aiosmtplib.SMTPAuthenticationError():
            return _ours("the mail server refuses login or password")
        case aiosmtplib.SMTPResponseException() if error.code > 0:
            return _answered(error.code, str(error.message), stage, attempt)
        case aiosmtplib.SMTPNotSupported():
            return _ours("the mail server lacks what channels.mail.smtp_security asks for")
    detail = type(error).__name__
    if stage == "data":
        return SendError("unknown", retryable=True, detail=detail)
    if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
        detail = "TLS"
    return SendError("network", retryable=True, detail=detail)


def _answered(code: int, text: str, stage: str, attempt: int) -> SendError:
    enhanced = ENHANCED.search(text)
    subject = int(enhanced[2]) if enhanced else None
    detail = f"{code} {enhanced[0]}" if enhanced else str(code)
    if stage == "connect" and code in (530, 534, 535, 538):
        return _ours(detail)
    if code == 421 or (code < 500 and stage in ("connect", "mail")):
        return SendError("throttled", retryable=True, retry_after=BUSY_PAUSE, whole_channel=True, detail=detail)
    if code < 500:
        pause = min(GREYLIST_PAUSE * 2 ** (max(attempt, 1) - 1), LONGEST_PAUSE)
        return SendError("rejected", retryable=True, retry_after=pause, detail=detail)
    if stage in ("connect", "mail"):
        return _ours(detail)  # the server refuses our own address, so every message fails
    if stage == "rcpt" and (subject == 1 or (subject is None and code in DEAD_CODES)):
        return SendError("not_found", retryable=False, detail=detail)
    return SendError("rejected", retryable=False, detail=detail)


def _ours(detail: str) -> SendError:
    return SendError("unauthorized", retryable=True, retry_after=UNAUTHORIZED_PAUSE, whole_channel=True, detail=detail)
