"""Statements of a batch of turns: many conversations read at once, everything written at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from models.conversations import get_or_create
from models.database import TENANT, Connection

# (tenant, conversation_id, author, author_id, author_name, text, buttons, file, at_ms)
MessageRow = tuple[int, int, str, int, str, str, str, str, int]
# (tenant, channel, conversation, key, body, priority, due_ms, created_ms)
OutboxRow = tuple[int, str, str, str, str, int, int, int]
# (session, last_ms, unread added, conversation id)
SessionRow = tuple[str, int, int, int]

CHUNK = 200


async def conversations(
    conn: Connection, wanted: Iterable[tuple[str, str]], now_ms: int
) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the conversation rows of (channel, address) pairs; those that are new are created.

    Each row also has `claimed_name`: the name of the dispatcher who has the conversation, or None.
    """
    pairs = list(dict.fromkeys(wanted))
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for start in range(0, len(pairs), CHUNK):
        part = pairs[start : start + CHUNK]
        values = ", ".join("(?, ?)" for _ in part)
        sql = (
            "SELECT c.*, u.name AS claimed_name FROM conversation c LEFT JOIN operator_user u ON u.id = c.claimed_by"  # noqa: S608
            f" WHERE c.tenant = ? AND (c.channel, c.address) IN (VALUES {values})"
        )
        for row in await conn.fetch(sql, TENANT, *(item for pair in part for item in pair)):
            found[row["channel"], row["address"]] = row
    for channel, address in pairs:
        if (channel, address) not in found:
            found[channel, address] = await get_or_create(
                conn, tenant=TENANT, channel=channel, address=address, now_ms=now_ms
            )
    return found


async def residents(conn: Connection, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return resident rows by id."""
    wanted = sorted(set(ids))
    found: dict[int, dict[str, Any]] = {}
    for start in range(0, len(wanted), CHUNK):
        part = wanted[start : start + CHUNK]
        marks = ", ".join("?" for _ in part)
        for row in await conn.fetch(f"SELECT * FROM resident WHERE id IN ({marks})", *part):  # noqa: S608
            found[row["id"]] = row
    return found


async def write(
    conn: Connection,
    messages: Sequence[MessageRow],
    outgoing: Sequence[OutboxRow],
    sessions: Sequence[SessionRow],
    changed_residents: Sequence[dict[str, Any]],
) -> None:
    """Write what a batch decided; the caller's unit makes it one transaction."""
    if messages:
        await conn.many(
            "INSERT INTO message (tenant, conversation_id, author, author_id, author_name, text, buttons, file, at_ms)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            messages,
        )
    if outgoing:
        await conn.many(
            "INSERT INTO outbox (tenant, channel, conversation, key, body, priority, due_ms, created_ms)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            outgoing,
        )
    if sessions:
        await conn.many(
            "UPDATE conversation SET session = ?, last_ms = ?, unread = unread + ?, version = version + 1 WHERE id = ?",
            sessions,
        )
    if changed_residents:
        await conn.many(
            "UPDATE resident SET name = ?, phone = ?, house_id = ?, apartment = ?, notice_version = ?, notified_ms = ?"
            " WHERE id = ?",
            [
                (r["name"], r["phone"], r["house_id"], r["apartment"], r["notice_version"], r["notified_ms"], r["id"])
                for r in changed_residents
            ],
        )


async def pressed_label(conn: Connection, conversation_id: int, value: str) -> str:
    """Label of the button that was pressed, looked up in the latest lines of the bot; '' when none has it."""
    lines = await conn.fetch(
        "SELECT buttons FROM message WHERE conversation_id = ? AND buttons <> '' ORDER BY id DESC LIMIT 5",
        conversation_id,
    )
    for line in lines:
        for row in json.loads(line["buttons"]):
            for label, button_value in row:
                if button_value == value:
                    return str(label)
    return ""
