"""Errors of the library, turned into `SendError`.

No text of the library or of its HTTP client is passed on, because it may contain the address of the call with the
token.
"""

from __future__ import annotations

from datetime import timedelta

import aiohttp
from aiogram import exceptions as telegram
from aiohttp_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError

from channels.contract import SendError

LONGEST_RETRY = timedelta(hours=1)
UNAUTHORIZED_PAUSE = timedelta(minutes=5)
NOT_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    ProxyConnectionError,
    ProxyError,
    ProxyTimeoutError,
)
LIBRARY_ERRORS = (
    telegram.AiogramError,
    aiohttp.ClientError,
    ProxyConnectionError,
    ProxyError,
    ProxyTimeoutError,
    OSError,
)


def as_send_error(error: Exception) -> SendError:
    """Return the outcome of a message whose call failed with `error`.

    A request that was written but not answered is ``unknown``, because Telegram may have delivered the message.
    """
    match error:
        case telegram.TelegramRetryAfter():
            # Telegram does not name the exceeded limit, of the chat or of the bot. So the whole bot slows down.
            pause = min(timedelta(seconds=error.retry_after), LONGEST_RETRY)
            return SendError("throttled", retryable=True, retry_after=pause, whole_channel=True)
        case telegram.TelegramForbiddenError():
            return SendError("blocked_by_resident", retryable=False)
        case telegram.TelegramUnauthorizedError() | telegram.TelegramNotFound():
            return SendError(
                "unauthorized",
                retryable=True,
                retry_after=UNAUTHORIZED_PAUSE,
                whole_channel=True,
                detail="Telegram does not know this token; check channels.telegram.token",
            )
        case telegram.TelegramMigrateToChat():
            return SendError("not_found", retryable=False, detail="the chat moved")
        case telegram.TelegramBadRequest() if "chat not found" in error.message.lower():
            return SendError("not_found", retryable=False)
        case telegram.TelegramBadRequest() | telegram.TelegramEntityTooLarge():
            return SendError("rejected", retryable=False, detail=reason_of(error))
        case telegram.TelegramNetworkError():
            return _not_sent(error) if is_not_sent(error.__cause__) else _unknown(error)
        case telegram.TelegramServerError() | telegram.ClientDecodeError():
            return _unknown(error)
        case telegram.TelegramAPIError():
            return SendError("rejected", retryable=False, detail=reason_of(error))
    return _not_sent(error) if is_not_sent(error) else _unknown(error)


def is_not_sent(error: BaseException | None) -> bool:
    """Whether the connection was never made, so that nothing was delivered."""
    return isinstance(error, NOT_SENT)


def reason_of(error: Exception) -> str:
    """Return Telegram's reason for a refusal, cut short. It contains no token and no text of ours."""
    return error.message[:200] if isinstance(error, telegram.TelegramAPIError) else type(error).__name__


def is_unchanged(error: Exception) -> bool:
    """Whether an edit failed because it would change nothing."""
    return isinstance(error, telegram.TelegramBadRequest) and "message is not modified" in error.message


def is_no_edit(error: Exception) -> bool:
    """Whether Telegram refused to edit this message, so that a new one can be sent."""
    return isinstance(error, telegram.TelegramBadRequest) and "chat not found" not in error.message.lower()


def is_refused_photo(error: Exception) -> bool:
    """Whether Telegram refused a picture as a photo. It can still be sent as a document."""
    words = ("PHOTO_INVALID_DIMENSIONS", "IMAGE_PROCESS_FAILED", "PHOTO_SAVE_FILE_INVALID", "PHOTO_EXT_INVALID")
    return isinstance(error, telegram.TelegramBadRequest) and any(word in error.message for word in words)


def _not_sent(error: Exception) -> SendError:
    return SendError("network", retryable=True, detail=type(error.__cause__ or error).__name__)


def _unknown(error: Exception) -> SendError:
    return SendError("unknown", retryable=True, detail=type(error).__name__)


def is_conflict(error: Exception) -> bool:
    """Whether another program polls with this token, or a webhook is set."""
    return isinstance(error, telegram.TelegramConflictError)


def fetch_error(error: Exception) -> SendError:
    """Return the outcome of a failed download. It is never ``unknown``, because reading may be repeated."""
    if isinstance(error, telegram.TelegramBadRequest) and "temporarily" not in error.message.lower():
        too_big = "too big" in error.message.lower()
        return SendError("rejected" if too_big else "not_found", retryable=False, detail=reason_of(error))
    failure = as_send_error(error)
    if failure.code in ("unauthorized", "throttled"):
        return failure
    return SendError("network", retryable=True, detail=type(error).__name__)
