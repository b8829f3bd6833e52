"""My tickets: the list, one card, a comment or a photo, cancelling."""

from __future__ import annotations

from channels.contract import Location, Photo, Text, Unsupported, Voice
from dialogs.buttons import AFTER_TICKET, TO_MENU, Rows, button, menu
from dialogs.effects import AddToTicket, ChangeStatus, Effect
from dialogs.events import Event
from dialogs.frozen import replace
from dialogs.report import answers
from dialogs.report import flow as report
from dialogs.report import prompts as questions
from dialogs.session import Draft, Session, State
from dialogs.topics import voice
from dialogs.turn import Say, Turn
from dialogs.world import World
from tickets.lifecycle.rules import ALLOWED, FINISHED
from tickets.lifecycle.types import Status, TicketView

MOST_SHOWN = 6


def overview(session: Session, world: World) -> Turn:
    """Show the resident's tickets: a single one at once, several as buttons."""
    if not world.tickets:
        session = replace(session, state=State.IDLE)
        return questions.understood(session, Say(key="status-nothing", buttons=menu(session)))
    if len(world.tickets) == 1:
        return card(session, world.tickets[0], world)
    rows: Rows = tuple((questions.ticket_button(ticket, "ticket"),) for ticket in world.tickets[:MOST_SHOWN])
    say = Say(key="status-list", args={"tickets": len(world.tickets)}, buttons=(*rows, *TO_MENU))
    return questions.understood(replace(session, state=State.IDLE), say)


def card(session: Session, ticket: TicketView, world: World) -> Turn:
    """Show one ticket and what can be done with it."""
    say = Say(
        key="status-card",
        args={
            "number": ticket.number,
            "problem": ticket.problem_title,
            "address": ticket.address or questions.NONE,
            "status": ticket.status.value,
            "created": questions.moment(ticket.created_ms, world),
            "due": questions.moment(ticket.due_ms, world) if ticket.status not in FINISHED else questions.NONE,
            "executor": ticket.executor or questions.NONE,
            "visit": questions.moment(ticket.visit_ms, world) if ticket.visit_ms else questions.NONE,
            "reason": ticket.reason or questions.NONE,
        },
        buttons=(*_actions(ticket), *TO_MENU),
    )
    return questions.understood(replace(session, state=State.IDLE, ticket_id=ticket.id), say)


def _actions(ticket: TicketView) -> Rows:
    if ticket.joined:
        return ((button("add", f"add:{ticket.id}"),),) if ticket.status not in FINISHED else ()
    if ticket.status is Status.DONE:
        return ((button("solved", f"ok:{ticket.id}"), button("unsolved", f"again:{ticket.id}")),)
    if ticket.status is Status.CLOSED:
        return ((button("reopen", f"again:{ticket.id}"),),)
    if ticket.status is Status.CANCELLED:
        return ((button("report"),),)
    return ((button("add", f"add:{ticket.id}"),), (button("drop", f"drop:{ticket.id}"),))


def may_drop(ticket: TicketView) -> bool:
    """Say whether the resident may cancel it: nobody cancels what a neighbour has reported."""
    return Status.CANCELLED in ALLOWED[ticket.status] and not ticket.joined


def pressed(session: Session, kind: str, ticket: TicketView, world: World) -> Turn | None:
    """Answer a button about one ticket; what its status no longer allows shows the card instead."""
    match kind:
        case "ticket":
            return card(session, ticket, world)
        case "add" if ticket.status not in FINISHED:
            return questions.ask(replace(session, state=State.COMMENT, ticket_id=ticket.id), world)
        case "drop" if may_drop(ticket):
            return questions.ask(replace(session, state=State.DROP, ticket_id=ticket.id), world)
        case "add" | "drop":
            shown = card(session, ticket, world)
            return replace(shown, say=(Say(key="stale"), *shown.say))
    return None


def commented(session: Session, event: Event, world: World) -> Turn:
    """Add words or a photo to the ticket; photos may follow one another."""
    ticket = questions.ticket_of(session.ticket_id, world)
    if ticket is None:
        return questions.to_menu(session, Say(key="stale"))
    match event:
        case Text(text):
            add = AddToTicket(ticket_id=ticket.id, text=text)
            say = Say(key="comment-added", args={"number": ticket.number}, buttons=AFTER_TICKET)
            return questions.understood(replace(session, state=State.IDLE), say, do=(add,))
        case Photo(file, caption):
            add = AddToTicket(ticket_id=ticket.id, text=caption, file=file.remote_id)
            say = Say(key="comment-photo-added", args={"number": ticket.number}, buttons=((button("done"),),))
            return questions.understood(session, say, do=(add,))
        case Location(latitude, longitude):
            add = AddToTicket(ticket_id=ticket.id, text=f"{latitude:.5f}, {longitude:.5f}")
            say = Say(key="comment-added", args={"number": ticket.number}, buttons=AFTER_TICKET)
            return questions.understood(replace(session, state=State.IDLE), say, do=(add,))
        case Voice(file):
            return voice.kept(session, file.remote_id, world)
        case Unsupported(kind):
            return questions.ask(session, world, answers.unsupported(kind))
    return questions.ask(session, world)


def add(session: Session, world: World) -> Turn:
    """«Дополнить заявку» in words: of a single open ticket ask at once, otherwise show which there are."""
    open_ones = [ticket for ticket in world.tickets if ticket.status not in FINISHED]
    if len(open_ones) == 1:
        return questions.ask(replace(session, state=State.COMMENT, ticket_id=open_ones[0].id), world)
    return overview(session, world)


def drop(session: Session, world: World) -> Turn:
    """«Отменить заявку» in words: of a single open ticket ask at once, otherwise show which there are."""
    open_ones = [ticket for ticket in world.tickets if may_drop(ticket)]
    if len(open_ones) == 1:
        return questions.ask(replace(session, state=State.DROP, ticket_id=open_ones[0].id), world)
    return overview(session, world)


def dropped(session: Session, yes: bool, world: World) -> Turn:
    """Cancel the ticket when its status still allows it."""
    ticket = questions.ticket_of(session.ticket_id, world)
    session = replace(session, state=State.IDLE)
    if ticket is None or not yes:
        return questions.to_menu(session, Say(key="drop-kept", edit=True))
    if not may_drop(ticket):
        return card(session, ticket, world)
    say = Say(key="drop-done", args={"number": ticket.number})
    return questions.to_menu(session, say, do=(ChangeStatus(ticket_id=ticket.id, status=Status.CANCELLED),))


# --- a photo that came by itself -----------------------------------------------------------------------------------


def loose_photo(session: Session, file: str, caption: str, world: World) -> Turn:
    """Ask which ticket a photo belongs to; without an open ticket it begins a report."""
    if session.draft.started or all(ticket.status in FINISHED for ticket in world.tickets):
        return report.start(session, world, caption, (file,))
    files = (*session.draft.files, file)[-10:]
    draft = replace(session.draft, files=files, text=f"{session.draft.text}\n{caption}".strip())
    return questions.ask(replace(session, state=State.FILE, draft=draft), world)


def placed(session: Session, ticket_id: int, world: World) -> Turn | None:
    """Put the photos that wait into a ticket; 0: they begin a new report."""
    draft, session = session.draft, replace(session, draft=Draft(), state=State.IDLE)
    if not ticket_id:
        return report.start(session, world, draft.text, draft.files)
    ticket = questions.ticket_of(ticket_id, world)
    if ticket is None or ticket.status in FINISHED:
        return None
    add: list[Effect] = [AddToTicket(ticket_id=ticket.id, file=file) for file in draft.files]
    if draft.text:
        add.insert(0, AddToTicket(ticket_id=ticket.id, text=draft.text))
    say = Say(key="comment-added", args={"number": ticket.number}, buttons=AFTER_TICKET)
    return questions.understood(replace(session, ticket_id=ticket.id), say, do=add)
