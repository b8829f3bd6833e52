"""Server-sent events that tell an open page which of its parts to refresh.

A hint carries no data, so a lost or repeated hint does no harm. After a lost connection the page refreshes everything.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from models.coordination.wakeup import Wakeup
from models.database.connection import Connection
from operators.accounts import sessions
from operators.console.context import console_of
from operators.console.security import COOKIE, HEADERS
from operators.handover.service import conversation

LOOK_AGAIN_SECONDS = 10.0  # also catches changes made by other processes, and renews "on duty"
STREAMS: web.AppKey[set[asyncio.Task[Any]]] = web.AppKey("streams", set)


async def stream(request: web.Request) -> web.StreamResponse:
    """Send ``data: {"topic": "console"}`` or ``{"topic": "conversation"}`` when something may have changed.

    Query: `conversation` (id), whose transcript the page shows.
    """
    watched = {"console": "console"}
    chosen = request.query.get("conversation", "")
    if chosen.isascii() and chosen.isdigit():
        row = await console_of(request).database.transaction(lambda conn: conversation(conn, int(chosen)))
        watched[f"conversation:{row['channel']}:{row['address']}"] = "conversation"
    response = web.StreamResponse(headers=HEADERS | {"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    response.headers["X-Accel-Buffering"] = "no"
    await response.prepare(request)
    await response.write(b"retry: 2000\n\n")
    streams, me = request.config_dict[STREAMS], asyncio.current_task()
    assert me is not None  # noqa: S101  # a handler runs in a task
    streams.add(me)
    try:
        await _conversation(request, response, watched)
    except ConnectionError:
        pass  # the browser went away
    finally:
        streams.discard(me)
    return response


async def _conversation(request: web.Request, response: web.StreamResponse, watched: dict[str, str]) -> None:
    async with hints(console_of(request).wakeup, watched) as topics:
        async for topic in topics:
            await response.write(f"data: {json.dumps({'topic': topic})}\n\n".encode())
            if topic == "console" and not await _still_on_duty(request):
                return


async def _still_on_duty(request: web.Request) -> bool:
    """Renew "on duty"; return False when the session has ended."""
    console, token = console_of(request), request.cookies.get(COOKIE, "")

    async def work(conn: Connection) -> bool:
        session = await sessions.session_of(conn, token, console.now_ms())
        if session is not None:
            await sessions.keep_on_duty(conn, session.user.id, console.now_ms())
        return session is not None

    return await console.database.transaction(work)


@asynccontextmanager
async def hints(wakeup: Wakeup, watched: dict[str, str]) -> AsyncIterator[AsyncIterator[str]]:
    """Yield an endless iterator of hint names for the topics in `watched` (topic -> hint name)."""
    rung: asyncio.Queue[str] = asyncio.Queue(maxsize=100)

    async def listen(topic: str, name: str) -> None:
        listener = wakeup.listen(topic)
        while True:
            await rung.put(name)
            await listener.wait(LOOK_AGAIN_SECONDS)

    async def each() -> AsyncIterator[str]:
        while True:
            yield await rung.get()

    tasks = [asyncio.create_task(listen(topic, name)) for topic, name in watched.items()]
    try:
        yield each()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def close_streams(app: web.Application) -> None:
    """End the open streams at shutdown, so the server does not wait for them."""
    streams = app[STREAMS]
    for task in tuple(streams):
        task.cancel()
