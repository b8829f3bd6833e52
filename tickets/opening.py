"""Register a ticket. Called through `service.py` only."""

from __future__ import annotations

from dataclasses import dataclass

from models.database import TENANT, Connection
from tickets import rows, rules, terms
from tickets.rows import Actor
from tickets.types import Status, TicketView
from tickets.views import view_of


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTicket:
    problem: str  # code
    source: str  # name of the channel, "console" without a conversation
    conversation_id: int = 0  # 0: nobody can be told of changes
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


async def open_ticket(conn: Connection, order: NewTicket, *, actor: Actor, now_ms: int) -> TicketView:
    """Register a ticket under a new number ``YY-NNNNNN`` with its deadlines and the push of the planned term."""
    problem = terms.problem_of(order.problem)
    opened = await rows.local(conn, order.house_id, now_ms)
    react, resolve = rules.due(problem, opened)
    number = await _next_number(conn, opened.year)
    ticket_id = await conn.insert(
        "INSERT INTO ticket (tenant, number, conversation_id, resident_id, source, status, category, problem,"
        " problem_title, priority, emergency, house_id, address, apartment, entrance, floor, name, phone, text,"
        " accepted_by, created_ms, react_due_ms, due_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        TENANT,
        number,
        order.conversation_id,
        order.resident_id,
        order.source,
        Status.NEW.value,
        problem.category,
        problem.code,
        problem.title,
        terms.priority_of(problem, order.emergency).value,
        order.emergency,
        order.house_id,
        order.address,
        order.apartment,
        order.entrance,
        order.floor,
        order.name,
        order.phone,
        order.text,
        actor.name or actor.kind,
        now_ms,
        rows.ms(react),
        rows.ms(resolve),
    )
    await rows.write_event(conn, ticket_id, "ticket.opened", actor, now_ms, problem=problem.code)
    for file in dict.fromkeys(order.files):
        await rows.attach(conn, ticket_id, file, now_ms)
    row = await rows.read(conn, ticket_id)
    await rows.set_timer(conn, row, "ticket_term", rows.ms(rules.term_push_at(opened)))
    return view_of(row)


async def _next_number(conn: Connection, year: int) -> str:
    short = f"{year % 100:02d}"
    row = await conn.fetch_one(
        "INSERT INTO counter (tenant, name, value) VALUES (?, ?, 1)"
        " ON CONFLICT (tenant, name) DO UPDATE SET value = counter.value + 1 RETURNING value",
        TENANT,
        f"ticket:{short}",
    )
    assert row is not None  # noqa: S101  RETURNING always gives the row
    return f"{short}-{row['value']:06d}"
