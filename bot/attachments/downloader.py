"""Files that residents sent are fetched from their channel after the message was stored, with patience."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping

import epoch
from bot.attachments.store import StoredFiles
from channels.contract import Channel, Fetch, FileRef, PayloadError, SendError
from models import attachments
from models.attachments import DueFile
from models.coordination.wakeup import Wakeup
from models.database.connection import TENANT, Connection
from models.database.database import Database
from models.queues import inbox
from models.queues.event_bodies import FileRefusedBody, InternalBody, encode
from models.residents import conversations

logger = logging.getLogger(__name__)

MAX_TRIES = 8
LONGEST_PAUSE_SECONDS = 3600
REFUSALS = {"rejected": "too_big"}  # what `Fetch` says of a file above the limit
REASONS = ("not_allowed", "too_big")  # that a resident is told; any other failure is "lost"


class Fetcher:
    """One file at a time: most files are small, and a slow channel must not hold the others up for long."""

    def __init__(
        self, channels: Mapping[str, Channel], files: StoredFiles, database: Database, wakeup: Wakeup, limit_bytes: int
    ) -> None:
        self._channels = channels
        self._files = files
        self._database = database
        self._wakeup = wakeup
        self._limit_bytes = limit_bytes

    async def run(self) -> None:
        """Fetch until cancelled."""
        listener = self._wakeup.listen("files")
        while True:
            if not await self.work():
                await listener.wait(5.0)

    async def work(self) -> int:
        """Fetch what is due; return how many files were tried."""
        now = epoch.now_ms()
        rows = await self._database.transaction(lambda conn: attachments.due(conn, now, 10))
        for row in rows:
            await self._fetch(row)
        return len(rows)

    async def _fetch(self, row: DueFile) -> None:
        name = row.name
        channel = self._channels.get(row.channel)
        try:
            if not isinstance(channel, Fetch):
                raise SendError("not_found", retryable=False, detail="the channel is switched off or has no files")
            data = await channel.fetch(FileRef(**json.loads(row.remote)), self._limit_bytes)
            await self._files.fill(name, data)
            self._wakeup.notify("voice")
        except (SendError, PayloadError) as error:
            await self._failed(row, error)
        self._wakeup.notify("console")

    async def _failed(self, row: DueFile, error: SendError | PayloadError) -> None:
        name, tries = row.name, row.tries + 1
        code = REFUSALS.get(error.code, error.code) if isinstance(error, SendError) else "not_allowed"
        final = isinstance(error, PayloadError) or not error.retryable or tries >= MAX_TRIES
        logger.warning("a file was not fetched", extra={"action": "file.failed", "code": code, "final": final})
        if final:
            await self._database.transaction(lambda conn: give_up(conn, name, row.conversation_id, code))
            self._wakeup.notify("inbox")
            return
        due = int((time.time() + min(2**tries, LONGEST_PAUSE_SECONDS)) * 1000)
        await self._database.transaction(lambda conn: attachments.postpone(conn, name, code, due))


async def give_up(conn: Connection, name: str, conversation_id: int, code: str) -> None:
    """Mark a file as lost, and let the dialog tell the resident."""
    if not await attachments.give_up(conn, name, code):
        return
    reason = code if code in REASONS else "lost"
    await tell_dialog(conn, conversation_id, f"file:{name}", FileRefusedBody(file=name, reason=reason))


async def tell_dialog(conn: Connection, conversation_id: int, key: str, body: InternalBody) -> None:
    """Put an event about a file into the inbox of the conversation it came from; none is known of older files."""
    conversation = await conversations.address_of(conn, conversation_id)
    if conversation:
        await inbox.enqueue(
            conn,
            tenant=TENANT,
            channel=conversation.channel,
            conversation=conversation.address,
            key=key,
            body=encode(body),
            at_ms=epoch.now_ms(),
        )
