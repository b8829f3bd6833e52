"""Lines of conversations, for channels that show a whole conversation."""

from __future__ import annotations

from typing import Any

from models.database.connection import TENANT, Connection


async def lines_after(conn: Connection, channel: str, address: str, after_id: int, limit: int) -> list[dict[str, Any]]:
    """Return lines after an id, oldest first; each with ``mime``, ``title`` and ``size`` of its file, None: no file."""
    return await conn.fetch(
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
