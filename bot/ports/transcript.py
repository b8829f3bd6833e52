"""Read access to stored conversations for adapters that show a whole conversation (web chat)."""

from __future__ import annotations

import json
from typing import Any

import epoch
from channels.contract import Button, FileRef, Line
from models.coordination.wakeup import Wakeup
from models.database.connection import TENANT, Connection
from models.database.database import Database


class StoredTranscript:
    """Implements `channels.contract.Transcript` for one channel."""

    def __init__(self, channel: str, database: Database, wakeup: Wakeup) -> None:
        self._channel = channel
        self._database = database
        self._wakeup = wakeup

    async def lines_after(self, conversation: str, after_id: int, limit: int = 200) -> list[Line]:
        async def work(conn: Connection) -> list[dict[str, Any]]:
            return await conn.fetch(
                "SELECT m.id, m.author, m.author_name, m.text, m.buttons, m.file, m.at_ms, a.mime, a.title, a.size"
                " FROM conversation c JOIN message m ON m.conversation_id = c.id"
                " LEFT JOIN attachment a ON m.file <> '' AND a.tenant = m.tenant AND a.name = m.file"
                " WHERE c.tenant = ? AND c.channel = ? AND c.address = ? AND m.id > ? ORDER BY m.id LIMIT ?",
                TENANT,
                self._channel,
                conversation,
                after_id,
                limit,
            )

        return [as_line(row) for row in await self._database.transaction(work)]

    async def wait(self, conversation: str, after_id: int, timeout: float) -> None:
        listener = self._wakeup.listen(
            f"conversation:{self._channel}:{conversation}"
        )  # before the look, so no ring is lost
        if not await self.lines_after(conversation, after_id, 1):
            await listener.wait(timeout)


def as_line(row: dict[str, Any]) -> Line:
    rows = json.loads(row["buttons"]) if row["buttons"] else []
    return Line(
        id=row["id"],
        author=row["author"],
        author_name=row["author_name"],
        text=row["text"],
        buttons=tuple(tuple(Button(*button) for button in buttons) for buttons in rows),
        file=FileRef(remote_id=row["file"], name=row["title"] or "", mime=row["mime"] or "", size=row["size"] or 0)
        if row["file"] and row["mime"] is not None  # a file that was forgotten is not shown any more
        else None,
        at=epoch.from_ms(row["at_ms"]),
    )
