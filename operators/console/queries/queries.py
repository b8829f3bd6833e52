"""What the console reads. Nothing here changes a row."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from models.database.connection import TENANT, Connection
from models.queues import unconfirmed_sends
from models.queues.states import InboxState, OutboxState

PAGE = 30
LONGEST_EXPORT = 10_000
FINISHED = ("done", "closed", "cancelled")
LATEST_LINES = 200

Row = dict[str, Any]

# A conversation, its resident, their last words and their latest unfinished ticket.
_TALKS = (
    "SELECT c.id, c.channel, c.address, c.resident_id, c.sender_name, c.last_ms, c.unread, c.waiting_ms,"
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
    " AND k.status NOT IN ('done', 'closed', 'cancelled'))"
    " LEFT JOIN operator_user u ON u.id = c.claimed_by WHERE c.tenant = ?"
)


async def figures(conn: Connection, user_id: int, now_ms: int, alert_ms: int) -> Row:
    """Counts in the header: waiting, overdue, mine, unread (of mine), troubles."""
    row = await conn.fetch_one(
        "SELECT (SELECT COUNT(*) FROM conversation WHERE tenant = ? AND waiting_ms > 0) AS waiting,"  # noqa: S608
        " (SELECT COUNT(*) FROM conversation WHERE tenant = ? AND waiting_ms > 0 AND waiting_ms <= ?) AS overdue,"
        " (SELECT COUNT(*) FROM conversation WHERE tenant = ? AND claimed_by = ? AND claimed_by > 0) AS mine,"
        " (SELECT COUNT(*) FROM conversation WHERE tenant = ? AND claimed_by = ? AND claimed_by > 0 AND unread > 0)"
        " AS unread,"
        f" (SELECT COUNT(*) FROM outbox WHERE tenant = ? AND state = {OutboxState.DEAD}) AS dead,"
        f" (SELECT COUNT(*) FROM outbox WHERE tenant = ? AND {unconfirmed_sends.UNSURE}) AS unsure,"
        f" (SELECT COUNT(*) FROM inbox WHERE tenant = ? AND state = {InboxState.QUARANTINED}) AS quarantined",
        TENANT,
        TENANT,
        now_ms - alert_ms,
        TENANT,
        user_id,
        TENANT,
        user_id,
        TENANT,
        TENANT,
        TENANT,
    )
    assert row is not None  # noqa: S101  # a SELECT of counts has one row
    return row


async def waiting(conn: Connection) -> list[Row]:
    """Conversations nobody has claimed, urgent first, then the longest wait."""
    return await conn.fetch(_TALKS + " AND c.waiting_ms > 0 ORDER BY c.urgent DESC, c.waiting_ms LIMIT 200", TENANT)


async def claimed(conn: Connection) -> list[Row]:
    """Conversations that dispatchers have now."""
    return await conn.fetch(_TALKS + " AND c.claimed_by > 0 ORDER BY c.last_ms DESC LIMIT 200", TENANT)


async def conversations(conn: Connection, search: str, page: int) -> tuple[list[Row], bool]:
    """One page of all conversations, latest first, and whether more follow.

    search: a phone, an address, a ticket number or a name; empty: all.
    """
    condition, values = await _condition(conn, search.strip()) if search.strip() else ("", [])
    sql = f"{_TALKS}{condition} ORDER BY c.last_ms DESC, c.id DESC LIMIT ? OFFSET ?"
    rows = await conn.fetch(sql, TENANT, *values, PAGE + 1, (page - 1) * PAGE)
    return rows[:PAGE], len(rows) > PAGE


async def _condition(conn: Connection, search: str) -> tuple[str, list[object]]:
    like = f"%{_escaped(search)}%"
    parts = [
        "r.name LIKE ? ESCAPE '!'",
        "c.sender_name LIKE ? ESCAPE '!'",
        "c.id IN (SELECT t.conversation_id FROM ticket t WHERE t.tenant = ? AND (t.number LIKE ? ESCAPE '!'"
        " OR t.address LIKE ? ESCAPE '!' OR t.name LIKE ? ESCAPE '!'))",
    ]
    values: list[object] = [like, like, TENANT, f"%{_escaped(search.upper())}%", like, like]
    if digits := phone_digits(search):
        parts += [
            "r.phone LIKE ?",
            "c.id IN (SELECT t.conversation_id FROM ticket t WHERE t.tenant = ? AND t.phone LIKE ?)",
        ]
        values += [f"%{digits}%", TENANT, f"%{digits}%"]
    if houses := await houses_like(conn, search):
        parts.append(f"r.house_id IN ({', '.join('?' for _ in houses)})")
        values += houses
    return f" AND ({' OR '.join(parts)})", values


def phone_digits(text: str) -> str:
    """Digits of a searched phone without the leading 8 or 7; '' when the text is no part of a phone."""
    digits = "".join(filter(str.isdecimal, text))
    if len(digits) < 4 or any(character.isalpha() for character in text):
        return ""
    return digits[1:] if len(digits) == 11 and digits[0] in "78" else digits


async def houses_like(conn: Connection, text: str) -> list[int]:
    """Ids of houses whose address holds every word of the text; at most 200. Case is ignored, also for Cyrillic."""
    words = text.casefold().replace(",", " ").split()
    rows = await conn.fetch("SELECT id, address FROM house WHERE tenant = ?", TENANT)
    return [row["id"] for row in rows if all(word in row["address"].casefold() for word in words)][:200]


def _escaped(text: str) -> str:
    for character in "!%_":
        text = text.replace(character, f"!{character}")
    return text


async def conversation(conn: Connection, conversation_id: int) -> Row:
    """One conversation with its resident. Raises `KeyError`."""
    rows = await conn.fetch(_TALKS + " AND c.id = ?", TENANT, conversation_id)
    if not rows:
        raise KeyError(conversation_id)
    resident = await conn.fetch_one(
        "SELECT r.* FROM resident r JOIN conversation c ON c.resident_id = r.id WHERE c.id = ?", conversation_id
    )
    return rows[0] | {"resident": resident or {}}


async def transcript(conn: Connection, conversation_id: int) -> list[Row]:
    """The latest lines, oldest first; each with the state of its file and its buttons' labels.

    Among them, with the author "note", what became of messages that this channel did not deliver.
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
    notes = await _rerouted(conn, conversation_id, rows[-1]["at_ms"]) if rows else []
    return sorted([*rows[::-1], *notes], key=lambda row: row["at_ms"]) if notes else rows[::-1]


async def _rerouted(conn: Connection, conversation_id: int, since_ms: int) -> list[Row]:
    """Notes of `models.queues.fallback`, oldest first: ``{"author": "note", "at_ms", "from", "to", "reason"}``."""
    rows = await conn.fetch(
        "SELECT details, at_ms FROM handover_event WHERE conversation_id = ? AND action = 'delivery.rerouted'"
        " AND at_ms >= ? ORDER BY id",
        conversation_id,
        since_ms,
    )
    return [{"author": "note", "at_ms": row["at_ms"], **json.loads(row["details"])} for row in rows]


async def handovers(conn: Connection, conversation_id: int) -> list[Row]:
    """The latest handover events of a conversation, newest first."""
    return await conn.fetch(
        "SELECT action, actor_name, at_ms FROM handover_event WHERE conversation_id = ? AND action LIKE 'handover.%'"
        " ORDER BY id DESC LIMIT 10",
        conversation_id,
    )


async def tickets_of(conn: Connection, resident_id: int, conversation_id: int) -> list[Row]:
    """Tickets of a resident, newest first."""
    return await conn.fetch(
        "SELECT id, number, status, priority, problem_title, address, created_ms, due_ms FROM ticket WHERE tenant = ?"
        " AND ((resident_id = ? AND resident_id > 0) OR conversation_id = ?"
        " OR id IN (SELECT ticket_id FROM ticket_follower WHERE resident_id = ?)) ORDER BY id DESC LIMIT 20",
        TENANT,
        resident_id,
        conversation_id,
        resident_id,
    )


async def merges_of(conn: Connection, resident_id: int) -> list[Row]:
    """Merges of a resident and of all who turned out to be this one, newest first, undone ones too."""
    return await conn.fetch(
        "WITH RECURSIVE same (id) AS (SELECT CAST(? AS BIGINT) UNION SELECT r.id FROM same s"
        " JOIN resident r ON r.merged_into = s.id) SELECT m.id, m.reason, m.actor_name, m.at_ms, m.undone_ms,"
        " m.undone_by FROM identity_merge m WHERE m.kept_id IN (SELECT id FROM same)"
        " OR m.merged_id IN (SELECT id FROM same) ORDER BY m.id DESC LIMIT 20",
        resident_id,
    )


async def candidates(conn: Connection, resident_id: int, search: str) -> list[Row]:
    """The latest conversation of each other resident whom a search finds; see `conversations`."""
    rows, _ = await conversations(conn, search, 1)
    found: dict[int, Row] = {}
    for row in rows:
        if row["resident_id"] != resident_id:
            found.setdefault(row["resident_id"], row)
    return list(found.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFilter:
    """status: a status, "open" (not finished) or "" (all)."""

    status: str = "open"
    priority: str = ""
    overdue: bool = False
    search: str = ""


async def tickets(conn: Connection, chosen: TicketFilter, now_ms: int, limit: int, offset: int) -> list[Row]:
    """Tickets that pass the filter; open ones by urgency and deadline, others newest first."""
    condition, values = await _ticket_condition(conn, chosen, now_ms)
    order = (
        "CASE t.priority WHEN 'emergency' THEN 0 WHEN 'urgent' THEN 1 ELSE 2 END, t.due_ms, t.id"
        if chosen.status == "open"
        else "t.id DESC"
    )
    sql = f"SELECT t.* FROM ticket t WHERE t.tenant = ?{condition} ORDER BY {order} LIMIT ? OFFSET ?"  # noqa: S608
    return await conn.fetch(sql, TENANT, *values, limit, offset)


async def _ticket_condition(conn: Connection, chosen: TicketFilter, now_ms: int) -> tuple[str, list[object]]:
    parts: list[str] = []
    values: list[object] = []
    unfinished = f"t.status NOT IN ({_marks(FINISHED)})"
    if chosen.status == "open":
        parts.append(unfinished)
        values += FINISHED
    elif chosen.status:
        parts.append("t.status = ?")
        values.append(chosen.status)
    if chosen.priority:
        parts.append("t.priority = ?")
        values.append(chosen.priority)
    if chosen.overdue:
        parts.append(f"t.due_ms > 0 AND t.due_ms < ? AND {unfinished}")
        values += [now_ms, *FINISHED]
    if chosen.search:
        part, more = await _ticket_search(conn, chosen.search)
        parts.append(part)
        values += more
    return "".join(f" AND {part}" for part in parts), values


async def _ticket_search(conn: Connection, search: str) -> tuple[str, list[object]]:
    like = f"%{_escaped(search)}%"
    parts = ["t.number LIKE ? ESCAPE '!'", "t.address LIKE ? ESCAPE '!'", "t.name LIKE ? ESCAPE '!'"]
    values: list[object] = [f"%{_escaped(search.upper())}%", like, like]
    if digits := phone_digits(search):
        parts.append("t.phone LIKE ?")
        values.append(f"%{digits}%")
    if houses := await houses_like(conn, search):
        parts.append(f"t.house_id IN ({_marks(houses)})")
        values += houses
    return f"({' OR '.join(parts)})", values


def _marks(values: Iterable[object]) -> str:
    return ", ".join("?" for _ in values)


async def ticket(conn: Connection, ticket_id: int) -> Row:
    """One ticket with its events (oldest first), files and followers. Raises `KeyError`."""
    row = await conn.fetch_one("SELECT * FROM ticket WHERE tenant = ? AND id = ?", TENANT, ticket_id)
    if row is None:
        raise KeyError(ticket_id)
    events = await conn.fetch("SELECT * FROM ticket_event WHERE ticket_id = ? ORDER BY id", ticket_id)
    for event in events:
        event["details"] = json.loads(event["details"])
    files = await conn.fetch(
        "SELECT f.file, a.state, a.mime, a.title, a.error, a.transcript FROM ticket_file f LEFT JOIN attachment a"
        " ON a.tenant = f.tenant AND a.name = f.file WHERE f.ticket_id = ? ORDER BY f.id",
        ticket_id,
    )
    followers = await conn.fetch(
        "SELECT f.conversation_id, f.at_ms, r.name, r.phone, r.apartment FROM ticket_follower f"
        " LEFT JOIN resident r ON r.id = f.resident_id WHERE f.ticket_id = ? ORDER BY f.id",
        ticket_id,
    )
    return row | {"events": events, "files": files, "followers": followers}


async def houses(conn: Connection) -> list[Row]:
    """Served houses by address."""
    return await conn.fetch("SELECT id, address FROM house WHERE tenant = ? AND active = 1 ORDER BY address", TENANT)


async def dead_letters(conn: Connection) -> list[Row]:
    """Messages that could not be sent, newest first, with the conversation they belong to; `text` is what was said."""
    return await _letters(conn, f"o.state = {OutboxState.DEAD}")


async def unsure_letters(conn: Connection) -> tuple[list[Row], int]:
    """Messages of which nobody knows whether they arrived, as `dead_letters`, and how many announcements there are."""
    row = await conn.fetch_one(
        f"SELECT COUNT(*) AS n FROM outbox WHERE tenant = ? AND {unconfirmed_sends.UNSURE_ANNOUNCEMENT}",  # noqa: S608
        TENANT,
    )
    return await _letters(conn, unconfirmed_sends.UNSURE), int(row["n"]) if row else 0


async def _letters(conn: Connection, condition: str) -> list[Row]:
    rows = await conn.fetch(
        "SELECT o.id, o.channel, o.error, o.tries, o.created_ms, o.body, c.id AS conversation_id, r.name, r.phone"  # noqa: S608
        " FROM outbox o LEFT JOIN conversation c"
        " ON c.tenant = o.tenant AND c.channel = o.channel AND c.address = o.conversation"
        f" LEFT JOIN resident r ON r.id = c.resident_id WHERE o.tenant = ? AND {condition}"
        " ORDER BY o.id DESC LIMIT 100",
        TENANT,
    )
    for row in rows:
        row["text"] = json.loads(row["body"]).get("text", "")
    return rows


async def quarantined(conn: Connection) -> list[Row]:
    """Events set aside because handling them failed three times, newest first."""
    return await conn.fetch(
        "SELECT i.id, i.channel, i.error, i.tries, i.at_ms, c.id AS conversation_id FROM inbox i"  # noqa: S608
        " LEFT JOIN conversation c ON c.tenant = i.tenant AND c.channel = i.channel AND c.address = i.conversation"
        f" WHERE i.tenant = ? AND i.state = {InboxState.QUARANTINED} ORDER BY i.id DESC LIMIT 100",
        TENANT,
    )


async def unanswered(conn: Connection) -> list[Row]:
    """Questions the knowledge base had no answer to, most frequent first."""
    return await conn.fetch(
        "SELECT id, text, count, first_ms, last_ms FROM unanswered WHERE tenant = ?"
        " ORDER BY count DESC, last_ms DESC LIMIT 200",
        TENANT,
    )
