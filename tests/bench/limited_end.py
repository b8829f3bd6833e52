"""A messenger's far end that enforces its limits to the letter: so many requests in any second, of all and of one chat.

Run: ``python -m tests.bench.limited_end WIRE PER_SECOND PER_CHAT``; the first line is its port. `GET /stats` tells what
came. It speaks just enough of Telegram and the simulator for their adapters to send through it.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.loop import run

SLOW_SECONDS = (0.003, 0.012)  # of every answer
URGENT = "срочно"  # begins the texts whose arrival is noted
WARM = "разогрев"  # a text that counts nothing
WIRES = ("telegram", "simulator")


@dataclass(slots=True)
class Window:
    """At most `most` within any second."""

    most: float
    taken: deque[float] = field(default_factory=deque)

    def take(self, now: float) -> float:
        """Count one; return 0, or in how many seconds there is room again."""
        while self.taken and self.taken[0] <= now - 1.0:
            self.taken.popleft()
        if len(self.taken) >= self.most:
            return self.taken[0] + 1.0 - now
        self.taken.append(now)
        return 0.0


@dataclass(slots=True)
class LimitedEnd:
    wire: str
    per_second: float
    per_chat: float
    sent: int = 0
    refused: int = 0
    first: float = 0.0
    last: float = 0.0
    arrived: dict[str, float] = field(default_factory=dict)  # urgent text -> time.monotonic()
    chats: dict[str, Window] = field(default_factory=dict)
    texts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _all: Window = field(init=False)
    _rng: random.Random = field(default_factory=lambda: random.Random(9))  # noqa: S311

    def __post_init__(self) -> None:
        self._all = Window(self.per_second)

    async def hear(self, request: web.Request) -> web.Response:
        now = time.monotonic()
        chat, text = await self._read(request)
        if text == WARM:
            return self._answer(chat, text)
        own = self.chats.setdefault(chat, Window(self.per_chat))
        wait = own.take(now) or self._all.take(now)
        await asyncio.sleep(self._rng.uniform(*SLOW_SECONDS))
        if wait:
            self.refused += 1
            return self._refusal(wait)
        self.sent, self.last = self.sent + 1, now
        self.first = self.first or now
        self.texts[text] += 1
        if text.startswith(URGENT):
            self.arrived.setdefault(text, now)
        return self._answer(chat, text)

    async def _read(self, request: web.Request) -> tuple[str, str]:
        if self.wire == "telegram":
            form = await request.post()
            return str(form["chat_id"]), str(form["text"])
        body = await request.json()
        return str(body["conversation"]), str(body["text"])

    def _answer(self, chat: str, text: str) -> web.Response:
        if self.wire == "telegram":
            message = {"message_id": self.sent, "date": 1, "chat": {"id": int(chat), "type": "private"}, "text": text}
            return web.json_response({"ok": True, "result": message})
        return web.json_response({"id": str(self.sent)})

    def _refusal(self, wait: float) -> web.Response:
        seconds = max(1, round(wait + 0.5))
        if self.wire == "telegram":
            words = f"Too Many Requests: retry after {seconds}"
            body: dict[str, Any] = {"ok": False, "error_code": 429, "description": words}
            return web.json_response({**body, "parameters": {"retry_after": seconds}}, status=429)
        return web.json_response({"error": "throttled"}, status=429, headers={"Retry-After": str(seconds)})

    async def stats(self, request: web.Request) -> web.Response:
        names = ("sent", "refused", "first", "last", "arrived")
        twice = sum(count - 1 for count in self.texts.values())
        return web.json_response({**{name: getattr(self, name) for name in names}, "twice": twice})


async def serve(end: LimitedEnd) -> None:
    app = web.Application()
    app.router.add_get("/stats", end.stats)
    app.router.add_post("/{path:.*}", end.hear)
    runner = web.AppRunner(app, access_log=None, keepalive_timeout=600)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"port {runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    wire, per_second, per_chat = sys.argv[1:]
    if wire not in WIRES:
        raise SystemExit(f"wire: one of {', '.join(WIRES)}")
    run(serve(LimitedEnd(wire, float(per_second), float(per_chat))))
