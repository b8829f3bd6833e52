"""A server that writes sounds down, on loopback; speaks the shape of whisper.cpp's server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

OPUS = b"OggS\0\2" + b"\0" * 20 + b"\x01\x13OpusHead\x01\x01" + b"\0" * 30  # the start of a voice message


@dataclass
class Server:
    """A transcriber on loopback: answers as planned, keeps what it was asked."""

    url: str = ""
    status: int = 200
    answer: str = json.dumps({"text": " Течёт\n кран. "}, ensure_ascii=False)
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    silent: bool = False

    async def take(self, request: web.Request) -> web.Response:
        form = await request.post()
        told = {key: value for key, value in form.items() if isinstance(value, str)}
        sound = form["file"]
        assert isinstance(sound, web.FileField)
        with sound.file as opened:
            data = opened.read()
        self.asked.append(told | {"name": sound.filename, "type": sound.content_type, "data": data})
        self.headers.append(request.headers.get("Authorization", ""))
        if self.silent:
            await asyncio.Event().wait()
        return web.Response(status=self.status, text=self.answer, content_type="application/json")


@asynccontextmanager
async def serving(**plan: Any) -> AsyncIterator[Server]:
    server = Server(**plan)
    app = web.Application()
    app.router.add_post("/inference", server.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/inference"
        yield server
    finally:
        await runner.cleanup()
