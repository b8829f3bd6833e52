"""Load over HTTP: requests made beforehand, sent over kept connections, each answer awaited and timed.

A client library would cost more than the server that is measured; all these requests are of one kind.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

PATIENCE = 30.0  # seconds an answer may take


@dataclass(slots=True)
class Answers:
    """status: how many answers of each; took: milliseconds of each answer, from the moment it was due."""

    seconds: float = 0.0
    status: dict[int, int] = field(default_factory=dict)
    took: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return len(self.took) / self.seconds

    def add(self, status: int, began: float) -> None:
        self.took.append((time.perf_counter() - began) * 1000)
        self.status[status] = self.status.get(status, 0) + 1


class Connection:
    """One kept connection; one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def ask(self, request: bytes) -> int:
        """Send a whole request; return the status when its answer has arrived."""
        self._writer.write(request)
        head = await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), PATIENCE)
        lower = head.lower()
        if (at := lower.find(b"content-length:")) >= 0:
            await self._reader.readexactly(int(lower[at + 15 : lower.index(b"\r\n", at)]))
        return int(head[9:12])

    def close(self) -> None:
        self._writer.close()


async def connect(port: int, count: int) -> list[Connection]:
    return [Connection(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(count)]


def request(method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def closed(port: int, requests: Iterable[bytes], seconds: float, connections: int) -> Answers:
    """Send as fast as the answers come, over so many connections, for so long."""
    answers, rest = Answers(), iter(requests)
    opened = await connect(port, connections)
    started = time.perf_counter()

    async def sender(connection: Connection) -> None:
        while (began := time.perf_counter()) - started < seconds:
            answers.add(await connection.ask(next(rest)), began)

    try:
        await asyncio.gather(*map(sender, opened))
    finally:
        for connection in opened:
            connection.close()
    answers.seconds = time.perf_counter() - started
    return answers


async def offered(port: int, requests: Iterable[bytes], seconds: float, rate: float, connections: int) -> Answers:
    """Offer so many requests a second; one that finds every connection busy waits, and the wait is counted."""
    answers, rest = Answers(), iter(requests)
    opened = await connect(port, connections)
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for connection in opened:
        free.put_nowait(connection)
    started = time.perf_counter()

    async def send(one: bytes, began: float) -> None:
        connection = await free.get()
        answers.add(await connection.ask(one), began)
        free.put_nowait(connection)

    try:
        async with asyncio.TaskGroup() as group:
            for number in range(int(seconds * rate)):
                due = started + number / rate
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                group.create_task(send(next(rest), due))
    finally:
        for connection in opened:
            connection.close()
    answers.seconds = time.perf_counter() - started
    return answers
