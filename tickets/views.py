"""What residents may know of their tickets. Reads only."""

from __future__ import annotations

from collections.abc import Sequence

from models.database import TENANT, Connection
from tickets.rows import Row
from tickets.types import Status, TicketView

SHOWN_DAYS = 30  # how long a resident sees a closed ticket
DAY_MS = 86_400_000
MOST_IN_LIST = 500  # values of one IN (...); SQLite's oldest limit is 999


async def ticket_view(conn: Connection, ticket_id: int) -> TicketView | None:
    row = await conn.fetch_one("SELECT * FROM ticket WHERE tenant = ? AND id = ?", TENANT, ticket_id)
    return view_of(row) if row else None


async def views_of_residents(
    conn: Connection, resident_ids: Sequence[int], now_ms: int
) -> dict[int, tuple[TicketView, ...]]:
    """Return the tickets each resident may see, newest first: open ones and those closed in the last 30 days."""
    views: dict[int, list[TicketView]] = {resident_id: [] for resident_id in resident_ids if resident_id}
    wanted = list(views)
    for start in range(0, len(wanted), MOST_IN_LIST):
        part = wanted[start : start + MOST_IN_LIST]
        found = await conn.fetch(
            f"SELECT * FROM ticket WHERE resident_id IN ({', '.join('?' * len(part))})"  # noqa: S608  marks only
            " AND tenant = ? AND (closed_ms = 0 OR closed_ms >= ?) ORDER BY id DESC",
            *part,
            TENANT,
            now_ms - SHOWN_DAYS * DAY_MS,
        )
        for row in found:
            views[row["resident_id"]].append(view_of(row))
    return {resident_id: tuple(seen) for resident_id, seen in views.items()}


def view_of(row: Row) -> TicketView:
    return TicketView(
        id=row["id"],
        number=row["number"],
        status=Status(row["status"]),
        problem_title=row["problem_title"],
        address=f"{row['address']}, кв. {row['apartment']}" if row["apartment"] and row["address"] else row["address"],
        created_ms=row["created_ms"],
        due_ms=row["due_ms"],
        executor=row["executor"],
        visit_ms=row["visit_ms"],
        reason=row["reason"],
    )
