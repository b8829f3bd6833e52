"""A fake messenger that enforces its limits to the letter: so many requests in any second, of all and of one chat.

Run: ``python -m tests.bench.limits.fake_server WIRE PER_SECOND PER_CHAT``; the first line is its port. `GET /stats`
tells what came. It speaks just enough of Telegram, MAX, VK and the simulator for their adapters to send through it.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.process.event_loop import run

SLOW_SECONDS = (0.003, 0.012)  # of every answer
URGENT = "срочно"  # begins the texts whose arrival is noted
WARM = "разогрев"  # a text that counts nothing
WIRES = ("telegram", "max", "vk", "simulator")
SEND_OF_VK = "API.messages.send("  # in a program for `execute`, before the JSON of its parameters

Messages = list[tuple[str, str]]  # (chat, text)


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
    requests: int = 0  # that were not refused
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
        """Count one request, whatever it asks; MAX and Telegram allow one message in each."""
        messages, many = await self._read(request), request.path.endswith("/execute")
        now = time.monotonic()
        if [text for _, text in messages] == [WARM]:
            return self._answer(messages, many)
        chats = {chat for chat, _ in messages}
        own = [self.chats.setdefault(chat, Window(self.per_chat)).take(now) for chat in chats]
        wait = max(own, default=0.0) or self._all.take(now)
        await asyncio.sleep(self._rng.uniform(*SLOW_SECONDS))
        if wait:
            self.refused += 1
            return self._refusal(wait)
        self.requests, self.last = self.requests + 1, now
        self.first = self.first or now
        for _, text in messages:
            self.sent += 1
            self.texts[text] += 1
            if text.startswith(URGENT):
                self.arrived.setdefault(text, now)
        return self._answer(messages, many)

    async def _read(self, request: web.Request) -> Messages:
        """Return what the request sends; nothing, when it asks for something else."""
        match self.wire, request.path.rpartition("/")[2]:
            case "telegram", _:
                form = await request.post()
                return [(str(form["chat_id"]), str(form["text"]))]
            case "max", "messages":
                return [(request.query["chat_id"], str((await request.json())["text"]))]
            case "vk", "messages.send":
                form = await request.post()
                return [(str(form["peer_id"]), str(form["message"]))]
            case "vk", "execute":
                return sends_of_vk(str((await request.post())["code"]))
            case "simulator", _:
                body = await request.json()
                return [(str(body["conversation"]), str(body["text"]))]
        return []

    def _answer(self, messages: Messages, many: bool) -> web.Response:
        if self.wire == "vk":
            ids = [self.sent - place for place in reversed(range(len(messages)))]
            return web.json_response({"response": ids if many else max(1, self.sent)})
        if not messages:
            return web.json_response({"success": True})
        chat, text = messages[0]
        if self.wire == "max":
            return web.json_response({"message": {"body": {"mid": f"mid.{self.sent}", "text": text}}})
        if self.wire == "telegram":
            message = {"message_id": self.sent, "date": 1, "chat": {"id": int(chat), "type": "private"}, "text": text}
            return web.json_response({"ok": True, "result": message})
        return web.json_response({"id": str(self.sent)})

    def _refusal(self, wait: float) -> web.Response:
        if self.wire == "vk":
            return web.json_response({"error": {"error_code": 6, "error_msg": "Too many requests per second"}})
        if self.wire == "max":
            refusal = {"code": "too.many.requests", "message": "Too many requests"}
            return web.json_response(refusal, status=429)
        seconds = max(1, round(wait + 0.5))
        if self.wire == "telegram":
            words = f"Too Many Requests: retry after {seconds}"
            body: dict[str, Any] = {"ok": False, "error_code": 429, "description": words}
            return web.json_response({**body, "parameters": {"retry_after": seconds}}, status=429)
        return web.json_response({"error": "throttled"}, status=429, headers={"Retry-After": str(seconds)})

    async def stats(self, request: web.Request) -> web.Response:
        names = ("sent", "requests", "refused", "first", "last", "arrived")
        twice = sum(count - 1 for count in self.texts.values())
        return web.json_response({**{name: getattr(self, name) for name in names}, "twice": twice})


def sends_of_vk(code: str) -> Messages:
    """Return what a program for `execute` sends."""
    decoder, found = json.JSONDecoder(), list[tuple[str, str]]()
    for part in code.split(SEND_OF_VK)[1:]:
        call, _ = decoder.raw_decode(part)
        found.append((str(call["peer_id"]), str(call["message"])))
    return found


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
