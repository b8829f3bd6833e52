"""Rows of tickets, and what goes with each change: its event, news to the resident, timers. For `service.py` only."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import epoch
from models.database.connection import TENANT, Connection
from models.database.sql_lists import padded, placeholders
from models.queues import inbox, timers
from models.queues.event_bodies import TicketChangedBody, encode
from models.residents import conversations, reachability
from models.residents.rows import ConversationAddress
from tickets.lifecycle.types import Actor, VersionError
from tickets.storage.ticket_row import TICKET_COLUMNS, TicketRow

EVENT = (
    "INSERT INTO ticket_event (tenant, ticket_id, action, actor_kind, actor_id, actor_name, details, at_ms)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
FILE = (
    "INSERT INTO ticket_file (tenant, ticket_id, file, at_ms) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (ticket_id, file) DO NOTHING"
)
DEFAULT_ZONE = "Europe/Moscow"  # of a house whose register row names none


async def read(conn: Connection, ticket_id: int, expected_version: int | None = None) -> TicketRow:
    """Return the ticket, locked against other changes until the transaction ends."""
    lock = " FOR UPDATE" if conn.dialect == "postgres" else ""  # SQLite has one writer anyway
    columns = await conn.fetch_one(
        f"SELECT {', '.join(TICKET_COLUMNS)} FROM ticket WHERE tenant = ? AND id = ?{lock}",  # noqa: S608
        TENANT,
        ticket_id,
    )
    if columns is None:
        raise LookupError(f"ticket with id {ticket_id} does not exist")
    row = TicketRow(**columns)
    if expected_version is not None and row.version != expected_version:
        raise VersionError(
            f"ticket {row.number}: somebody changed it meanwhile"
            f" (version {row.version}, expected {expected_version}); read it again"
        )
    return row


async def update(conn: Connection, row: TicketRow, **changes: Any) -> TicketRow:
    """Write the columns, count the change, return the row as it is now. The names come from this module only."""
    columns = "".join(f"{name} = ?, " for name in changes)
    await conn.execute(
        f"UPDATE ticket SET {columns}version = version + 1 WHERE tenant = ? AND id = ?",  # noqa: S608
        *changes.values(),
        TENANT,
        row.id,
    )
    return replace(row, **changes, version=row.version + 1)


async def write_event(
    conn: Connection, ticket_id: int, action: str, actor: Actor, now_ms: int, **details: object
) -> int:
    return await conn.insert(EVENT, *_event(ticket_id, action, actor, now_ms, details))


async def write_events(
    conn: Connection, events: Iterable[tuple[int, dict[str, object]]], action: str, actor: Actor, now_ms: int
) -> None:
    """Write one event for each (ticket id, details)."""
    await conn.many(EVENT, [_event(ticket_id, action, actor, now_ms, details) for ticket_id, details in events])


def _event(ticket_id: int, action: str, actor: Actor, now_ms: int, details: dict[str, object]) -> tuple[object, ...]:
    text = json.dumps(details, ensure_ascii=False)
    return TENANT, ticket_id, action, actor.kind, actor.id, actor.name, text, now_ms


async def attach(conn: Connection, ticket_id: int, file: str, now_ms: int) -> bool:
    return await conn.execute(FILE, TENANT, ticket_id, file, now_ms) == 1


async def attach_all(conn: Connection, files: Iterable[tuple[int, str]], now_ms: int) -> None:
    """Attach each (ticket id, stored name)."""
    await conn.many(FILE, [(TENANT, ticket_id, file, now_ms) for ticket_id, file in files])


async def notify_residents(
    conn: Connection, row: TicketRow, change: str, actor: Actor, now_ms: int, event_id: int, comment: str = ""
) -> None:
    """Put the news into the inbox of the conversation where the resident wants it (`models/residents/reachability.py`).

    A resident's own act is no news to them. Neighbours who follow the ticket get it too, each once, except what a
    dispatcher writes to the one who opened it.
    """
    news = TicketChangedBody(ticket_id=row.id, change=change, comment=comment, event_id=event_id, actor_name=actor.name)
    own = (row.conversation_id, row.resident_id)
    followers = await _followers(conn, row) if change != "comment" else []
    targets = await reachability.targets(conn, [own, *followers], now_ms)
    news_rows = []
    if actor.kind != "resident" and row.conversation_id and (conversation := targets.get(own)):
        news_rows.append(_news(conversation, f"ticket:{event_id}", now_ms, news))
    for wish in followers:
        if conversation := targets.get(wish):
            news_rows.append(_news(conversation, f"ticket:{event_id}:{wish[0]}", now_ms, replace(news, joined=True)))
    await inbox.accept(conn, news_rows)


def _news(conversation: reachability.Target, key: str, now_ms: int, body: TicketChangedBody) -> inbox.InboxRow:
    return inbox.InboxRow(
        tenant=TENANT,
        channel=conversation.channel,
        conversation=conversation.address,
        key=key,
        body=encode(body),
        at_ms=now_ms,
    )


async def _followers(conn: Connection, row: TicketRow) -> list[reachability.Wish]:
    """Return where each follower joined. A resident who joined twice counts once; the one who opened it does not."""
    rows = await conn.fetch(
        "SELECT conversation_id, resident_id FROM ticket_follower WHERE ticket_id = ? ORDER BY id", row.id
    )
    first: dict[int, reachability.Wish] = {}
    for follower in rows:
        first.setdefault(follower["resident_id"], (follower["conversation_id"], follower["resident_id"]))
    return [wish for resident, wish in first.items() if resident != row.resident_id]


async def _conversation(conn: Connection, row: TicketRow) -> ConversationAddress | None:
    return await conversations.address_of(conn, row.conversation_id) if row.conversation_id else None


async def set_timer(conn: Connection, row: TicketRow, kind: str, due_ms: int) -> None:
    if conversation := await _conversation(conn, row):
        await timers.set_timer(
            conn,
            channel=conversation.channel,
            conversation=conversation.address,
            kind=kind,
            due_ms=due_ms,
            ticket_id=row.id,
            tenant=TENANT,
        )


async def add_timers(conn: Connection, kind: str, due: Sequence[tuple[TicketRow, int]]) -> None:
    """Set the first timer of this kind for each (ticket, due in epoch ms); one without a conversation gets none."""
    if not (ids := padded(sorted({row.conversation_id for row, _ in due} - {0}))):
        return
    sql = f"SELECT id, channel, address FROM conversation WHERE id IN ({placeholders(ids)})"  # noqa: S608  marks only
    places = {place["id"]: place for place in await conn.fetch(sql, *ids)}
    await timers.add(
        conn,
        [
            timers.Timer(
                channel=place["channel"],
                conversation=place["address"],
                kind=kind,
                due_ms=due_ms,
                ticket_id=row.id,
            )
            for row, due_ms in due
            if (place := places.get(row.conversation_id))
        ],
    )


async def cancel_timer(conn: Connection, row: TicketRow, kind: str) -> None:
    if conversation := await _conversation(conn, row):
        await timers.cancel_timer(
            conn,
            channel=conversation.channel,
            conversation=conversation.address,
            kind=kind,
            ticket_id=row.id,
            tenant=TENANT,
        )


async def local(conn: Connection, house_id: int, at_ms: int) -> datetime:
    """Return the moment in the time zone of the house."""
    return epoch.from_ms(at_ms, (await zones(conn, [house_id]))[house_id])


async def zones(conn: Connection, house_ids: Sequence[int]) -> dict[int, ZoneInfo]:
    """Return the time zone of each house; an unknown house has the default one."""
    ids = padded(sorted(set(house_ids) - {0}))
    sql = f"SELECT id, details FROM house WHERE id IN ({placeholders(ids)})"  # noqa: S608  marks only
    houses = await conn.fetch(sql, *ids) if ids else []
    named = {row["id"]: epoch.zone_named(json.loads(row["details"]).get("timezone")) for row in houses}
    return {house_id: named.get(house_id) or ZoneInfo(DEFAULT_ZONE) for house_id in house_ids}
