"""Rows of tickets, and what goes with each change: its event, news to the resident, timers. For `service.py` only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from models import inbox, timers
from models.database import TENANT, Connection
from tickets.types import VersionError

Row = dict[str, Any]

DEFAULT_ZONE = "Europe/Moscow"  # of a house whose register row names none


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who changes a ticket. kind: resident, dispatcher, clock, bot. id: of the resident or user; 0 for the others."""

    kind: str
    id: int = 0
    name: str = ""


async def read(conn: Connection, ticket_id: int, expected_version: int | None = None) -> Row:
    """Return the ticket, locked against other changes until the unit ends."""
    lock = " FOR UPDATE" if conn.dialect == "postgres" else ""  # SQLite has one writer anyway
    row = await conn.fetch_one(f"SELECT * FROM ticket WHERE tenant = ? AND id = ?{lock}", TENANT, ticket_id)  # noqa: S608
    if row is None:
        raise LookupError(f"ticket with id {ticket_id} does not exist")
    if expected_version is not None and row["version"] != expected_version:
        raise VersionError(
            f"ticket {row['number']}: somebody changed it meanwhile"
            f" (version {row['version']}, expected {expected_version}); read it again"
        )
    return row


async def update(conn: Connection, row: Row, **changes: object) -> Row:
    """Write the columns, count the change, return the row as it is now. The names come from this module only."""
    columns = "".join(f"{name} = ?, " for name in changes)
    await conn.execute(
        f"UPDATE ticket SET {columns}version = version + 1 WHERE tenant = ? AND id = ?",  # noqa: S608
        *changes.values(),
        TENANT,
        row["id"],
    )
    return row | changes | {"version": row["version"] + 1}


async def write_event(
    conn: Connection, ticket_id: int, action: str, actor: Actor, now_ms: int, **details: object
) -> int:
    return await conn.insert(
        "INSERT INTO ticket_event (tenant, ticket_id, action, actor_kind, actor_id, actor_name, details, at_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        TENANT,
        ticket_id,
        action,
        actor.kind,
        actor.id,
        actor.name,
        json.dumps(details, ensure_ascii=False),
        now_ms,
    )


async def attach(conn: Connection, ticket_id: int, file: str, now_ms: int) -> bool:
    stored = await conn.execute(
        "INSERT INTO ticket_file (tenant, ticket_id, file, at_ms) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (ticket_id, file) DO NOTHING",
        TENANT,
        ticket_id,
        file,
        now_ms,
    )
    return stored == 1


async def tell(
    conn: Connection, row: Row, change: str, actor: Actor, now_ms: int, event_id: int, comment: str = ""
) -> None:
    """Put the news into the inbox of the ticket's conversation; a resident's own act is no news to them."""
    if actor.kind == "resident" or not (talk := await _conversation(conn, row)):
        return
    await inbox.enqueue(
        conn,
        tenant=TENANT,
        channel=talk["channel"],
        conversation=talk["address"],
        key=f"ticket:{event_id}",
        body=inbox.event_body(
            "ticket_changed",
            ticket_id=row["id"],
            change=change,
            comment=comment,
            actor_name=actor.name,
            event_id=event_id,
        ),
        at_ms=now_ms,
    )


async def _conversation(conn: Connection, row: Row) -> Row | None:
    if not row["conversation_id"]:
        return None
    return await conn.fetch_one("SELECT channel, address FROM conversation WHERE id = ?", row["conversation_id"])


async def set_timer(conn: Connection, row: Row, kind: str, due_ms: int) -> None:
    if talk := await _conversation(conn, row):
        await timers.set_timer(
            conn,
            channel=talk["channel"],
            conversation=talk["address"],
            kind=kind,
            due_ms=due_ms,
            ticket_id=row["id"],
            tenant=TENANT,
        )


async def cancel_timer(conn: Connection, row: Row, kind: str) -> None:
    if talk := await _conversation(conn, row):
        await timers.cancel_timer(
            conn,
            channel=talk["channel"],
            conversation=talk["address"],
            kind=kind,
            ticket_id=row["id"],
            tenant=TENANT,
        )


async def local(conn: Connection, house_id: int, at_ms: int) -> datetime:
    """Return the moment in the time zone of the house."""
    row = await conn.fetch_one("SELECT details FROM house WHERE id = ?", house_id) if house_id else None
    name = json.loads(row["details"]).get("timezone") if row else None
    try:
        zone = ZoneInfo(name or DEFAULT_ZONE)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo(DEFAULT_ZONE)
    return utc(at_ms).astimezone(zone)


def utc(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
