"""Tickets as residents may see them. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from models.database.connection import TENANT, Connection
from models.database.sql_lists import padded, placeholders
from tickets.lifecycle.types import Priority, Status, TicketView
from tickets.storage.ticket_row import SUMMARY_COLUMNS, TicketSummary

SHOWN_DAYS = 30  # how long a resident sees a closed ticket
DAY_MS = 86_400_000
COLUMNS = ", ".join(f"t.{name}" for name in SUMMARY_COLUMNS)
MOST_IN_LIST = 256  # values of one IN (...), of which there are two; SQLite's oldest limit is 999


async def ticket_view(conn: Connection, ticket_id: int) -> TicketView | None:
    return (await ticket_views(conn, [ticket_id])).get(ticket_id)


async def ticket_views(conn: Connection, ticket_ids: Iterable[int]) -> dict[int, TicketView]:
    """Return tickets by id; one that does not exist is lacking."""
    ids = padded(sorted(set(ticket_ids)))
    if not ids:
        return {}
    sql = f"SELECT {', '.join(SUMMARY_COLUMNS)} FROM ticket WHERE tenant = ? AND id IN ({placeholders(ids)})"  # noqa: S608
    return {row["id"]: view_of(TicketSummary(**row)) for row in await conn.fetch(sql, TENANT, *ids)}


async def views_of_residents(
    conn: Connection, resident_ids: Sequence[int], now_ms: int
) -> dict[int, tuple[TicketView, ...]]:
    """Return the tickets each resident may see, newest first: open ones and those closed in the last 30 days.

    Both their own and those of neighbours that they follow.
    """
    views: dict[int, list[TicketView]] = {resident_id: [] for resident_id in resident_ids if resident_id}
    wanted = list(views)
    for start in range(0, len(wanted), MOST_IN_LIST):
        part, since_ms = padded(wanted[start : start + MOST_IN_LIST]), now_ms - SHOWN_DAYS * DAY_MS
        # No word on the tenant, the residents are of one: SQLite would read all its tickets.
        chosen, shown = f"resident_id IN ({placeholders(part)})", "(t.closed_ms = 0 OR t.closed_ms >= ?)"
        rows = await conn.fetch(
            f"SELECT {COLUMNS}, t.resident_id AS seen_by FROM ticket t WHERE t.{chosen} AND {shown}"  # noqa: S608  marks only
            f" UNION ALL SELECT {COLUMNS}, f.resident_id FROM ticket_follower f JOIN ticket t ON t.id = f.ticket_id"
            f" AND t.resident_id <> f.resident_id WHERE f.{chosen} AND {shown} ORDER BY id DESC",
            *(*part, since_ms) * 2,
        )
        for row in rows:
            seen_by = row.pop("seen_by")
            ticket, seen = TicketSummary(**row), views[seen_by]
            if seen and seen[-1].id == ticket.id:
                continue  # joined from two conversations
            seen.append(view_of(ticket) if seen_by == ticket.resident_id else follower_view(ticket))
    return {resident_id: tuple(seen) for resident_id, seen in views.items()}


def view_of(row: TicketSummary) -> TicketView:
    return TicketView(
        id=row.id,
        number=row.number,
        status=Status(row.status),
        problem_title=row.problem_title,
        address=f"{row.address}, кв. {row.apartment}" if row.apartment and row.address else row.address,
        created_ms=row.created_ms,
        due_ms=row.due_ms,
        executor=row.executor,
        visit_ms=row.visit_ms,
        reason=row.reason,
        house_id=row.house_id,
        emergency=bool(row.emergency) or row.priority == Priority.EMERGENCY.value,
    )


def follower_view(row: TicketSummary) -> TicketView:
    """A neighbour's ticket: without the flat it was opened from."""
    return replace(view_of(row), address=row.address, joined=True)
