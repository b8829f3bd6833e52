"""A web chat on a real aiohttp server on loopback, over the core in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from channels.web.adapter import WebChat
from channels.web.config import WebConfig
from tests.channels.web.doubles import NOON, Core, MemoryFiles, MemoryTranscript


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class World:
    chat: WebChat
    core: Core
    transcript: MemoryTranscript
    files: MemoryFiles
    client: TestClient[web.Request, web.Application]
    clock: Clock

    async def session(self) -> str:
        """Open the session of the client; return the conversation's address."""
        answer = await self.client.post("/chat/session", json={})
        assert answer.status == 200
        return self.core.events[-1].conversation


Make = Callable[[WebConfig], Awaitable[World]]


@asynccontextmanager
async def serving(config: WebConfig, *, accepting: bool = True) -> AsyncIterator[World]:
    transcript, files, clock = MemoryTranscript(), MemoryFiles(), Clock()
    core = Core(transcript)
    chat = WebChat(config, transcript, files, lambda text: "газ" in text.lower(), now=lambda: NOON, monotonic=clock)
    application = web.Application()
    application.add_routes(chat.routes())
    receiving = asyncio.create_task(chat.receive(core.accept)) if accepting else None
    async with TestClient(TestServer(application)) as client:
        yield World(chat, core, transcript, files, client, clock)
        await chat.close()
    if receiving:
        receiving.cancel()
        await asyncio.gather(receiving, return_exceptions=True)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with serving(WebConfig(heartbeat_seconds=0.05, plain_wait_seconds=0.2)) as made:
        yield made
