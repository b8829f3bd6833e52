"""Every change of a ticket. Each function runs inside a transaction of the caller and writes the row and one event.

The convention worth knowing: only this module changes a ticket, with `tickets/storage` behind it. Two modules write the
same tables for another reason: `models/residents/merging.py` changes whose a ticket is, and `models/erasure.py` empties
what is personal. When residents must know, the news goes into the inbox of their conversations under the key
``ticket:<event id>``, in the same transaction; the caller notifies the topic ``inbox`` after it.

Errors: `LookupError` (no such ticket or problem), `TransitionError`, `VersionError`.
"""

from __future__ import annotations

import epoch
from models.database.connection import TENANT, Connection
from tickets.learning.types import DISPATCHER
from tickets.lifecycle import rules
from tickets.lifecycle.types import Actor, Priority, Status, TicketView, TransitionError
from tickets.storage import corrections, deadlines, rows
from tickets.storage.joining import join_ticket
from tickets.storage.opening import NewTicket, open_ticket, open_tickets
from tickets.storage.ticket_row import TicketRow
from tickets.storage.views import ticket_view, ticket_views, view_of, views_of_residents

__all__ = [
    "NewTicket",
    "add_comment",
    "add_file",
    "assign_ticket",
    "change_status",
    "join_ticket",
    "mark_informed",
    "notify_opened",
    "open_ticket",
    "open_tickets",
    "plan_visit",
    "set_problem",
    "ticket_view",
    "ticket_views",
    "update_details",
    "views_of_residents",
]

TICKET_TIMERS = ("ticket_term", "ticket_visit", "ticket_survey")


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
    old = Status(row.status)
    new = old if old in (Status.ASSIGNED, Status.IN_PROGRESS) else Status.ASSIGNED
    if new is not old:
        rules.check_transition(row.number, old, new)
    elif row.executor == executor:
        return view_of(row)
    row = await rows.update(conn, row, executor=executor, status=new.value, reason="")
    event = await rows.write_event(
        conn, ticket_id, "ticket.assigned", actor, now_ms, executor=executor, old=old.value, new=new.value
    )
    await rows.notify_residents(conn, row, "status", actor, now_ms, event)
    return view_of(row)


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
    old = Status(row.status)
    if status is old:
        return view_of(row)
    rules.check_transition(row.number, old, status)
    changes = await _changes_of(conn, row, status, reason, now_ms)
    row = await rows.update(conn, row, **changes)
    event = await rows.write_event(
        conn, ticket_id, "ticket.status.changed", actor, now_ms, old=old.value, new=status.value, reason=reason
    )
    await _retime(conn, row, status, now_ms)
    await rows.notify_residents(conn, row, "status", actor, now_ms, event, comment=reason)
    return view_of(row)


async def _changes_of(conn: Connection, row: TicketRow, status: Status, reason: str, now_ms: int) -> dict[str, object]:
    """Return the columns that a new status changes. A reopened ticket gets its terms anew."""
    changes: dict[str, object] = {"status": status.value, "reason": reason}
    if status is Status.DONE:
        changes["done_ms"] = now_ms
    elif status in (Status.CLOSED, Status.CANCELLED):
        changes["closed_ms"] = now_ms
    elif status is Status.REOPENED:
        react, resolve = rules.due(deadlines.problem_of(row.problem), await rows.local(conn, row.house_id, now_ms))
        changes |= {
            "done_ms": 0,
            "closed_ms": 0,
            "visit_ms": 0,
            "react_due_ms": epoch.to_ms(react),
            "due_ms": epoch.to_ms(resolve),
        }
    return changes


async def _retime(conn: Connection, row: TicketRow, status: Status, now_ms: int) -> None:
    """Drop the pushes that a finished ticket no longer needs; after "done" ask once more a day later."""
    if status in rules.FINISHED or status is Status.REOPENED:
        for kind in TICKET_TIMERS:
            await rows.cancel_timer(conn, row, kind)
    if status is Status.DONE:
        done = await rows.local(conn, row.house_id, now_ms)
        await rows.set_timer(conn, row, "ticket_survey", epoch.to_ms(rules.survey_push_at(done)))


async def plan_visit(
    conn: Connection,
    ticket_id: int,
    visit_ms: int,
    *,
    actor: Actor,
    now_ms: int,
    expected_version: int | None = None,
) -> TicketView:
    """Plan or move the visit; the resident gets the news now and a reminder an hour before."""
    row = await rows.read(conn, ticket_id, expected_version)
    if row.status in rules.FINISHED:
        raise TransitionError(f"ticket {row.number}: {row.status}, no visit can be planned; reopen it first")
    row = await rows.update(conn, row, visit_ms=visit_ms)
    event = await rows.write_event(conn, ticket_id, "ticket.visit.planned", actor, now_ms, visit_ms=visit_ms)
    await rows.cancel_timer(conn, row, "ticket_visit")
    if remind := rules.visit_push_at(epoch.from_ms(visit_ms), epoch.from_ms(now_ms)):
        await rows.set_timer(conn, row, "ticket_visit", epoch.to_ms(remind))
    await rows.notify_residents(conn, row, "visit", actor, now_ms, event)
    return view_of(row)


async def add_comment(
    conn: Connection, ticket_id: int, text: str, *, public: bool, actor: Actor, now_ms: int
) -> TicketView:
    """Add a comment; a public one by a dispatcher is sent to the resident."""
    row = await rows.update(conn, await rows.read(conn, ticket_id))
    event = await rows.write_event(conn, ticket_id, "ticket.comment.added", actor, now_ms, text=text, public=public)
    if public:
        await rows.notify_residents(conn, row, "comment", actor, now_ms, event, comment=text)
    return view_of(row)


async def add_file(conn: Connection, ticket_id: int, file: str, *, actor: Actor, now_ms: int) -> TicketView:
    """Add a stored file by its name; one that the ticket already has changes nothing."""
    row = await rows.read(conn, ticket_id)
    if await rows.attach(conn, ticket_id, file, now_ms):
        row = await rows.update(conn, row)
        await rows.write_event(conn, ticket_id, "ticket.file.added", actor, now_ms, file=file)
    return view_of(row)


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
        "text": _joined(row.text, text),
    }
    changes: dict[str, object] = {key: value for key, value in given.items() if value and value != getattr(row, key)}
    if problem and problem != row.problem:
        changes |= await deadlines.never_laxer(conn, row, deadlines.problem_of(problem))
    if changes:
        row = await rows.update(conn, row, **changes)
        # Names of the fields only: the events outlive a resident's wish to be forgotten.
        await rows.write_event(conn, ticket_id, "ticket.details.updated", actor, now_ms, fields=sorted(changes))
    return view_of(row)


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

    They may become later: the wrong category had wrong terms. The event keeps both, for the audit. The resident's words
    are kept as a correction (`tickets/storage/corrections.py`).
    """
    row = await rows.read(conn, ticket_id, expected_version)
    if problem == row.problem:
        return view_of(row)
    right, old_due = deadlines.problem_of(problem), row.due_ms
    emergency = (row.emergency or right.safety) if right.priority is Priority.EMERGENCY else ""
    changes = await deadlines.terms_of(conn, row, right) | {"priority": right.priority.value, "emergency": emergency}
    old, row = row, await rows.update(conn, row, **changes)
    details = {"old": old.problem, "new": right.code, "old_due_ms": old_due, "due_ms": row.due_ms}
    event = await rows.write_event(conn, ticket_id, "ticket.problem.changed", actor, now_ms, **details)
    await corrections.keep(
        conn,
        row.text,
        personal=(row.name, row.address),
        guessed=old.problem,
        chosen=right.code,
        who=DISPATCHER,
        now_ms=now_ms,
        conversation_id=row.conversation_id,
        ticket_id=ticket_id,
    )
    if row.due_ms != old_due and row.status not in rules.FINISHED:
        await rows.notify_residents(conn, row, "term", actor, now_ms, event)
    return view_of(row)


async def notify_opened(conn: Connection, ticket_id: int, *, actor: Actor, now_ms: int) -> None:
    """Tell number and term of a ticket that was opened for the resident; the push of the planned term is not needed."""
    row = await rows.read(conn, ticket_id)
    event = await conn.fetch_one(
        "SELECT id FROM ticket_event WHERE ticket_id = ? AND action = 'ticket.opened'", ticket_id
    )
    assert event is not None  # noqa: S101  every ticket has been opened
    await rows.notify_residents(conn, row, "opened", actor, now_ms, event["id"])
    await rows.cancel_timer(conn, row, "ticket_term")


async def mark_informed(conn: Connection, ticket_id: int, *, actor: Actor, now_ms: int) -> None:
    """Note when the planned term was told to the resident; only the first time counts. No version: nobody's work."""
    first = await conn.execute(
        "UPDATE ticket SET informed_ms = ? WHERE tenant = ? AND id = ? AND informed_ms = 0", now_ms, TENANT, ticket_id
    )
    if first:
        await rows.write_event(conn, ticket_id, "ticket.term.told", actor, now_ms)
