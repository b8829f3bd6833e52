"""«Проблема решена?»: yes closes the ticket, no asks why and reopens it."""

from __future__ import annotations

from channels.contract import Photo, Text, Unsupported, Voice
from dialogs.buttons import AFTER_TICKET
from dialogs.effects import AddToTicket, ChangeStatus
from dialogs.events import Event
from dialogs.frozen import replace
from dialogs.report import answers
from dialogs.report import prompts as questions
from dialogs.session import Session, State
from dialogs.topics import my_tickets, voice
from dialogs.turn import Say, Turn
from dialogs.world import World
from tickets.lifecycle.rules import ALLOWED
from tickets.lifecycle.types import Status, TicketView


def pressed(session: Session, ticket: TicketView, solved: bool, world: World) -> Turn:
    """Answer the two buttons; what the status no longer allows shows the card."""
    if ticket.joined:  # whoever opened it decides
        return my_tickets.card(session, ticket, world)
    if solved and ticket.status is Status.DONE:
        session = replace(session, state=State.IDLE, ticket_id=ticket.id)
        say = Say(key="survey-closed", args={"number": ticket.number})
        return questions.to_menu(session, say, do=(ChangeStatus(ticket_id=ticket.id, status=Status.CLOSED),))
    if not solved and Status.REOPENED in ALLOWED[ticket.status]:
        return questions.ask(replace(session, state=State.REASON, ticket_id=ticket.id), world)
    return my_tickets.card(session, ticket, world)


def explained(session: Session, event: Event, world: World) -> Turn:
    """Take the reason and reopen; a photo is added to the ticket and the reason still asked for."""
    ticket = questions.ticket_of(session.ticket_id, world)
    if ticket is None or Status.REOPENED not in ALLOWED[ticket.status]:
        return questions.to_menu(session, Say(key="stale"))
    match event:
        case Photo(file, caption):
            add = AddToTicket(ticket_id=ticket.id, text=caption, file=file.remote_id)
            return questions.ask(session, world, Say(key="report-photo-kept"), do=(add,))
        case Voice(file):
            return voice.kept(session, file.remote_id, world)
        case Unsupported(kind):
            return questions.ask(session, world, answers.unsupported(kind))
        case Text(text):
            return reopened(session, ticket, text)
    return questions.ask(session, world)


def reopened(session: Session, ticket: TicketView, reason: str) -> Turn:
    """Reopen a ticket; `reason` is in the resident's words or empty."""
    say = Say(key="survey-reopened", args={"number": ticket.number}, buttons=AFTER_TICKET)
    change = ChangeStatus(ticket_id=ticket.id, status=Status.REOPENED, reason=reason[:1000])
    return questions.understood(replace(session, state=State.IDLE), say, do=(change,))


def skipped(session: Session, world: World) -> Turn | None:
    ticket = questions.ticket_of(session.ticket_id, world)
    if ticket is None or Status.REOPENED not in ALLOWED[ticket.status]:
        return None
    return reopened(session, ticket, "")
