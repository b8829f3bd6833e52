"""Cursors of polled channels, kept in the database."""

from __future__ import annotations

from models.database.database import Database
from models.queues import outbox


class StoredCursor:
    """Implements `channels.contract.Cursor` for one channel."""

    def __init__(self, database: Database, channel: str) -> None:
        self._database = database
        self._channel = channel

    async def load(self) -> str:
        return await self._database.transaction(lambda conn: outbox.cursor(conn, self._channel))

    async def save(self, value: str) -> None:
        await self._database.transaction(lambda conn: outbox.set_cursor(conn, self._channel, value))
