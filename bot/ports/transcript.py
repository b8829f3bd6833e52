"""Read access to stored conversations for adapters that show a whole conversation (web chat)."""

from __future__ import annotations

import json

import epoch
from channels.contract import FileRef, Line
from models.coordination.wakeup import Wakeup
from models.database.database import Database
from models.residents import transcript
from models.residents.transcript import TranscriptLine
from models.rows.outbox_bodies import buttons_of


class StoredTranscript:
    """Implements `channels.contract.Transcript` for one channel."""

    def __init__(self, channel: str, database: Database, wakeup: Wakeup) -> None:
        self._channel = channel
        self._database = database
        self._wakeup = wakeup

    async def lines_after(self, conversation: str, after_id: int, limit: int = 200) -> list[Line]:
        rows = await self._database.transaction(
            lambda conn: transcript.lines_after(conn, self._channel, conversation, after_id, limit)
        )
        return [as_line(row) for row in rows]

    async def wait(self, conversation: str, after_id: int, timeout: float) -> None:
        listener = self._wakeup.listen(
            f"conversation:{self._channel}:{conversation}"
        )  # before the look, so no ring is lost
        if not await self.lines_after(conversation, after_id, 1):
            await listener.wait(timeout)


def as_line(row: TranscriptLine) -> Line:
    return Line(
        id=row.id,
        author=row.author,
        author_name=row.author_name,
        text=row.text,
        buttons=buttons_of(json.loads(row.buttons)) if row.buttons else (),
        file=FileRef(remote_id=row.file, name=row.title or "", mime=row.mime or "", size=row.size or 0)
        if row.file and row.mime is not None  # a file that was forgotten is not shown any more
        else None,
        at=epoch.from_ms(row.at_ms),
    )
