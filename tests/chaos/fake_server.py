"""The other side of the simulator channel: slow, moody, and with a memory of all it was told.

Every node of the program has an address of its own here, so it is known who delivered what and when.
"""

from __future__ import annotations

import asyncio
import heapq
import random
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

SLOW_SECONDS = (0.005, 0.030)  # of every answer, as a messenger takes them


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """Shares of the sends that go wrong, 0..1 each."""

    throttled: float = 0.002  # 429 for the whole channel
    throttled_one: float = 0.01  # 429 for the conversation
    refused: float = 0.01  # 500, nothing delivered
    hung_before: float = 0.003  # no answer, nothing delivered
    hung_after: float = 0.003  # no answer, but delivered
    lost_after: float = 0.004  # delivered, and the connection ends before the answer

    def drawn(self, rng: random.Random) -> str:
        """Name the fault of one send, "" for most."""
        place = rng.random()
        for name in self.__slots__:
            place -= getattr(self, name)
            if place < 0:
                return str(name)
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The first delivery of a message."""

    key: str
    text: str
    answers: str  # id of the resident's event


@dataclass(slots=True)
class FakeServer:
    """Serves until `close`. `keyed`: it drops what comes again under one Idempotency-Key, as VK does."""

    keyed: bool
    faults: Faults = field(default_factory=Faults)
    rng: random.Random = field(default_factory=lambda: random.Random(3))  # noqa: S311
    base: str = ""
    heard: dict[str, list[Heard]] = field(default_factory=lambda: defaultdict(list))  # by conversation
    keys: set[str] = field(default_factory=set)
    dropped: int = 0  # repeats that a keyed fake server kept from the resident
    visible: int = 0  # repeats that a resident saw
    invited: int = 0  # of these, repeats of messages whose answer was kept back on purpose
    troubles: Counter[str] = field(default_factory=Counter)
    calls: list[tuple[float, str]] = field(default_factory=list)  # when, by which node; repeats and faults too
    last: Heard | None = None
    _unanswered: set[str] = field(default_factory=set)  # keys delivered without an answer on purpose
    _answers: dict[str, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))
    _milestones: list[tuple[int, int, asyncio.Future[Heard]]] = field(default_factory=list)
    _runner: web.AppRunner | None = None
    _ending: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self, host: str = "127.0.0.1") -> None:
        app = web.Application()
        app.router.add_post("/{node}/messages", self._hear)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1, keepalive_timeout=600)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, 0).start()
        self.base = f"http://{host}:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        self._ending.set()
        if self._runner:
            await self._runner.cleanup()

    @property
    def delivered(self) -> int:
        return len(self.keys)

    async def answered(self, event_id: str) -> None:
        """Wait until an answer to this event was delivered."""
        await self._answers[event_id].wait()

    async def until(self, delivered: int) -> Heard:
        """Wait until so many different messages were delivered; return the one that made it so many."""
        future: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()
        if self.last and self.delivered >= delivered:
            return self.last
        heapq.heappush(self._milestones, (delivered, id(future), future))
        return await future

    async def _hear(self, request: web.Request) -> web.Response:
        self.calls.append((time.monotonic(), request.match_info["node"]))
        body = await request.json()
        fault = self._fault(body)
        if fault:
            self.troubles[fault] += 1
        await asyncio.sleep(self.rng.uniform(*SLOW_SECONDS))
        if fault == "throttled":
            return web.Response(status=429, headers={"Retry-After": "0.2"})
        if fault == "throttled_one":
            return web.json_response({"scope": "conversation"}, status=429, headers={"Retry-After": "0.5"})
        if fault == "refused":
            return web.Response(status=500)
        if fault == "hung_before":
            return await self._hang(request)
        self._deliver(body, unanswered=fault in ("hung_after", "lost_after"))
        if fault == "hung_after":
            return await self._hang(request)
        if fault == "lost_after" and request.transport:
            request.transport.abort()
        return web.json_response({"id": body["key"]})

    def _fault(self, body: dict[str, Any]) -> str:
        """Only the first tries go wrong: without a key a message of unknown fate is repeated only once."""
        return self.faults.drawn(self.rng) if body["attempt"] <= (3 if self.keyed else 1) else ""

    async def _hang(self, request: web.Request) -> web.Response:
        """Say nothing until the caller has hung up."""
        while request.transport is not None and not self._ending.is_set():
            try:
                await asyncio.wait_for(self._ending.wait(), 0.1)
            except TimeoutError:
                continue
        return web.Response(status=500)

    def _deliver(self, body: dict[str, Any], *, unanswered: bool) -> None:
        key = body["key"]
        if key in self.keys:
            self._repeat(key)
        else:
            self.keys.add(key)
            self.last = Heard(key=key, text=body["text"], answers=body["answers"])
            self.heard[body["conversation"]].append(self.last)
            if body["answers"]:
                self._answers[body["answers"]].set()
            while self._milestones and self._milestones[0][0] <= self.delivered:
                future = heapq.heappop(self._milestones)[2]
                if not future.done():
                    future.set_result(self.last)
        if unanswered:
            self._unanswered.add(key)

    def _repeat(self, key: str) -> None:
        if self.keyed:
            self.dropped += 1
            return
        self.visible += 1
        if key in self._unanswered:
            self._unanswered.discard(key)
            self.invited += 1
