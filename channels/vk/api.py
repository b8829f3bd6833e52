"""Client of the VK API over aiohttp, with one rate limit and its own time limits.

The token is sent in a header, so that no address and no form contains it. Errors are those of
`channels.vk.errors.LIBRARY_ERRORS`.
"""

from __future__ import annotations

import asyncio
import functools
import json
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
import certifi

from channels.request_limiter import RequestLimiter
from channels.vk.config import VkConfig
from channels.vk.errors import BadAnswerError, VkError

VERSION = "5.199"
CONNECT_SECONDS = 10.0
CALL_SECONDS = 60.0
POLL_MARGIN_SECONDS = 15.0  # on top of the requested wait
REQUESTS_PER_SECOND = 20  # of one token, for all methods; files and long poll use other servers

Parameters = Mapping[str, str | int | float]


class VkApi:
    """monotonic, pause: the clock of the limit and its sleep, replaceable in tests."""

    def __init__(
        self,
        config: VkConfig,
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._config = config
        self._limiter = RequestLimiter(REQUESTS_PER_SECOND, monotonic, pause)
        self._opened: aiohttp.ClientSession | None = None

    async def call(self, method: str, parameters: Parameters, total_seconds: float = CALL_SECONDS) -> Any:
        """Call a method; return its ``response``. An answer of `execute` is returned whole.

        Raises one of `errors.LIBRARY_ERRORS`.
        """
        form = {name: str(value) for name, value in parameters.items()} | {"v": VERSION, "lang": "0"}
        url = f"{self._config.api_base.rstrip('/')}/method/{method}"
        headers = {"Authorization": f"Bearer {self._config.token}"}
        async with self._limiter.slot():
            status, answer = await self._json("POST", url, total_seconds, data=form, headers=headers)
        if isinstance(error := answer.get("error"), dict):
            code = error.get("error_code")
            raise VkError(code if isinstance(code, int) else 1)
        if "response" not in answer:
            raise BadAnswerError(status, "no response")
        return answer if method == "execute" else answer["response"]

    async def poll(self, server: str, key: str, ts: str, wait_seconds: int) -> dict[str, Any]:
        """Ask a long poll server for the events after `ts`; return its answer, `failed` included."""
        question = {"act": "a_check", "key": key, "ts": ts, "wait": str(wait_seconds)}
        _, answer = await self._json("GET", server, wait_seconds + POLL_MARGIN_SECONDS, params=question)
        return answer

    async def upload(self, url: str, field: str, data: bytes, name: str, mime: str) -> dict[str, Any]:
        """Send the bytes of a file to an upload server; return its answer."""
        form = aiohttp.FormData()
        form.add_field(field, data, filename=name, content_type=mime or "application/octet-stream")
        _, answer = await self._json("POST", url, CALL_SECONDS, data=form)
        return answer

    async def download(self, url: str, limit_bytes: int) -> bytes | None:
        """Return a file a resident sent; ``None`` when it is larger than `limit_bytes`."""
        data = bytearray()
        async with self._open().get(url, timeout=_timeout(CALL_SECONDS), max_redirects=3) as answer:
            if answer.status != 200:
                raise BadAnswerError(answer.status, "no file")
            if (answer.content_length or 0) > limit_bytes:
                return None
            async for chunk in answer.content.iter_chunked(65536):
                data += chunk
                if len(data) > limit_bytes:
                    return None
        return bytes(data)

    async def close(self) -> None:
        if self._opened is not None:
            await self._opened.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._opened is None:
            self._opened = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=_certificates()))
        return self._opened

    async def _json(self, verb: str, url: str, total_seconds: float, **more: Any) -> tuple[int, dict[str, Any]]:
        """Make a request. Redirects are not followed: VK gives none, and the token must not reach another host."""
        timeout = _timeout(total_seconds)
        async with self._open().request(verb, url, timeout=timeout, allow_redirects=False, **more) as answer:
            body = await answer.read()
        try:
            decoded = json.loads(body)
        except (ValueError, RecursionError):
            raise BadAnswerError(answer.status, "no JSON") from None
        if not isinstance(decoded, dict):
            raise BadAnswerError(answer.status, "no object")
        if answer.status != 200 and "error" not in decoded:
            raise BadAnswerError(answer.status, "not OK")
        return answer.status, decoded


@functools.cache
def _certificates() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certifi.where())  # a slim image has no others


def _timeout(total_seconds: float) -> aiohttp.ClientTimeout:
    """Return separate time limits for connecting and for the whole call, so that their errors differ."""
    return aiohttp.ClientTimeout(total=total_seconds, connect=min(CONNECT_SECONDS, total_seconds))
