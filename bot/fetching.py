"""Files that residents sent are fetched from their channel after the message was stored, with patience."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from typing import Any

from bot.files import StoredFiles
from channels.contract import Channel, Fetch, FileRef, PayloadError, SendError
from models import attachments
from models.bell import Bell
from models.database import Database

logger = logging.getLogger(__name__)

MAX_TRIES = 8
LONGEST_PAUSE_SECONDS = 3600


class Fetcher:
    """One file at a time: photos are small, and a slow channel must not hold the others up for long."""

    def __init__(
        self, channels: Mapping[str, Channel], files: StoredFiles, database: Database, bell: Bell, limit_bytes: int
    ) -> None:
        self._channels = channels
        self._files = files
        self._database = database
        self._bell = bell
        self._limit_bytes = limit_bytes

    async def run(self) -> None:
        """Fetch until cancelled."""
        listener = self._bell.listen("files")
        while True:
            if not await self.work():
                await listener.wait(5.0)

    async def work(self) -> int:
        """Fetch what is due; return how many files were tried."""
        now = int(time.time() * 1000)
        rows = await self._database.unit(lambda conn: attachments.due(conn, now, 10))
        for row in rows:
            await self._fetch(row)
        return len(rows)

    async def _fetch(self, row: dict[str, Any]) -> None:
        name = row["name"]
        channel = self._channels.get(row["channel"])
        try:
            if not isinstance(channel, Fetch):
                raise SendError("not_found", retryable=False, detail="the channel is switched off or has no files")
            data = await channel.fetch(FileRef(**json.loads(row["remote"])), self._limit_bytes)
            await self._files.fill(name, data)
        except (SendError, PayloadError) as error:
            await self._failed(row, error)
        self._bell.ring("console")

    async def _failed(self, row: dict[str, Any], error: SendError | PayloadError) -> None:
        name, tries = row["name"], row["tries"] + 1
        code = error.code if isinstance(error, SendError) else "not_a_picture"
        final = isinstance(error, PayloadError) or not error.retryable or tries >= MAX_TRIES
        logger.warning("a file was not fetched", extra={"action": "file.failed", "code": code, "final": final})
        if final:
            await self._database.unit(lambda conn: attachments.give_up(conn, name, code))
            return
        due = int((time.time() + min(2**tries, LONGEST_PAUSE_SECONDS)) * 1000)
        await self._database.unit(lambda conn: attachments.postpone(conn, name, code, due))
