"""Conversations, residents, transcripts, and what administrators learn from them."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from models.database.connection import TENANT, Connection
from models.database.sql_lists import padded, placeholders
from models.residents.rows import ConversationAddress, columns_of
from models.rows.lanes import lane_of

SHOWN_ASIDE_MS = 24 * 3_600_000  # how long a dispatcher sees that a conversation was flooded


async def open_for(conn: Connection, resident_id: int, channel: str, address: str, now_ms: int) -> dict[str, Any]:
    """Return the conversation with this address; one that is new belongs to this resident, who has said nothing yet.

    Its lane is locked, so that nobody takes the address out of it until the transaction ends: not for turns, which
    never wait for a lane.
    """
    lane = lane_of(TENANT, channel, address)
    if conn.dialect == "postgres":
        await conn.fetch("SELECT id FROM lane WHERE id = ? FOR NO KEY UPDATE", lane)
    made = await conn.execute(
        "INSERT INTO conversation (tenant, lane, channel, address, resident_id, created_ms, last_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (tenant, channel, address) DO NOTHING",
        TENANT,
        lane,
        channel,
        address,
        resident_id,
        now_ms,
        now_ms,
    )
    if made:
        await count_conversations(conn, (resident_id,))
    row = await conn.fetch_one(
        "SELECT * FROM conversation WHERE tenant = ? AND channel = ? AND address = ?", TENANT, channel, address
    )
    assert row is not None  # noqa: S101  written above, in this transaction
    return row


async def create(
    conn: Connection, pairs: Sequence[tuple[str, str]], now_ms: int, *, tenant: int = TENANT, sender_name: str = ""
) -> list[dict[str, Any]]:
    """Create conversations of these (channel, address), each with a resident of its own; return their rows."""
    people = await conn.fetch(
        "INSERT INTO resident (tenant, created_ms) VALUES "  # noqa: S608  marks only
        + ", ".join(["(?, ?)"] * len(pairs))
        + " RETURNING id",
        *(tenant, now_ms) * len(pairs),
    )
    values: list[object] = []
    for (channel, address), person in zip(pairs, people, strict=True):
        lane = lane_of(tenant, channel, address)
        values += (tenant, lane, channel, address, person["id"], sender_name, now_ms, now_ms)
    return await conn.fetch(
        "INSERT INTO conversation (tenant, lane, channel, address, resident_id, sender_name, created_ms, last_ms)"  # noqa: S608
        " VALUES " + ", ".join(["(?, ?, ?, ?, ?, ?, ?, ?)"] * len(pairs)) + " RETURNING *",
        *values,
    )


async def count_conversations(conn: Connection, residents: Sequence[int]) -> None:
    """Note of residents whether they have several conversations."""
    await conn.execute(
        "UPDATE resident SET several = CASE WHEN"  # noqa: S608
        " (SELECT count(*) FROM conversation c WHERE c.resident_id = resident.id)"
        f" > 1 THEN 1 ELSE 0 END WHERE id IN ({placeholders(residents)})",
        *residents,
    )


async def lock_lane(conn: Connection, conversation_id: int) -> None:
    """Keep turns and merges away from a conversation until the transaction ends; what is read after it stays true."""
    if conn.dialect == "postgres":
        await conn.fetch(
            "SELECT l.id FROM lane l JOIN conversation c ON c.lane = l.id WHERE c.id = ? FOR NO KEY UPDATE OF l",
            conversation_id,
        )


async def lock_lanes(conn: Connection, conversation_ids: Collection[int]) -> None:
    """Lock the lanes of several conversations as `lock_lane` does, in one order, so that two transactions never wait in
    turn.

    To be called before the transaction has written to or locked any conversation.
    """
    if conn.dialect == "postgres" and conversation_ids:
        ids = padded(sorted(set(conversation_ids)))
        await conn.fetch(
            "SELECT id FROM lane WHERE id IN (SELECT c.lane FROM conversation c"  # noqa: S608  marks only
            f" WHERE c.id IN ({placeholders(ids)})) ORDER BY id FOR NO KEY UPDATE",
            *ids,
        )


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
    """Add a line to a transcript; returns its id. author: resident, bot, dispatcher.

    The lane is locked as a turn locks it: lines of one conversation are then committed in the order of their ids, and
    a reader who goes on after an id misses none.
    """
    await lock_lane(conn, conversation_id)
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
    conn: Connection, *, channel: str, address: str, key: str, body: str, priority: int, due_ms: int, now_ms: int
) -> None:
    """Put a message into the outbox; a key that is known is left as it is."""
    await conn.execute(
        "INSERT INTO outbox (tenant, channel, conversation, key, body, priority, due_ms, created_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (tenant, key) DO NOTHING",
        TENANT,
        channel,
        address,
        key,
        body,
        priority,
        due_ms,
        now_ms,
    )


async def address_of(conn: Connection, conversation_id: int) -> ConversationAddress | None:
    """Return where a conversation is, if there is such a conversation."""
    row = await conn.fetch_one(
        f"SELECT {columns_of(ConversationAddress)} FROM conversation WHERE tenant = ? AND id = ?",  # noqa: S608
        TENANT,
        conversation_id,
    )
    return ConversationAddress(**row) if row else None


async def waiting_since(conn: Connection, conversation_id: int) -> int:
    """Return since when a conversation has waited for a dispatcher, in ms; 0: it does not."""
    row = await conn.fetch_one("SELECT waiting_ms FROM conversation WHERE id = ?", conversation_id)
    return int(row["waiting_ms"]) if row else 0


async def set_reachable(conn: Connection, conversation_id: int, reachable: bool, reason: str = "") -> None:
    """Note whether messages arrive; `reason` says why not: blocked, bounced."""
    await conn.execute(
        "UPDATE conversation SET reachable = ?, unreachable_reason = ? WHERE id = ?",
        int(reachable),
        "" if reachable else reason or "blocked",
        conversation_id,
    )


async def want_announcements(conn: Connection, resident_id: int, wanted: bool) -> None:
    """Note whether a resident wants announcements that are not urgent."""
    await conn.execute("UPDATE resident SET announcements = ? WHERE id = ?", int(wanted), resident_id)


async def set_thread(conn: Connection, conversation_id: int, thread: str) -> None:
    """Remember what an answer must know of the resident's last message."""
    await conn.execute("UPDATE conversation SET thread = ? WHERE id = ?", thread, conversation_id)


async def count_throttled(conn: Connection, conversation_id: int, messages: int, now_ms: int) -> None:
    """Count messages of a flood that were not answered; what is older than a day is another flood."""
    await conn.execute(
        "UPDATE conversation SET aside = CASE WHEN aside_ms < ? THEN 0 ELSE aside END + ?, aside_ms = ? WHERE id = ?",
        now_ms - SHOWN_ASIDE_MS,
        messages,
        now_ms,
        conversation_id,
    )


async def log_unanswered(conn: Connection, texts: Sequence[str], now_ms: int) -> None:
    """Count questions that nobody could answer."""
    await conn.many(
        "INSERT INTO unanswered (tenant, text, first_ms, last_ms) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (tenant, text) DO UPDATE SET count = unanswered.count + 1, last_ms = excluded.last_ms",
        [(TENANT, " ".join(text.lower().split())[:500], now_ms, now_ms) for text in sorted(texts)],
    )


async def rate_answers(conn: Connection, ratings: Sequence[tuple[str, bool]], now_ms: int) -> None:
    """Keep residents' words on FAQ answers: (entry id, whether it helped)."""
    await conn.many(
        "INSERT INTO faq_rating (tenant, entry_id, helped, at_ms) VALUES (?, ?, ?, ?)",
        [(TENANT, entry_id, int(helped), now_ms) for entry_id, helped in ratings],
    )
