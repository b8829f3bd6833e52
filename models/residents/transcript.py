"""Lines of conversations, for channels that show a whole conversation."""

from __future__ import annotations

from dataclasses import dataclass

from models.database.connection import TENANT, Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptLine:
    """A line with what is known of its file; None: there is none, or it was forgotten."""

    id: int
    author: str
    author_name: str
    text: str
    buttons: str  # JSON; empty: none
    file: str  # stored name; empty: none
    at_ms: int
    mime: str | None
    title: str | None
    size: int | None


async def lines_after(conn: Connection, channel: str, address: str, after_id: int, limit: int) -> list[TranscriptLine]:
    """Return lines after an id, oldest first."""
    rows = await conn.fetch(
        "SELECT m.id, m.author, m.author_name, m.text, m.buttons, m.file, m.at_ms, a.mime, a.title, a.size"
        " FROM conversation c JOIN message m ON m.conversation_id = c.id"
        " LEFT JOIN attachment a ON m.file <> '' AND a.tenant = m.tenant AND a.name = m.file"
        " WHERE c.tenant = ? AND c.channel = ? AND c.address = ? AND m.id > ? ORDER BY m.id LIMIT ?",
        TENANT,
        channel,
        address,
        after_id,
        limit,
    )
    return [TranscriptLine(**row) for row in rows]
