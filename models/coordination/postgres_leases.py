"""Owners among all processes that use one PostgreSQL database.

An owner holds an advisory lock of a connection of its own: when the process dies, its connection and the lock go at
once, and the next one takes over. A process that is cut off from the server notices within `PING_SECONDS` + 2 and
stops; the server ends its session after `SILENCE`, not before.
"""

from __future__ import annotations

import asyncio
import logging
import zlib
from typing import Any

from models.coordination.leases import Work
from models.database import postgres

logger = logging.getLogger(__name__)

CLASS = 7_140_003  # of our advisory locks
POLL_SECONDS = 0.2  # how long nobody may be the owner after one has died
PING_SECONDS = 1.0
SILENCE = "6s"


class Session:
    """A connection whose death means that its locks are gone."""

    def __init__(self, connection: Any) -> None:
        self.lost = asyncio.Event()
        self._connection = connection
        self._one = asyncio.Lock()  # a connection answers one question at a time
        connection.add_termination_listener(lambda _: self.lost.set())
        self._keeper = asyncio.create_task(self._keep())

    async def take(self, name: str) -> bool:
        return bool(await self._ask("SELECT pg_try_advisory_lock($1, $2)", name))

    async def give(self, name: str) -> None:
        await self._ask("SELECT pg_advisory_unlock($1, $2)", name)

    async def end(self) -> None:
        self._keeper.cancel()
        self.lost.set()
        await postgres.end(self._connection)

    async def _ask(self, sql: str, name: str) -> Any:
        async with self._one:
            return await self._connection.fetchval(sql, CLASS, zlib.crc32(name.encode()) - 2**31)

    async def _keep(self) -> None:
        try:
            while True:
                await asyncio.sleep(PING_SECONDS)
                async with self._one:
                    await self._connection.fetchval("SELECT 1")
        except postgres.LOST:
            self.lost.set()
            self._connection.terminate()


class PostgresLeases:
    """`Leases` among all processes that use one PostgreSQL database."""

    def __init__(self, address: postgres.Address) -> None:
        self._address = address
        self._session: Session | None = None
        self._opening = asyncio.Lock()
        self._held: set[str] = set()

    async def hold_lease(self, name: str, work: Work) -> None:
        while True:
            try:
                session = await self._open()
                mine = await session.take(name)
            except postgres.LOST as error:
                logger.warning(
                    "no session for locks", extra={"action": "owner.no_session", "error": type(error).__name__}
                )
                mine = False
            if not mine:
                await asyncio.sleep(POLL_SECONDS)
            elif await self._own(session, name, work):
                return

    def held(self) -> frozenset[str]:
        return frozenset(self._held)

    async def close(self) -> None:
        if self._session:
            await self._session.end()

    async def _own(self, session: Session, name: str, work: Work) -> bool:
        """Work while the session lives; return whether the work came to its end."""
        logger.info("owner", extra={"action": "owner.taken", "what": name})
        self._held.add(name)
        working, losing = asyncio.ensure_future(work()), asyncio.ensure_future(session.lost.wait())
        try:
            await asyncio.wait({working, losing}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                await working
                return True
            logger.warning("ownership lost", extra={"action": "owner.lost", "what": name})
            return False
        finally:
            losing.cancel()
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            self._held.discard(name)
            await self._give(session, name)

    async def _give(self, session: Session, name: str) -> None:
        if not session.lost.is_set():
            try:
                await session.give(name)
            except postgres.LOST:
                session.lost.set()

    async def _open(self) -> Session:
        async with self._opening:
            if self._session is None or self._session.lost.is_set():
                if self._session:
                    await self._session.end()
                self._session = Session(await postgres.alone(self._address, idle_session_timeout=SILENCE))
            return self._session
