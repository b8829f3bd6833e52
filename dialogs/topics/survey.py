"""Ask «Проблема решена?»: a yes closes the ticket; a no asks for the reason and reopens it."""

from __future__ import annotations

from channels.contract import Photo, Text, Unsupported, Voice
from dialogs import lookups, replies
from dialogs.buttons.rows import AFTER_TICKET
from dialogs.effects import AddToTicket, ChangeStatus
from dialogs.events import Event
from dialogs.frozen import replace
from dialogs.report import answers
from dialogs.session import Session, State
from dialogs.topics import my_tickets, voice
from dialogs.turn import Say, Turn
from dialogs.world import World
from tickets.lifecycle.rules import ALLOWED
from tickets.lifecycle.types import Status, TicketView


def handle_button(session: Session, ticket: TicketView, solved: bool, world: World) -> Turn:
    """Answer the two buttons; the card stands for a change that the status no longer allows."""
    if ticket.joined:  # the resident who opened it decides
        return my_tickets.show_card(session, ticket, world)
    if solved and ticket.status is Status.DONE:
        session = replace(session, state=State.IDLE, ticket_id=ticket.id)
        say = Say(key="survey-closed", args={"number": ticket.number})
        return replies.show_menu(session, say, do=(ChangeStatus(ticket_id=ticket.id, status=Status.CLOSED),))
    if not solved and Status.REOPENED in ALLOWED[ticket.status]:
        return replies.ask(replace(session, state=State.REASON, ticket_id=ticket.id), world)
    return my_tickets.show_card(session, ticket, world)


def handle_reason(session: Session, event: Event, world: World) -> Turn:
    """Take the reason and reopen the ticket; after a photo the reason is still asked for."""
    ticket = lookups.ticket_of(session.ticket_id, world)
    if ticket is None or Status.REOPENED not in ALLOWED[ticket.status]:
        return replies.show_menu(session, Say(key="stale"))
    match event:
        case Photo(file, caption):
            addition = AddToTicket(ticket_id=ticket.id, text=caption, file=file.remote_id)
            return replies.ask(session, world, Say(key="report-photo-kept"), do=(addition,))
        case Voice(file):
            return voice.keep(session, file.remote_id, world)
        case Unsupported(kind):
            return replies.ask(session, world, answers.unreadable(kind))
        case Text(text):
            return reopen(session, ticket, text)
    return replies.ask(session, world)


def reopen(session: Session, ticket: TicketView, reason: str) -> Turn:
    """Reopen a ticket. reason: in the resident's words, or ''."""
    say = Say(key="survey-reopened", args={"number": ticket.number}, buttons=AFTER_TICKET)
    change = ChangeStatus(ticket_id=ticket.id, status=Status.REOPENED, reason=reason[:1000])
    return replies.inform(replace(session, state=State.IDLE), say, do=(change,))


def skip_reason(session: Session, world: World) -> Turn | None:
    ticket = lookups.ticket_of(session.ticket_id, world)
    if ticket is None or Status.REOPENED not in ALLOWED[ticket.status]:
        return None
    return reopen(session, ticket, "")
