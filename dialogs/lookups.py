"""Look up data of the world that several dialogs ask for: tickets, the house in question, phones, local times."""

from __future__ import annotations

from datetime import datetime

import epoch
from dialogs.session import Session
from dialogs.turn import NONE
from dialogs.world import World
from tickets.lifecycle.rules import FINISHED
from tickets.lifecycle.types import TicketView


def ticket_of(ticket_id: int, world: World) -> TicketView | None:
    """Return the resident's ticket with this id, or None."""
    return next((ticket for ticket in world.tickets if ticket.id == ticket_id), None)


def emergency_ticket(session: Session, world: World) -> TicketView | None:
    """Return the ticket of the last emergency while it is not finished, or None."""
    ticket = ticket_of(session.alarm_ticket, world)
    return ticket if ticket and ticket.status not in FINISHED else None


def house_in_question(session: Session, world: World) -> int:
    """Return the house that the conversation is about: the report's, else the resident's last one; 0: unknown."""
    draft = session.draft
    return draft.house_id or (0 if draft.address else world.known.house_id)


def problem_title(code: str, world: World) -> str:
    """Return the title of a problem; '' for an unknown code or none."""
    named = world.classifier.problem(code) if code else None
    return named.problem.title if named else ""


def emergency_phone(world: World) -> str:
    """Return the phone to call in an emergency; `NONE` when the company gave none."""
    return world.company.emergency_phone or world.company.phone or NONE


def local_time(epoch_ms: int, world: World) -> datetime:
    """Return an aware moment in the time zone of the house."""
    return epoch.from_ms(epoch_ms).astimezone(world.now.tzinfo)
