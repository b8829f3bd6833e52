"""Refusals of requests, as messages for the resident and codes for the browser."""

from __future__ import annotations

import json
import math
from collections.abc import Awaitable, Callable

from aiohttp import web

from channels.contract import Overloaded

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Refusal(Exception):
    """A refused request. message: a Russian sentence for the resident.

    code: stable, for scripts: ``bad_json``, ``bad_message``, ``bad_photo``, ``too_big``, ``too_often``, ``no_session``,
        ``foreign_origin``, ``not_found``, ``not_ready``; of the form also ``bad_fields``, ``trap``, ``stale``,
        ``too_fast``, ``too_slow``.
    """

    def __init__(self, status: int, code: str, message: str, retry_after_seconds: float = 0) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after_seconds = retry_after_seconds

    def response(self) -> web.Response:
        body = json.dumps({"error": self.code, "message": self.message}, ensure_ascii=False)
        return web.Response(
            status=self.status, text=body, content_type="application/json", headers={**JSON_HEADERS, **self.headers()}
        )

    def headers(self) -> dict[str, str]:
        if not self.retry_after_seconds:
            return {}
        return {"Retry-After": str(max(1, math.ceil(self.retry_after_seconds)))}


SENT_LATER = "Сервис сейчас перегружен. Сообщение уйдёт чуть позже, повторять не нужно."
JSON_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}


def not_ready(message: str = SENT_LATER) -> Refusal:
    """Return the refusal while the store takes nothing. message: for a page that does not resend by itself."""
    return Refusal(503, "not_ready", message, 3)


def answering(handler: Handler) -> Handler:
    """Turn refusals of `handler` into JSON answers."""

    async def wrapped(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refusal as refusal:
            return refusal.response()
        except Overloaded:
            return not_ready().response()

    return wrapped
