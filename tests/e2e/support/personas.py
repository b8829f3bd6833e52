"""A resident at the web chat and a dispatcher at the console, both over HTTP and stubborn when the program is down."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import aiohttp

from tests.e2e.support.program import Program

T = TypeVar("T")
PATIENCE = 180.0  # seconds for one step, restarts of the program included
DOWN = (aiohttp.ClientConnectionError, aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError, ConnectionError)


async def stubborn(program: Program, work: Callable[[], Awaitable[T]]) -> T:
    """Repeat while the program is down, as the page in the browser does."""
    async with asyncio.timeout(PATIENCE):
        while True:
            await program.up.wait()
            try:
                return await work()
            except DOWN:
                await asyncio.sleep(0)  # lets whoever starts the program again notice


async def until_quiet(program: Program, http: aiohttp.ClientSession) -> None:
    """Wait until the program has nothing left to do."""

    async def health() -> dict[str, Any]:
        async with http.get(f"{program.base}/healthz") as response:
            return dict(await response.json())

    async with asyncio.timeout(PATIENCE):
        while (await stubborn(program, health)) != {"status": "ok", "inbox": 0, "outbox": 0}:
            continue


@dataclass(slots=True)
class Resident:
    """Writes to the web chat; `lines` is everything seen so far."""

    program: Program
    http: aiohttp.ClientSession
    lines: list[dict[str, Any]] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def open(self) -> None:
        await stubborn(self.program, lambda: self._post("/chat/session", {}))

    async def write(self, text: str) -> None:
        self.sent.append(text)
        body = {"id": f"message-{next(self.numbers)}", "text": text}
        await stubborn(self.program, lambda: self._post("/chat/messages", body))

    async def press(self, label: str) -> None:
        """Press the newest button with this text on it."""
        value = self.button(label)
        self.sent.append(label)
        body = {"id": f"message-{next(self.numbers)}", "press": value}
        await stubborn(self.program, lambda: self._post("/chat/messages", body))

    def button(self, label: str) -> str:
        for line in reversed(self.lines):
            for row in line.get("buttons", ()):
                for shown, value in row:
                    if label in shown:
                        return str(value)
        raise AssertionError(f"no button {label!r} in {self.lines[-3:]}")

    async def _post(self, path: str, body: dict[str, Any]) -> None:
        headers = {"Origin": self.program.base}
        async with self.http.post(self.program.base + path, json=body, headers=headers) as response:
            if response.status in (429, 503):
                raise ConnectionResetError(await response.text())
            assert response.status == 200, await response.text()

    async def sees(self, text: str) -> str:
        """Wait until a line with this text has come after the last one that was waited for; return it."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for line in self.lines[self._read :]:
                    self._read += 1
                    if line["author"] != "resident" and text in line["text"]:
                        return str(line["text"])
                self.lines += await stubborn(self.program, self._new)

    async def hears_back(self) -> str:
        """Wait for the first answer after the last thing they wrote; a greeting before it is none."""
        async with asyncio.timeout(PATIENCE):
            while True:
                texts = [line["text"] if line["author"] == "resident" else None for line in self.lines]
                if self.sent[-1] in texts:
                    for line in self.lines[len(texts) - texts[::-1].index(self.sent[-1]) :]:
                        return str(line["text"])
                self.lines += await stubborn(self.program, self._new)

    _read: int = 0

    async def _new(self) -> list[dict[str, Any]]:
        after = self.lines[-1]["id"] if self.lines else 0
        async with self.http.get(
            f"{self.program.base}/chat/lines", params={"after": str(after), "wait": "5"}
        ) as response:
            assert response.status == 200, await response.text()
            return list((await response.json())["lines"])


@dataclass(slots=True)
class Dispatcher:
    """Works at the console without a browser."""

    program: Program
    http: aiohttp.ClientSession
    csrf: str = ""

    async def log_in(self, login: str, password: str) -> None:
        form = await self.get("/console/login")
        mark = re.search(r'name="mark" value="([^"]+)"', form)
        assert mark, form
        page = await self.post("/console/login", mark=mark[1], login=login, password=password)
        token = re.search(r'name="csrf" value="([^"]+)"', page)
        assert token, page
        self.csrf = token[1]

    async def get(self, path: str) -> str:
        async def work() -> str:
            async with self.http.get(self.program.base + path) as response:
                assert response.status == 200, f"{path}: {response.status}"
                return await response.text()

        return await stubborn(self.program, work)

    async def post(self, path: str, **fields: str) -> str:
        async def work() -> str:
            data, headers = {"csrf": self.csrf, **fields}, {"Origin": self.program.base}
            async with self.http.post(self.program.base + path, data=data, headers=headers) as response:
                text = await response.text()
                assert response.status == 200, f"{path}: {response.status}: {text[:500]}"
                return text

        return await stubborn(self.program, work)

    async def ticket(self, number: str) -> int:
        """Return the id of the ticket with this number."""
        page = await self.get("/console/tickets")
        found = re.search(rf'href="/console/tickets/(\d+)">{number}<', page)
        assert found, page
        return int(found[1])

    async def change_status(self, ticket: int, status: str, reason: str = "") -> None:
        await self.post(f"/console/tickets/{ticket}/status", status=status, reason=reason)


@asynccontextmanager
async def browser_of(kind: Callable[[Program, aiohttp.ClientSession], T], program: Program) -> AsyncIterator[T]:
    """Give a person cookies and connections of their own."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        yield kind(program, http)
