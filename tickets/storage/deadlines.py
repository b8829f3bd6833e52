"""Deadlines and priority, which follow from a ticket's problem. Only for `opening.py` and `service.py`."""

from __future__ import annotations

import epoch
from models.database.connection import Connection
from tickets.classification import problems
from tickets.lifecycle import rules
from tickets.lifecycle.types import Priority, Problem
from tickets.storage import rows
from tickets.storage.ticket_row import TicketRow


def problem_of(code: str) -> Problem:
    """Return a shipped problem. Raises `LookupError`."""
    problem = problems.shipped().get(code)
    if problem is None:
        raise LookupError(f"problem {code!r} is not in tickets/classification/problems.yaml")
    return problem


def priority_of(problem: Problem, emergency: str) -> Priority:
    return Priority.EMERGENCY if emergency else problem.priority


async def terms_of(conn: Connection, row: TicketRow, problem: Problem) -> dict[str, object]:
    """Return the columns that follow from a problem, with deadlines counted from registration."""
    react, resolve = rules.due(problem, await rows.local(conn, row.house_id, row.created_ms))
    return {
        "problem": problem.code,
        "problem_title": problem.title,
        "category": problem.category,
        "react_due_ms": epoch.to_ms(react),
        "due_ms": epoch.to_ms(resolve),
    }


async def never_laxer(conn: Connection, row: TicketRow, problem: Problem) -> dict[str, object]:
    """Return what `terms_of` does, but no deadline later and no priority lower than the ticket has now."""
    changes = await terms_of(conn, row, problem)
    terms = rules.due(problem, await rows.local(conn, row.house_id, row.created_ms))
    react, resolve = rules.stricter(terms, (epoch.from_ms(row.react_due_ms), epoch.from_ms(row.due_ms)))
    order = list(Priority)
    priority = min(Priority(row.priority), priority_of(problem, row.emergency), key=order.index)
    return changes | {"react_due_ms": epoch.to_ms(react), "due_ms": epoch.to_ms(resolve), "priority": priority.value}
