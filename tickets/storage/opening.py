"""Register tickets. Called through `service.py` only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import epoch
from models.database.connection import TENANT, Connection
from models.database.sql_lists import placeholders
from tickets.lifecycle import rules
from tickets.lifecycle.types import Actor, Status, TicketView
from tickets.storage import deadlines, numbers, rows
from tickets.storage.ticket_row import TICKET_COLUMNS, TicketRow
from tickets.storage.views import view_of


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTicket:
    problem: str  # code
    source: str  # name of the channel, "console" without a conversation
    conversation_id: int = 0  # 0: no conversation gets news of it
    resident_id: int = 0
    house_id: int = 0  # 0: unknown house, `address` is in the resident's words
    address: str = ""
    apartment: str = ""
    entrance: str = ""
    floor: str = ""
    name: str = ""
    phone: str = ""
    text: str = ""
    emergency: str = ""  # key of the safety text that was shown
    files: tuple[str, ...] = ()  # stored names


# Of a new ticket; the others have their defaults.
COLUMNS = tuple(
    name
    for name in TICKET_COLUMNS
    if name not in ("id", "executor", "reason", "visit_ms", "informed_ms", "done_ms", "closed_ms", "version")
)


async def open_ticket(conn: Connection, order: NewTicket, *, actor: Actor, now_ms: int) -> TicketView:
    """Register a ticket under a new number ``YY-NNNNNN`` with its deadlines and the push of the planned term."""
    return (await open_tickets(conn, [order], actor=actor, now_ms=now_ms))[0]


async def open_tickets(conn: Connection, orders: Sequence[NewTicket], *, actor: Actor, now_ms: int) -> list[TicketView]:
    """Register tickets as `open_ticket` does, in a handful of statements; the answers are in the order of `orders`."""
    zones = await rows.zones(conn, [order.house_id for order in orders])
    opened = [epoch.from_ms(now_ms, zones[order.house_id]) for order in orders]
    taken = await _next_numbers(conn, [moment.year for moment in opened])
    new = [
        _row(order, number, moment, actor, now_ms) for order, number, moment in zip(orders, taken, opened, strict=True)
    ]
    stored = await conn.fetch(
        f"INSERT INTO ticket (tenant, {', '.join(COLUMNS)}) VALUES "  # noqa: S608  marks only
        + ", ".join([f"(?, {placeholders(COLUMNS)})"] * len(new))
        + " RETURNING id, number",
        *(value for row in new for value in (TENANT, *(getattr(row, name) for name in COLUMNS))),
    )
    ids = {row["number"]: row["id"] for row in stored}
    made = [replace(row, id=ids[row.number]) for row in new]
    await rows.write_events(conn, [(row.id, {"problem": row.problem}) for row in made], "ticket.opened", actor, now_ms)
    await rows.attach_all(
        conn, [(row.id, file) for row, order in zip(made, orders, strict=True) for file in order.files], now_ms
    )
    await rows.add_timers(
        conn,
        "ticket_term",
        [(row, epoch.to_ms(rules.term_push_at(moment))) for row, moment in zip(made, opened, strict=True)],
    )
    return [view_of(row) for row in made]


def _row(order: NewTicket, number: str, opened: datetime, actor: Actor, now_ms: int) -> TicketRow:
    problem = deadlines.problem_of(order.problem)
    react, resolve = rules.due(problem, opened)
    return TicketRow(
        number=number,
        conversation_id=order.conversation_id,
        resident_id=order.resident_id,
        source=order.source,
        status=Status.NEW.value,
        category=problem.category,
        problem=problem.code,
        problem_title=problem.title,
        priority=deadlines.priority_of(problem, order.emergency).value,
        emergency=order.emergency,
        house_id=order.house_id,
        address=order.address,
        apartment=order.apartment,
        entrance=order.entrance,
        floor=order.floor,
        name=order.name,
        phone=order.phone,
        text=order.text,
        accepted_by=actor.name or actor.kind,
        created_ms=now_ms,
        react_due_ms=epoch.to_ms(react),
        due_ms=epoch.to_ms(resolve),
    )


async def _next_numbers(conn: Connection, years: Sequence[int]) -> list[str]:
    """Take a new number for each of these years."""
    take = numbers.of_sequence if conn.dialect == "postgres" else numbers.of_counter
    taken = {year: iter(await take(conn, year, years.count(year))) for year in sorted(set(years))}
    return [f"{year % 100:02d}-{next(taken[year]):06d}" for year in years]
