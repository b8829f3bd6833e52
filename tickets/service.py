"""Every change of a ticket. Each function runs inside a unit of the caller and writes the row and one event.

The convention worth knowing: nobody else writes to the tables `ticket`, `ticket_event` and `ticket_file`. When the
resident must know, the news goes into the inbox of the ticket's conversation under the key ``ticket:<event id>``, in
the same transaction; the caller rings the bell "inbox" after its unit.

Errors: `LookupError` (no such ticket or problem), `TransitionError`, `VersionError`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.database import TENANT, Connection
from tickets import problems, rows, rules
from tickets.rows import Actor, Row
from tickets.types import Priority, Problem, Status, TicketView, TransitionError

__all__ = ["Actor", "NewTicket"]

SHOWN_DAYS = 30  # how long a resident sees a closed ticket
DAY_MS = 86_400_000
MOST_IN_LIST = 500  # values of one IN (...); SQLite's oldest limit is 999
TICKET_TIMERS = ("ticket_term", "ticket_visit", "ticket_survey")


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


# --- opening -------------------------------------------------------------------------------------------------------


async def open_ticket(conn: Connection, order: NewTicket, *, actor: Actor, now_ms: int) -> TicketView:
    """Register a ticket under a new number ``YY-NNNNNN`` with its deadlines and the push of the planned term."""
    problem = _problem(order.problem)
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
        _priority(problem, order.emergency).value,
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
    return _view(row)


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


# --- changes -------------------------------------------------------------------------------------------------------


async def assign_ticket(
    conn: Connection,
    ticket_id: int,
    executor: str,
    *,
    actor: Actor,
    now_ms: int,
    expected_version: int | None = None,
) -> TicketView:
    """Name the executor; work that is already under way keeps its status."""
    row = await rows.read(conn, ticket_id, expected_version)
    old = Status(row["status"])
    new = old if old in (Status.ASSIGNED, Status.IN_PROGRESS) else Status.ASSIGNED
    if new is not old:
        rules.check_transition(row["number"], old, new)
    elif row["executor"] == executor:
        return _view(row)
    row = await rows.update(conn, row, executor=executor, status=new.value, reason="")
    event = await rows.write_event(
        conn, ticket_id, "ticket.assigned", actor, now_ms, executor=executor, old=old.value, new=new.value
    )
    await rows.tell(conn, row, "status", actor, now_ms, event)
    return _view(row)


async def change_status(
    conn: Connection,
    ticket_id: int,
    status: Status,
    *,
    actor: Actor,
    now_ms: int,
    reason: str = "",
    expected_version: int | None = None,
) -> TicketView:
    """Change the status; the one it already has changes nothing, so a button pressed twice is harmless."""
    row = await rows.read(conn, ticket_id, expected_version)
    old = Status(row["status"])
    if status is old:
        return _view(row)
    rules.check_transition(row["number"], old, status)
    changes = await _changes_of(conn, row, status, reason, now_ms)
    row = await rows.update(conn, row, **changes)
    event = await rows.write_event(
        conn, ticket_id, "ticket.status.changed", actor, now_ms, old=old.value, new=status.value, reason=reason
    )
    await _retime(conn, row, status, now_ms)
    await rows.tell(conn, row, "status", actor, now_ms, event, comment=reason)
    return _view(row)


async def _changes_of(conn: Connection, row: Row, status: Status, reason: str, now_ms: int) -> dict[str, object]:
    """Return the columns that a new status changes. A reopened ticket gets its terms anew."""
    changes: dict[str, object] = {"status": status.value, "reason": reason}
    if status is Status.DONE:
        changes["done_ms"] = now_ms
    elif status in (Status.CLOSED, Status.CANCELLED):
        changes["closed_ms"] = now_ms
    elif status is Status.REOPENED:
        react, resolve = rules.due(_problem(row["problem"]), await rows.local(conn, row["house_id"], now_ms))
        changes |= {
            "done_ms": 0,
            "closed_ms": 0,
            "visit_ms": 0,
            "react_due_ms": rows.ms(react),
            "due_ms": rows.ms(resolve),
        }
    return changes


async def _retime(conn: Connection, row: Row, status: Status, now_ms: int) -> None:
    """Drop the pushes that a finished ticket no longer needs; after "done" ask once more a day later."""
    if status in rules.FINISHED or status is Status.REOPENED:
        for kind in TICKET_TIMERS:
            await rows.cancel_timer(conn, row, kind)
    if status is Status.DONE:
        done = await rows.local(conn, row["house_id"], now_ms)
        await rows.set_timer(conn, row, "ticket_survey", rows.ms(rules.survey_push_at(done)))


async def plan_visit(
    conn: Connection,
    ticket_id: int,
    visit_ms: int,
    *,
    actor: Actor,
    now_ms: int,
    expected_version: int | None = None,
) -> TicketView:
    """Plan or move the visit; the resident is told now and reminded an hour before."""
    row = await rows.read(conn, ticket_id, expected_version)
    if row["status"] in rules.FINISHED:
        raise TransitionError(f"ticket {row['number']}: {row['status']}, no visit can be planned; reopen it first")
    row = await rows.update(conn, row, visit_ms=visit_ms)
    event = await rows.write_event(conn, ticket_id, "ticket.visit.planned", actor, now_ms, visit_ms=visit_ms)
    await rows.cancel_timer(conn, row, "ticket_visit")
    if remind := rules.visit_push_at(rows.utc(visit_ms), rows.utc(now_ms)):
        await rows.set_timer(conn, row, "ticket_visit", rows.ms(remind))
    await rows.tell(conn, row, "visit", actor, now_ms, event)
    return _view(row)


async def add_comment(
    conn: Connection, ticket_id: int, text: str, *, public: bool, actor: Actor, now_ms: int
) -> TicketView:
    """Add a comment; a public one by a dispatcher is sent to the resident."""
    row = await rows.update(conn, await rows.read(conn, ticket_id))
    event = await rows.write_event(conn, ticket_id, "ticket.comment.added", actor, now_ms, text=text, public=public)
    if public:
        await rows.tell(conn, row, "comment", actor, now_ms, event, comment=text)
    return _view(row)


async def add_file(conn: Connection, ticket_id: int, file: str, *, actor: Actor, now_ms: int) -> TicketView:
    """Add a stored file by its name; one that the ticket already has changes nothing."""
    row = await rows.read(conn, ticket_id)
    if await rows.attach(conn, ticket_id, file, now_ms):
        row = await rows.update(conn, row)
        await rows.write_event(conn, ticket_id, "ticket.file.added", actor, now_ms, file=file)
    return _view(row)


async def update_details(
    conn: Connection,
    ticket_id: int,
    *,
    actor: Actor,
    now_ms: int,
    house_id: int = 0,
    address: str = "",
    apartment: str = "",
    entrance: str = "",
    floor: str = "",
    name: str = "",
    phone: str = "",
    text: str = "",
    problem: str = "",
    expected_version: int | None = None,
) -> TicketView:
    """Fill gaps of a ticket that was opened early; empty: unchanged. `text` is added to what was told before.

    A new problem never makes a deadline later, nor an emergency less urgent: the promise was given.
    """
    row = await rows.read(conn, ticket_id, expected_version)
    given = {
        "house_id": house_id,
        "address": address,
        "apartment": apartment,
        "entrance": entrance,
        "floor": floor,
        "name": name,
        "phone": phone,
        "text": _joined(row["text"], text),
    }
    changes: dict[str, object] = {key: value for key, value in given.items() if value and value != row[key]}
    if problem and problem != row["problem"]:
        changes |= await _never_laxer(conn, row, _problem(problem))
    if changes:
        row = await rows.update(conn, row, **changes)
        # Names of the fields only: the events outlive a resident's wish to be forgotten.
        await rows.write_event(conn, ticket_id, "ticket.details.updated", actor, now_ms, fields=sorted(changes))
    return _view(row)


def _joined(old: str, new: str) -> str:
    return old if new in old else f"{old}\n{new}".strip()


async def set_problem(
    conn: Connection,
    ticket_id: int,
    problem: str,
    *,
    actor: Actor,
    now_ms: int,
    expected_version: int | None = None,
) -> TicketView:
    """Correct the category as a dispatcher; the terms become those of the right problem, from registration.

    They may become later: the wrong category had wrong terms. The event keeps both, for the audit.
    """
    row = await rows.read(conn, ticket_id, expected_version)
    if problem == row["problem"]:
        return _view(row)
    right, old_due = _problem(problem), row["due_ms"]
    emergency = (row["emergency"] or right.safety) if right.priority is Priority.EMERGENCY else ""
    changes = await _terms(conn, row, right) | {"priority": right.priority.value, "emergency": emergency}
    old, row = row, await rows.update(conn, row, **changes)
    details = {"old": old["problem"], "new": right.code, "old_due_ms": old_due, "due_ms": row["due_ms"]}
    event = await rows.write_event(conn, ticket_id, "ticket.problem.changed", actor, now_ms, **details)
    if row["due_ms"] != old_due and row["status"] not in rules.FINISHED:
        await rows.tell(conn, row, "term", actor, now_ms, event)
    return _view(row)


async def mark_informed(conn: Connection, ticket_id: int, *, actor: Actor, now_ms: int) -> None:
    """Note when the planned term was told to the resident; only the first time counts."""
    row = await rows.read(conn, ticket_id)
    if not row["informed_ms"]:
        await rows.update(conn, row, informed_ms=now_ms)
        await rows.write_event(conn, ticket_id, "ticket.term.told", actor, now_ms)


# --- reading -------------------------------------------------------------------------------------------------------


async def ticket_view(conn: Connection, ticket_id: int) -> TicketView | None:
    row = await conn.fetch_one("SELECT * FROM ticket WHERE tenant = ? AND id = ?", TENANT, ticket_id)
    return _view(row) if row else None


async def views_of_residents(
    conn: Connection, resident_ids: Sequence[int], now_ms: int
) -> dict[int, tuple[TicketView, ...]]:
    """Return the tickets each resident may see, newest first: open ones and those closed in the last 30 days."""
    views: dict[int, list[TicketView]] = {resident_id: [] for resident_id in resident_ids if resident_id}
    wanted = list(views)
    for start in range(0, len(wanted), MOST_IN_LIST):
        part = wanted[start : start + MOST_IN_LIST]
        rows = await conn.fetch(
            f"SELECT * FROM ticket WHERE resident_id IN ({', '.join('?' * len(part))})"  # noqa: S608  marks only
            " AND tenant = ? AND (closed_ms = 0 OR closed_ms >= ?) ORDER BY id DESC",
            *part,
            TENANT,
            now_ms - SHOWN_DAYS * DAY_MS,
        )
        for row in rows:
            views[row["resident_id"]].append(_view(row))
    return {resident_id: tuple(found) for resident_id, found in views.items()}


def _view(row: Row) -> TicketView:
    return TicketView(
        id=row["id"],
        number=row["number"],
        status=Status(row["status"]),
        problem_title=row["problem_title"],
        address=row["address"],
        created_ms=row["created_ms"],
        due_ms=row["due_ms"],
        executor=row["executor"],
        visit_ms=row["visit_ms"],
        reason=row["reason"],
    )


def _problem(code: str) -> Problem:
    problem = problems.shipped().get(code)
    if problem is None:
        raise LookupError(f"problem {code!r} is not in tickets/classifier.yaml")
    return problem


def _priority(problem: Problem, emergency: str) -> Priority:
    return Priority.EMERGENCY if emergency else problem.priority


async def _terms(conn: Connection, row: Row, problem: Problem) -> dict[str, object]:
    """Return the columns that follow from a problem, with deadlines counted from registration."""
    react, resolve = rules.due(problem, await rows.local(conn, row["house_id"], row["created_ms"]))
    return {
        "problem": problem.code,
        "problem_title": problem.title,
        "category": problem.category,
        "react_due_ms": rows.ms(react),
        "due_ms": rows.ms(resolve),
    }


async def _never_laxer(conn: Connection, row: Row, problem: Problem) -> dict[str, object]:
    changes = await _terms(conn, row, problem)
    terms = rules.due(problem, await rows.local(conn, row["house_id"], row["created_ms"]))
    react, resolve = rules.stricter(terms, (rows.utc(row["react_due_ms"]), rows.utc(row["due_ms"])))
    order = list(Priority)
    priority = min(Priority(row["priority"]), _priority(problem, row["emergency"]), key=order.index)
    return changes | {"react_due_ms": rows.ms(react), "due_ms": rows.ms(resolve), "priority": priority.value}
