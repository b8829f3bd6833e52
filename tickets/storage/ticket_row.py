"""Rows of the table `ticket`. Statements take their columns from the fields. For `service.py` and its storage only."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSummary:
    """The columns that a resident may see something of."""

    id: int = 0  # 0: not written yet
    number: str
    resident_id: int
    status: str
    problem_title: str
    priority: str
    emergency: str  # key of the safety text that was shown
    house_id: int
    address: str
    apartment: str
    executor: str = ""
    reason: str = ""
    created_ms: int
    due_ms: int
    visit_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRow(TicketSummary):
    """A ticket as it is in the database."""

    conversation_id: int
    source: str
    category: str
    problem: str
    entrance: str
    floor: str
    name: str
    phone: str
    text: str
    accepted_by: str
    react_due_ms: int
    informed_ms: int = 0
    done_ms: int = 0
    closed_ms: int = 0
    version: int = 0


SUMMARY_COLUMNS = tuple(column.name for column in fields(TicketSummary))
TICKET_COLUMNS = tuple(column.name for column in fields(TicketRow))
