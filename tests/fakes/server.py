"""The shell of a messenger's fake server: its life, its clock, the faults a test asks for, waiting for what happens."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from aiohttp import web

WAIT_SECONDS = 120.0  # a test that waits longer for something to happen hangs


@dataclass
class Fault:
    """What happens to the next request of a kind instead of, or after, doing it."""

    error: Exception | None = None
    answer: dict[str, Any] | None = None  # a 200 that says no
    drop: str = ""  # "before" or "after" doing it the connection is cut without an answer
    raw: tuple[int, str] | None = None  # status and body, not in the form of the API
    held: bool = False  # carried out only after `release`


class FakeServer:
    """Listens on loopback. Leaving the block raises when there were `violations` of the API's description."""

    def __init__(self) -> None:
        self.base = ""
        self.counts: Counter[str] = Counter()  # requests answered, by operation
        self.violations: list[str] = []
        self._faults: dict[str, deque[Fault]] = {}
        self._clock_offset = 0.0
        self._released = True
        self._change = asyncio.Condition()
        self._runner: web.AppRunner | None = None

    def mount(self, router: web.UrlDispatcher) -> None:
        """Say what is served."""
        raise NotImplementedError

    async def end_polls(self) -> None:
        """Answer the requests that wait for something to happen."""
        raise NotImplementedError

    # --- life ---

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()
        if kind is None:
            assert self.violations == []

    async def open(self, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        """Listen; a `port` of an earlier life may be given to come back."""
        application = web.Application(client_max_size=60_000_000)
        self.mount(application.router)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port, ssl_context=tls).start()
        self.base = f"{'https' if tls else 'http'}://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        await self.end_polls()
        if self._runner:
            await self._runner.cleanup()

    # --- faults ---

    def drop(self, operation: str, *, done: bool) -> None:
        """Cut the connection of the next request of `operation`, after it was `done` or before."""
        self.fault(operation, Fault(drop="after" if done else "before"))

    def babble(self, operation: str, status: int, body: str) -> None:
        """Answer the next request of `operation` with what a proxy in between would say."""
        self.fault(operation, Fault(raw=(status, body)))

    def hold(self, operation: str) -> None:
        """Let the next request of `operation` wait for `release`."""
        self._released = False
        self.fault(operation, Fault(held=True))

    async def release(self) -> None:
        self._released = True
        await self.changed()

    def fault(self, operation: str, fault: Fault) -> None:
        self._faults.setdefault(operation.lower(), deque()).append(fault)

    def next_fault(self, operation: str) -> Fault:
        waiting = self._faults.get(operation.lower())
        return waiting.popleft() if waiting else Fault()

    async def instead(self, fault: Fault, request: web.Request) -> web.Response | None:
        """Do what a fault asks before the request is carried out; return the answer that replaces it, if any.

        Raises the fault's error.
        """
        if fault.held:
            await self.changed()
            await self.until(lambda: self._released, "release")
        if fault.error:
            raise fault.error
        if fault.answer:
            return web.json_response(fault.answer)
        if fault.raw:
            return web.Response(status=fault.raw[0], text=fault.raw[1], content_type="text/html")
        return cut(request) if fault.drop == "before" else None

    # --- time, and what happens ---

    def advance(self, seconds: float) -> None:
        self._clock_offset += seconds

    def now(self) -> float:
        return time.time() + self._clock_offset

    async def changed(self) -> None:
        async with self._change:
            self._change.notify_all()

    async def until(self, happened: Callable[[], object], what: str = "") -> None:
        """Wait until something became true. Raises `AssertionError` after a while."""
        try:
            async with asyncio.timeout(WAIT_SECONDS), self._change:
                await self._change.wait_for(happened)
        except TimeoutError:
            raise AssertionError(f"did not happen: {what or happened}; calls were {self.counts}") from None


def cut(request: web.Request) -> web.Response:
    """End the connection without an answer."""
    if request.transport:
        request.transport.abort()
    return web.Response()
