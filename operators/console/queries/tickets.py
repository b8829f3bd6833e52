"""Queries of tickets: the filtered list, one ticket with its history, the tickets of a resident."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from models.database.connection import TENANT, Connection
from models.database.sql_lists import placeholders
from operators.console.queries.search import houses_like, like, phone_digits
from tickets.lifecycle.rules import FINISHED

LONGEST_EXPORT = 10_000

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFilter:
    """status: a status, "open" (not finished) or "" (all)."""

    status: str = "open"
    priority: str = ""
    overdue: bool = False
    search: str = ""


async def tickets(conn: Connection, chosen: TicketFilter, now_ms: int, limit: int, offset: int) -> list[Row]:
    """Return tickets that pass the filter: open ones by urgency and deadline, others newest first."""
    condition, values = await _condition(conn, chosen, now_ms)
    order = (
        "CASE t.priority WHEN 'emergency' THEN 0 WHEN 'urgent' THEN 1 ELSE 2 END, t.due_ms, t.id"
        if chosen.status == "open"
        else "t.id DESC"
    )
    sql = f"SELECT t.* FROM ticket t WHERE t.tenant = ?{condition} ORDER BY {order} LIMIT ? OFFSET ?"  # noqa: S608
    return await conn.fetch(sql, TENANT, *values, limit, offset)


async def _condition(conn: Connection, chosen: TicketFilter, now_ms: int) -> tuple[str, list[object]]:
    parts: list[str] = []
    values: list[object] = []
    finished = sorted(FINISHED)
    unfinished = f"t.status NOT IN ({placeholders(finished)})"
    if chosen.status == "open":
        parts.append(unfinished)
        values += finished
    elif chosen.status:
        parts.append("t.status = ?")
        values.append(chosen.status)
    if chosen.priority:
        parts.append("t.priority = ?")
        values.append(chosen.priority)
    if chosen.overdue:
        parts.append(f"t.due_ms > 0 AND t.due_ms < ? AND {unfinished}")
        values += [now_ms, *finished]
    if chosen.search:
        part, search_values = await _search_condition(conn, chosen.search)
        parts.append(part)
        values += search_values
    return "".join(f" AND {part}" for part in parts), values


async def _search_condition(conn: Connection, search: str) -> tuple[str, list[object]]:
    parts = ["t.number LIKE ? ESCAPE '!'", "t.address LIKE ? ESCAPE '!'", "t.name LIKE ? ESCAPE '!'"]
    values: list[object] = [like(search.upper()), like(search), like(search)]
    if digits := phone_digits(search):
        parts.append("t.phone LIKE ?")
        values.append(f"%{digits}%")
    if house_ids := await houses_like(conn, search):
        parts.append(f"t.house_id IN ({placeholders(house_ids)})")
        values += house_ids
    return f"({' OR '.join(parts)})", values


async def tickets_of(conn: Connection, resident_id: int, conversation_id: int) -> list[Row]:
    """Return the tickets that a resident opened, follows or opened in this conversation, newest first."""
    return await conn.fetch(
        "SELECT id, number, status, priority, problem_title, address, created_ms, due_ms FROM ticket WHERE tenant = ?"
        " AND ((resident_id = ? AND resident_id > 0) OR conversation_id = ?"
        " OR id IN (SELECT ticket_id FROM ticket_follower WHERE resident_id = ?)) ORDER BY id DESC LIMIT 20",
        TENANT,
        resident_id,
        conversation_id,
        resident_id,
    )


async def ticket(conn: Connection, ticket_id: int) -> Row:
    """Return one ticket with its events (oldest first), files and followers. Raises `KeyError`."""
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
    """Return the served houses ordered by address."""
    return await conn.fetch("SELECT id, address FROM house WHERE tenant = ? AND active = 1 ORDER BY address", TENANT)


async def topic_of(conn: Connection, ticket_id: int) -> str:
    """Return the topic to notify after a change: the ticket's conversation, or the console where it has none."""
    row = await conn.fetch_one(
        "SELECT c.channel, c.address FROM ticket t JOIN conversation c ON c.id = t.conversation_id WHERE t.id = ?",
        ticket_id,
    )
    return f"conversation:{row['channel']}:{row['address']}" if row else "console"
