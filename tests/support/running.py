"""The whole program inside the test's own loop, on a port of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bot.app import App
from bot.settings.loader import load_settings


@dataclass
class Running:
    app: App
    stop: asyncio.Event
    http: aiohttp.ClientSession

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
        url = f"http://127.0.0.1:{self.app.port}{path}"
        async with self.http.get(url, headers=headers) as answer:
            return answer.status, await answer.text()

    async def post(self, path: str, body: object) -> int:
        async with self.http.post(f"http://127.0.0.1:{self.app.port}{path}", json=body) as answer:
            return answer.status

    async def until_quiet(self) -> None:
        """Wait until there is nothing left to do."""
        async with asyncio.timeout(60):
            while json.loads((await self.get("/healthz"))[1]) != {"status": "ok", "inbox": 0, "outbox": 0}:
                continue


@asynccontextmanager
async def running_app(folder: Path, **environment: str) -> AsyncIterator[Running]:
    """Start an installation in `folder` with settings from `environment`; stopped at the end of the block."""
    at_any_hour = {"DOMOVOY_DELIVERY__QUIET_FROM": "0", "DOMOVOY_DELIVERY__QUIET_TO": "0"}
    settings = load_settings(None, {"DOMOVOY_SERVER__PORT": "0", **at_any_hour, **environment})
    app, stop = App(settings, folder / "data"), asyncio.Event()
    serving = asyncio.create_task(app.run(stop))
    ready = asyncio.create_task(app.ready.wait())
    await asyncio.wait({serving, ready}, return_when=asyncio.FIRST_COMPLETED)
    ready.cancel()
    try:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:  # cookies of an address
            yield Running(app, stop, http)
    finally:
        stop.set()
        await serving
