"""Order the ticket of a report, and tell the resident its number once it is open."""

from __future__ import annotations

from dialogs import replies
from dialogs.buttons.rows import AFTER_TICKET, button
from dialogs.effects import CallDispatcher, Effect, OpenTicket, SaveKnown
from dialogs.events import TicketOpened
from dialogs.frozen import replace
from dialogs.lookups import local_time
from dialogs.report import draft_fields
from dialogs.session import Draft, Session
from dialogs.turn import NONE, Args, Say, Turn
from dialogs.world import World
from tickets.lifecycle.types import Priority


def effects_of(draft: Draft, world: World) -> tuple[Effect, ...]:
    """Return the effects of a confirmed report: the ticket, the data to remember, a dispatcher where needed."""
    named = world.classifier.problem(draft.problem) if draft.problem else None
    order = OpenTicket(
        problem=named.problem.code if named else draft_fields.OTHER,  # the classifier may have changed since
        house_id=draft.house_id,
        address_text=draft.address,
        apartment=draft.apartment,
        phone=draft.phone,
        name=draft_fields.reporter_name(draft.name, world),
        text=draft.text,
        files=(*draft.files, *draft.voices),
        entrance=draft.entrance,
        floor=draft.floor,
        emergency=draft.emergency,
        join=world.storm and bool(draft.house_id and named and named.problem.scope),
    )
    save = SaveKnown(name=draft.name, phone=draft.phone, house_id=draft.house_id, apartment=draft.apartment)
    if named and named.problem.priority is Priority.EMERGENCY:
        return order, save, CallDispatcher(reason="emergency", urgent=True)
    if not draft.house_id:
        return order, save, CallDispatcher(reason="address_unknown")
    return order, save


def handle_ticket_opened(session: Session, event: TicketOpened, world: World) -> Turn:
    """Tell the number, the time, the company that accepted the ticket, its term, and the next steps."""
    ticket = event.ticket
    args: Args = {
        "number": ticket.number,
        "problem": ticket.problem_title,
        "due": local_time(ticket.due_ms, world),
    }
    key = "ticket-joined"  # a neighbour's ticket, which the resident follows from now on
    if not event.known:
        key = "ticket-opened"
        args |= {
            "address": ticket.address or NONE,
            "created": local_time(ticket.created_ms, world),
            "company": world.company.name,
        }
    say = Say(key=key, args=args, buttons=((button("add", f"add:{ticket.id}"),), *AFTER_TICKET))
    return replies.inform(replace(session, ticket_id=ticket.id), say)
