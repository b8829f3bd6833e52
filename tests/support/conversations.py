"""Conversations for tests, one at a time; turns make them in bulk."""

from __future__ import annotations

from typing import Any

from models.database.connection import Connection
from models.residents.conversations import create


async def get_or_create(
    conn: Connection, *, tenant: int, channel: str, address: str, now_ms: int, sender_name: str = ""
) -> dict[str, Any]:
    """Return the conversation row; a new conversation gets a resident of its own."""
    known = await conn.fetch_one(
        "SELECT * FROM conversation WHERE tenant = ? AND channel = ? AND address = ?", tenant, channel, address
    )
    if known:
        return known
    return (await create(conn, [(channel, address)], now_ms, tenant=tenant, sender_name=sender_name))[0]
