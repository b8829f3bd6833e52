"""Queries of conversations: the list with its search, one conversation, its transcript, its resident's merges."""

from __future__ import annotations

import json
from typing import Any

from models.database.connection import TENANT, Connection
from models.database.sql_lists import placeholders
from operators.console.queries.search import PAGE, houses_like, like, phone_digits
from tickets.lifecycle.rules import FINISHED

LATEST_LINES = 200
FINISHED_LIST = ", ".join(f"'{status}'" for status in sorted(FINISHED))

Row = dict[str, Any]

# A conversation, its resident, their last words and their latest unfinished ticket.
CONVERSATIONS = (
    "SELECT c.id, c.channel, c.address, c.resident_id, c.sender_name, c.last_ms, c.unread, c.waiting_ms,"  # noqa: S608
    " c.wait_reason, c.urgent,"
    " c.claimed_by, c.claimed_ms, c.reachable, c.unreachable_reason, c.aside, c.aside_ms, u.name AS claimed_name,"
    " r.name AS resident_name,"
    " r.phone, r.apartment,"
    " h.address AS house_address, (SELECT m.text FROM message m WHERE m.conversation_id = c.id"
    " AND m.author = 'resident' AND m.text <> '' ORDER BY m.id DESC LIMIT 1) AS last_text,"
    " t.id AS ticket_id, t.number AS ticket_number, t.problem_title, t.address AS ticket_address,"
    " t.apartment AS ticket_apartment, t.phone AS ticket_phone, t.name AS ticket_name FROM conversation c"
    " LEFT JOIN resident r ON r.id = c.resident_id LEFT JOIN house h ON h.id = r.house_id"
    " LEFT JOIN ticket t ON t.id = (SELECT MAX(k.id) FROM ticket k WHERE k.conversation_id = c.id"
    f" AND k.status NOT IN ({FINISHED_LIST}))"
    " LEFT JOIN operator_user u ON u.id = c.claimed_by WHERE c.tenant = ?"
)


async def conversations(conn: Connection, search: str, page: int) -> tuple[list[Row], bool]:
    """Return one page of all conversations, latest first, and whether more follow.

    search: a phone, an address, a ticket number or a name; empty: all.
    """
    condition, values = await _search_condition(conn, search.strip()) if search.strip() else ("", [])
    sql = f"{CONVERSATIONS}{condition} ORDER BY c.last_ms DESC, c.id DESC LIMIT ? OFFSET ?"
    rows = await conn.fetch(sql, TENANT, *values, PAGE + 1, (page - 1) * PAGE)
    return rows[:PAGE], len(rows) > PAGE


async def _search_condition(conn: Connection, search: str) -> tuple[str, list[object]]:
    pattern, number_pattern = like(search), like(search.upper())
    parts = [
        "r.name LIKE ? ESCAPE '!'",
        "c.sender_name LIKE ? ESCAPE '!'",
        "c.id IN (SELECT t.conversation_id FROM ticket t WHERE t.tenant = ? AND (t.number LIKE ? ESCAPE '!'"
        " OR t.address LIKE ? ESCAPE '!' OR t.name LIKE ? ESCAPE '!'))",
    ]
    values: list[object] = [pattern, pattern, TENANT, number_pattern, pattern, pattern]
    if digits := phone_digits(search):
        parts += [
            "r.phone LIKE ?",
            "c.id IN (SELECT t.conversation_id FROM ticket t WHERE t.tenant = ? AND t.phone LIKE ?)",
        ]
        values += [f"%{digits}%", TENANT, f"%{digits}%"]
    if house_ids := await houses_like(conn, search):
        parts.append(f"r.house_id IN ({placeholders(house_ids)})")
        values += house_ids
    return f" AND ({' OR '.join(parts)})", values


async def conversation(conn: Connection, conversation_id: int) -> Row:
    """Return one conversation with its resident. Raises `KeyError`."""
    rows = await conn.fetch(CONVERSATIONS + " AND c.id = ?", TENANT, conversation_id)
    if not rows:
        raise KeyError(conversation_id)
    resident = await conn.fetch_one(
        "SELECT r.* FROM resident r JOIN conversation c ON c.resident_id = r.id WHERE c.id = ?", conversation_id
    )
    return rows[0] | {"resident": resident or {}}


async def transcript(conn: Connection, conversation_id: int) -> list[Row]:
    """Return the latest lines, oldest first, each with the state of its file and the labels of its buttons.

    Lines with the author "note" report messages that another channel delivered instead of this one.
    """
    rows = await conn.fetch(
        "SELECT m.*, a.state AS file_state, a.mime AS file_mime, a.title AS file_title,"
        " a.error AS file_error, a.transcript AS file_transcript FROM message m"
        " LEFT JOIN attachment a ON a.tenant = m.tenant AND a.name = m.file AND m.file <> ''"
        " WHERE m.conversation_id = ? ORDER BY m.id DESC LIMIT ?",
        conversation_id,
        LATEST_LINES,
    )
    for row in rows:
        row["labels"] = [label for line in json.loads(row["buttons"] or "[]") for label, _ in line]
    notes = await _delivery_notes(conn, conversation_id, rows[-1]["at_ms"]) if rows else []
    return sorted([*rows[::-1], *notes], key=lambda row: row["at_ms"]) if notes else rows[::-1]


async def _delivery_notes(conn: Connection, conversation_id: int, since_ms: int) -> list[Row]:
    """Return notes of rerouted messages, oldest first: ``{"author": "note", "at_ms", "from", "to", "reason"}``."""
    rows = await conn.fetch(
        "SELECT details, at_ms FROM handover_event WHERE conversation_id = ? AND action = 'delivery.rerouted'"
        " AND at_ms >= ? ORDER BY id",
        conversation_id,
        since_ms,
    )
    return [{"author": "note", "at_ms": row["at_ms"], **json.loads(row["details"])} for row in rows]


async def handovers(conn: Connection, conversation_id: int) -> list[Row]:
    """Return the latest handover events of a conversation, newest first."""
    return await conn.fetch(
        "SELECT action, actor_name, at_ms FROM handover_event WHERE conversation_id = ? AND action LIKE 'handover.%'"
        " ORDER BY id DESC LIMIT 10",
        conversation_id,
    )


async def merges_of(conn: Connection, resident_id: int) -> list[Row]:
    """Return the merges of a resident and of residents merged into this one, newest first, undone ones included."""
    return await conn.fetch(
        "WITH RECURSIVE same (id) AS (SELECT CAST(? AS BIGINT) UNION SELECT r.id FROM same s"
        " JOIN resident r ON r.merged_into = s.id) SELECT m.id, m.reason, m.actor_name, m.at_ms, m.undone_ms,"
        " m.undone_by FROM identity_merge m WHERE m.kept_id IN (SELECT id FROM same)"
        " OR m.merged_id IN (SELECT id FROM same) ORDER BY m.id DESC LIMIT 20",
        resident_id,
    )


async def candidates(conn: Connection, resident_id: int, search: str) -> list[Row]:
    """Return the latest conversation of each other resident that a search finds; see `conversations`."""
    rows, _ = await conversations(conn, search, 1)
    latest: dict[int, Row] = {}
    for row in rows:
        if row["resident_id"] != resident_id:
            latest.setdefault(row["resident_id"], row)
    return list(latest.values())
