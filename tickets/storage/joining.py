"""Neighbours who report the same problem of the same house share one ticket. Called through `service.py` only."""

from __future__ import annotations

from models.database.connection import TENANT, Connection
from tickets.lifecycle.types import Actor, TicketView
from tickets.storage import deadlines, rows
from tickets.storage.opening import NewTicket
from tickets.storage.ticket_row import TICKET_COLUMNS, TicketRow
from tickets.storage.views import follower_view, view_of

JOIN_MS = 6 * 3_600_000  # an older ticket is another failure


async def join_ticket(conn: Connection, order: NewTicket, *, actor: Actor, now_ms: int) -> TicketView | None:
    """Add the resident to an open ticket of the same house and problem; None: there is none to join.

    Only problems that concern more than one flat are joined; one of an entrance when both named the same entrance.
    Their photos go into the ticket. Who opened the ticket, or follows it already, gets it back unchanged.
    """
    scope = deadlines.problem_of(order.problem).scope
    if not scope or not order.house_id or (scope == "entrance" and not order.entrance):
        return None
    row = await _open_one(conn, order, order.entrance if scope == "entrance" else "", now_ms)
    if row is None or row.resident_id == order.resident_id:
        return view_of(row) if row else None
    added = await conn.execute(
        "INSERT INTO ticket_follower (tenant, ticket_id, conversation_id, resident_id, at_ms) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (ticket_id, conversation_id) DO NOTHING",
        TENANT,
        row.id,
        order.conversation_id,
        order.resident_id,
        now_ms,
    )
    if added:
        await rows.write_event(
            conn, row.id, "ticket.follower.added", actor, now_ms, conversation_id=order.conversation_id
        )
    for file in dict.fromkeys(order.files):
        await rows.attach(conn, row.id, file, now_ms)
    return follower_view(row)


async def _open_one(conn: Connection, order: NewTicket, entrance: str, now_ms: int) -> TicketRow | None:
    """The oldest ticket that may be joined; an entrance of '' is any."""
    row = await conn.fetch_one(
        f"SELECT {', '.join(TICKET_COLUMNS)} FROM ticket"  # noqa: S608
        " WHERE tenant = ? AND house_id = ? AND problem = ? AND (entrance = ? OR ? = '')"
        " AND status NOT IN ('done', 'closed', 'cancelled') AND created_ms >= ? ORDER BY id LIMIT 1",
        TENANT,
        order.house_id,
        order.problem,
        entrance,
        entrance,
        now_ms - JOIN_MS,
    )
    return TicketRow(**row) if row else None
