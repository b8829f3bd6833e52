"""The way of the administrator's commands into a running program: a listener on loopback, protected by a key.

The embedded database belongs to one process, so `./domovoy user add` and `doctor` ask that process when it runs. The
file `admin.json` in the data folder holds port and key and is readable by its owner only. A stale file does no harm:
nobody answers, and the command works by itself.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from errors import DomovoyError

FILE = "admin.json"
PATIENCE_SECONDS = 60

Act = Callable[[Mapping[str, Any]], Awaitable[dict[str, Any]]]


class AdminRefused(DomovoyError):
    """The running program refused a request; the message is for the administrator."""


class AdminSocket:
    """The listener. `act` answers a request; an error derived from `DomovoyError` is returned to the caller."""

    def __init__(self, data: Path, act: Act) -> None:
        self._file = data / FILE
        self._act = act
        self._key = secrets.token_urlsafe(32)
        site = web.Application()
        site.router.add_post("/", self._handle)
        self._runner = web.AppRunner(site, access_log=None)

    async def open(self) -> None:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._file.unlink(missing_ok=True)
        with os.fdopen(os.open(self._file, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as file:
            json.dump({"port": self._runner.addresses[0][1], "key": self._key}, file)

    async def close(self) -> None:
        self._file.unlink(missing_ok=True)
        await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.Response:
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(key.encode(), self._key.encode()):
            return web.json_response({"error": "ключ не подходит"}, status=403)
        try:
            return web.json_response({"answer": await self._act(await request.json())})
        except DomovoyError as error:
            return web.json_response({"error": str(error)}, status=400)


async def ask_running(
    data: Path, request: Mapping[str, Any], patience_seconds: float = PATIENCE_SECONDS
) -> dict[str, Any] | None:
    """Send a request to the program that uses this data folder; None when no program runs.

    Raises:
        AdminRefused: the running program refuses the request.
    """
    try:
        running = json.loads((data / FILE).read_text(encoding="utf-8"))
        url, headers = f"http://127.0.0.1:{int(running['port'])}/", {"Authorization": f"Bearer {running['key']}"}
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=patience_seconds)) as http,
            http.post(url, json=dict(request), headers=headers) as answer,
        ):
            body: dict[str, Any] = await answer.json()
    except (OSError, ValueError, KeyError, TypeError, aiohttp.ClientError):
        return None  # no file, a stale file, or a port of another program
    if "error" in body:
        raise AdminRefused(str(body["error"]))
    result: dict[str, Any] | None = body.get("answer")
    return result
