"""An SMS gateway on loopback: takes any shape of request, remembers what it was told, answers as a test wishes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from aiohttp.test_utils import TestServer


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True, strict_parsing=True))

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class SmsGateway:
    status: int = 200
    answer: str = '{"status": "OK"}'
    headers: dict[str, str] = field(default_factory=dict)
    breaks_off: bool = False  # after the request was read
    hangs: bool = False
    beginning: str = ""  # of the answer; the rest follows once `goes_on` is set
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)
    calls: list[Call] = field(default_factory=list)
    base: str = ""  # "http://127.0.0.1:port"
    called: asyncio.Event = field(default_factory=asyncio.Event)

    async def hear(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.calls.append(Call(request.method, request.path, dict(request.query), headers, body))
        self.called.set()
        if self.breaks_off:
            assert request.transport
            request.transport.abort()
        if self.hangs:
            await asyncio.Event().wait()
        if self.beginning:
            return await self._in_parts(request)
        return web.Response(status=self.status, text=self.answer, headers=self.headers)

    async def _in_parts(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=self.status, headers=self.headers)
        await response.prepare(request)
        await response.write(self.beginning.encode())
        await self.goes_on.wait()
        await response.write(self.answer.encode())
        return response

    async def heard(self, count: int) -> list[Call]:
        """Wait until it was called so often; return the calls."""
        async with asyncio.timeout(15):
            while len(self.calls) < count:
                self.called.clear()
                await self.called.wait()
        return self.calls


@asynccontextmanager
async def sms_gateway(**wishes: Any) -> AsyncIterator[SmsGateway]:
    gateway = SmsGateway(**wishes)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", gateway.hear)
    async with TestServer(app) as server:
        gateway.base = str(server.make_url("/")).rstrip("/")
        yield gateway
