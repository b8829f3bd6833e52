"""Statements of a batch of turns: many conversations read at once, everything written at once."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from models.database.connection import TENANT, Connection
from models.database.sql_lists import padded, placeholders
from models.residents.conversations import create

# (tenant, conversation_id, author, author_id, author_name, text, buttons, file, at_ms)
MessageRow = tuple[int, int, str, int, str, str, str, str, int]
# (tenant, channel, conversation, key, body, priority, due_ms, created_ms)
OutboxRow = tuple[int, str, str, str, str, int, int, int]
# (session, last_ms, unread added, conversation id)
SessionRow = tuple[str, int, int, int]

# (name, phone, phone_verified_ms, house_id, apartment, notice_version, notified_ms, resident id). Unchanged: '', 0, and
# -1 for phone_verified_ms. Several conversations of one resident may be worked on at once: only what is new is written.
KnownRow = tuple[str, str, int, int, str, str, int, int]

CHUNK = 200


async def conversations(
    conn: Connection, wanted: Iterable[tuple[str, str]], now_ms: int
) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the conversation rows of (channel, address) pairs; those that are new are created.

    Each row also has `claimed_name`: the name of the dispatcher who has the conversation, or None.
    """
    pairs = list(dict.fromkeys(wanted))
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for channel in dict.fromkeys(
        channel for channel, _ in pairs
    ):  # one by one: for a list of pairs SQLite reads the whole table
        addresses = [address for one, address in pairs if one == channel]
        for start in range(0, len(addresses), CHUNK):
            part = padded(addresses[start : start + CHUNK])
            sql = (
                "SELECT c.*, u.name AS claimed_name FROM conversation c"  # noqa: S608  marks only
                " LEFT JOIN operator_user u ON u.id = c.claimed_by"
                f" WHERE c.tenant = ? AND c.channel = ? AND c.address IN ({placeholders(part)})"
            )
            for row in await conn.fetch(sql, TENANT, channel, *part):
                found[channel, row["address"]] = row
    new = [pair for pair in pairs if pair not in found]
    for start in range(0, len(new), CHUNK):
        for row in await create(conn, new[start : start + CHUNK], now_ms):
            found[row["channel"], row["address"]] = row
    return found


async def residents(conn: Connection, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return resident rows by id."""
    wanted = sorted(set(ids))
    found: dict[int, dict[str, Any]] = {}
    for start in range(0, len(wanted), CHUNK):
        part = padded(wanted[start : start + CHUNK])
        for row in await conn.fetch(f"SELECT * FROM resident WHERE id IN ({placeholders(part)})", *part):  # noqa: S608
            found[row["id"]] = row
    return found


async def other_conversations(conn: Connection, ids: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
    """Return all conversations of residents who have several, by resident, the latest first."""
    wanted = sorted(set(ids))
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for start in range(0, len(wanted), CHUNK):
        part = padded(wanted[start : start + CHUNK])
        for row in await conn.fetch(
            "SELECT id, channel, address, resident_id, reachable, session, last_ms FROM conversation"  # noqa: S608
            f" WHERE resident_id IN ({placeholders(part)}) ORDER BY last_ms DESC, id DESC",
            *part,
        ):
            found[row["resident_id"]].append(row)
    return found


async def write(
    conn: Connection,
    messages: Sequence[MessageRow],
    outgoing: Sequence[OutboxRow],
    sessions: Sequence[SessionRow],
    known: Sequence[KnownRow],
) -> None:
    """Write what a batch decided, in the caller's transaction."""
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
    if known:
        await conn.many(
            "UPDATE resident SET name = COALESCE(NULLIF(?, ''), name), phone = COALESCE(NULLIF(?, ''), phone),"
            " phone_verified_ms = COALESCE(NULLIF(CAST(? AS BIGINT), -1), phone_verified_ms),"
            " house_id = COALESCE(NULLIF(CAST(? AS BIGINT), 0), house_id),"
            " apartment = COALESCE(NULLIF(?, ''), apartment),"
            " notice_version = COALESCE(NULLIF(?, ''), notice_version),"
            " notified_ms = COALESCE(NULLIF(CAST(? AS BIGINT), 0), notified_ms) WHERE id = ?",
            known,
        )


async def pressed_labels(conn: Connection, presses: Sequence[tuple[int, str]]) -> dict[tuple[int, str], str]:
    """Labels of (conversation id, button value), each looked up in the latest lines of the bot; unknown ones lack."""
    ids = padded(sorted({conversation_id for conversation_id, _ in presses}))
    if not ids:
        return {}
    lines = await conn.fetch(
        "SELECT m.conversation_id, m.buttons FROM conversation c JOIN message m ON m.conversation_id = c.id"  # noqa: S608
        " AND m.buttons <> '' AND m.id >= COALESCE((SELECT l.id FROM message l WHERE l.conversation_id = c.id"
        " AND l.buttons <> '' ORDER BY l.id DESC LIMIT 1 OFFSET 4), 0)"
        f" WHERE c.id IN ({placeholders(ids)}) ORDER BY m.id DESC",
        *ids,
    )
    labels: dict[tuple[int, str], str] = {}
    missing: dict[int, set[str]] = defaultdict(set)
    for conversation_id, value in presses:
        missing[conversation_id].add(value)
    for line in lines:  # the latest first: mostly no other one is read
        if wanted := missing[line["conversation_id"]]:
            shown = {
                value: str(label) for row in reversed(json.loads(line["buttons"])) for label, value in reversed(row)
            }
            labels |= {(line["conversation_id"], value): shown[value] for value in wanted & shown.keys()}
            wanted.difference_update(shown)
    return labels
