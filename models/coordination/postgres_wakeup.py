"""Wake-ups between processes, over PostgreSQL's LISTEN/NOTIFY; those of one moment go in one statement.

A NOTIFY inside every transaction would make the server commit them one after the other, so wake-ups have a connection
of their own, which collects them. One that is lost while it is away costs a waiting listener one timeout.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Iterator
from typing import Any

from models.coordination.wakeup import Listener, LocalWakeup
from models.database import postgres

logger = logging.getLogger(__name__)

CHANNEL = "domovoy"
COLLECT_SECONDS = 0.005
LONGEST_PAYLOAD = 7000  # bytes; PostgreSQL takes 7,999
PING_SECONDS = 5.0
PAUSE_SECONDS = 0.5


class PostgresWakeup:
    """Implements `models.coordination.wakeup.Wakeup` among all processes of one database.

    Use it only from the event loop.
    """

    def __init__(self, address: postgres.Address) -> None:
        self._address = address
        self._node = secrets.token_hex(4)  # our own notifications come back and are left out
        self._local = LocalWakeup()
        self._pending: dict[str, None] = {}
        self._notified = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    def notify(self, topic: str) -> None:
        self._local.notify(topic)
        self._pending[topic] = None
        self._notified.set()

    def listen(self, topic: str) -> Listener:
        return self._local.listen(topic)

    async def wait(self, topic: str, timeout: float) -> None:
        await self._local.wait(topic, timeout)

    async def close(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _run(self) -> None:
        while True:
            try:
                connection = await postgres.alone(self._address)
                try:
                    await self._serve(connection)
                finally:
                    await postgres.end(connection)
            except postgres.LOST as error:
                name = type(error).__name__
                logger.warning("wake-ups have no connection", extra={"action": "bell.away", "error": name})
            await asyncio.sleep(PAUSE_SECONDS)

    async def _serve(self, connection: Any) -> None:
        """Hear and pass on until the connection breaks."""
        await connection.add_listener(CHANNEL, self._hear)
        self._local.notify_all()  # whatever rang while nobody heard
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PING_SECONDS):
                    await self._notified.wait()
            await asyncio.sleep(COLLECT_SECONDS)
            self._notified.clear()
            topics, self._pending = list(self._pending), {}
            for payload in payloads(self._node, topics):
                await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, payload)
            if not topics:
                await connection.fetchval("SELECT 1")  # notices a dead connection

    def _hear(self, connection: Any, pid: int, channel: str, payload: str) -> None:
        node, *topics = payload.split("\n")
        if node != self._node:
            for topic in topics:
                self._local.notify(topic)


def payloads(node: str, topics: list[str]) -> Iterator[str]:
    """Join topics to as few notifications as the server's limit allows; a topic that is too long is left out."""
    current = node
    for topic in topics:
        if len((current + topic).encode()) > LONGEST_PAYLOAD:
            if current != node:
                yield current
            current = node
        if len(topic.encode()) < LONGEST_PAYLOAD // 2:
            current = f"{current}\n{topic}"
    if current != node:
        yield current
