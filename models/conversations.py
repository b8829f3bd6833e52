"""Conversations, residents, transcripts, and what administrators learn from them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from models.database import TENANT, Connection
from models.inbox import lane_of


async def get_or_create(
    conn: Connection, *, tenant: int, channel: str, address: str, now_ms: int, sender_name: str = ""
) -> dict[str, Any]:
    """Return the conversation row; a new conversation gets a resident of its own."""
    known = await conn.fetch_one(
        "SELECT * FROM conversation WHERE tenant = ? AND channel = ? AND address = ?", tenant, channel, address
    )
    if known:
        return known
    resident_id = await conn.insert("INSERT INTO resident (tenant, created_ms) VALUES (?, ?)", tenant, now_ms)
    await conn.insert(
        "INSERT INTO conversation (tenant, lane, channel, address, resident_id, sender_name, created_ms, last_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        tenant,
        lane_of(tenant, channel, address),
        channel,
        address,
        resident_id,
        sender_name,
        now_ms,
        now_ms,
    )
    row = await conn.fetch_one(
        "SELECT * FROM conversation WHERE tenant = ? AND channel = ? AND address = ?", tenant, channel, address
    )
    if row is None:
        raise LookupError("a conversation that was just written is not there")
    return row


async def add_message(
    conn: Connection,
    *,
    conversation_id: int,
    author: str,
    text: str,
    at_ms: int,
    author_id: int = 0,
    author_name: str = "",
    buttons: Sequence[Sequence[Sequence[str]]] = (),
    file: str = "",
) -> int:
    """Add a line to a transcript; returns its id. author: resident, bot, dispatcher."""
    return await conn.insert(
        "INSERT INTO message (tenant, conversation_id, author, author_id, author_name, text, buttons, file, at_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        TENANT,
        conversation_id,
        author,
        author_id,
        author_name,
        text,
        json.dumps(buttons, ensure_ascii=False) if buttons else "",
        file,
        at_ms,
    )


async def queue_message(
    conn: Connection, *, conversation: dict[str, Any], key: str, body: str, priority: int, due_ms: int, now_ms: int
) -> None:
    """Put a message into the outbox; a key that is known is left as it is."""
    await conn.execute(
        "INSERT INTO outbox (tenant, channel, conversation, key, body, priority, due_ms, created_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (tenant, key) DO NOTHING",
        TENANT,
        conversation["channel"],
        conversation["address"],
        key,
        body,
        priority,
        due_ms,
        now_ms,
    )


async def set_reachable(conn: Connection, conversation_id: int, reachable: bool) -> None:
    await conn.execute("UPDATE conversation SET reachable = ? WHERE id = ?", int(reachable), conversation_id)


async def log_unanswered(conn: Connection, text: str, now_ms: int) -> None:
    """Count a question that nobody could answer."""
    await conn.execute(
        "INSERT INTO unanswered (tenant, text, first_ms, last_ms) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (tenant, text) DO UPDATE SET count = unanswered.count + 1, last_ms = excluded.last_ms",
        TENANT,
        " ".join(text.lower().split())[:500],
        now_ms,
        now_ms,
    )


async def rate_answer(conn: Connection, entry_id: str, helped: bool, now_ms: int) -> None:
    """Keep a resident's word on an FAQ answer."""
    await conn.insert(
        "INSERT INTO faq_rating (tenant, entry_id, helped, at_ms) VALUES (?, ?, ?, ?)",
        TENANT,
        entry_id,
        int(helped),
        now_ms,
    )
