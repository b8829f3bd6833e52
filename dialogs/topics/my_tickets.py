"""Show the resident's tickets, add comments and photos to them, cancel them."""

from __future__ import annotations

from channels.contract import Location, Photo, Text, Unsupported, Voice
from dialogs import lookups, replies
from dialogs.buttons.rows import AFTER_TICKET, TO_MENU, Rows, button, menu
from dialogs.effects import AddToTicket, ChangeStatus, Effect
from dialogs.events import Event
from dialogs.frozen import replace
from dialogs.report import answers, flow, prompts
from dialogs.session import MAX_FILES, Draft, Session, State
from dialogs.topics import voice
from dialogs.turn import NONE, Say, Turn
from dialogs.world import World
from tickets.lifecycle.rules import ALLOWED, FINISHED
from tickets.lifecycle.types import Status, TicketView

MOST_SHOWN = 6  # tickets as buttons


def overview(session: Session, world: World) -> Turn:
    """Show the resident's tickets: a single one at once, several as buttons."""
    if not world.tickets:
        session = replace(session, state=State.IDLE)
        return replies.inform(session, Say(key="status-nothing", buttons=menu(session)))
    if len(world.tickets) == 1:
        return show_card(session, world.tickets[0], world)
    rows: Rows = tuple((prompts.ticket_button(ticket, "ticket"),) for ticket in world.tickets[:MOST_SHOWN])
    say = Say(key="status-list", args={"tickets": len(world.tickets)}, buttons=(*rows, *TO_MENU))
    return replies.inform(replace(session, state=State.IDLE), say)


def show_card(session: Session, ticket: TicketView, world: World) -> Turn:
    """Show one ticket with the buttons that its status allows."""
    say = Say(
        key="status-card",
        args={
            "number": ticket.number,
            "problem": ticket.problem_title,
            "address": ticket.address or NONE,
            "status": ticket.status.value,
            "created": lookups.local_time(ticket.created_ms, world),
            "due": lookups.local_time(ticket.due_ms, world) if ticket.status not in FINISHED else NONE,
            "executor": ticket.executor or NONE,
            "visit": lookups.local_time(ticket.visit_ms, world) if ticket.visit_ms else NONE,
            "reason": ticket.reason or NONE,
        },
        buttons=(*_actions(ticket), *TO_MENU),
    )
    return replies.inform(replace(session, state=State.IDLE, ticket_id=ticket.id), say)


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


def may_cancel(ticket: TicketView) -> bool:
    """Say whether the resident may cancel a ticket: never one that a neighbour reported."""
    return Status.CANCELLED in ALLOWED[ticket.status] and not ticket.joined


def handle_button(session: Session, kind: str, ticket: TicketView, world: World) -> Turn | None:
    """Answer a button about one ticket; the card stands for an action that its status no longer allows."""
    match kind:
        case "ticket":
            return show_card(session, ticket, world)
        case "add" if ticket.status not in FINISHED:
            return replies.ask(replace(session, state=State.COMMENT, ticket_id=ticket.id), world)
        case "drop" if may_cancel(ticket):
            return replies.ask(replace(session, state=State.DROP, ticket_id=ticket.id), world)
        case "add" | "drop":
            card = show_card(session, ticket, world)
            return replace(card, say=(Say(key="stale"), *card.say))
    return None


def handle_comment(session: Session, event: Event, world: World) -> Turn:
    """Add words, a photo or a location to the ticket; after a photo more may follow."""
    ticket = lookups.ticket_of(session.ticket_id, world)
    if ticket is None:
        return replies.show_menu(session, Say(key="stale"))
    match event:
        case Text(text):
            return _finish_comment(session, ticket, text)
        case Photo(file, caption):
            addition = AddToTicket(ticket_id=ticket.id, text=caption, file=file.remote_id)
            say = Say(key="comment-photo-added", args={"number": ticket.number}, buttons=((button("done"),),))
            return replies.inform(session, say, do=(addition,))
        case Location(latitude, longitude):
            return _finish_comment(session, ticket, f"{latitude:.5f}, {longitude:.5f}")
        case Voice(file):
            return voice.keep(session, file.remote_id, world)
        case Unsupported(kind):
            return replies.ask(session, world, answers.unreadable(kind))
    return replies.ask(session, world)


def _finish_comment(session: Session, ticket: TicketView, text: str) -> Turn:
    say = Say(key="comment-added", args={"number": ticket.number}, buttons=AFTER_TICKET)
    return replies.inform(replace(session, state=State.IDLE), say, do=(AddToTicket(ticket_id=ticket.id, text=text),))


def start_comment(session: Session, world: World) -> Turn:
    """Answer the words «Дополнить заявку»: ask for the comment to the only open ticket, or show the list."""
    tickets = [ticket for ticket in world.tickets if ticket.status not in FINISHED]
    if len(tickets) == 1:
        return replies.ask(replace(session, state=State.COMMENT, ticket_id=tickets[0].id), world)
    return overview(session, world)


def start_cancelling(session: Session, world: World) -> Turn:
    """Answer the words «Отменить заявку»: ask whether to cancel the only open ticket, or show the list."""
    tickets = [ticket for ticket in world.tickets if may_cancel(ticket)]
    if len(tickets) == 1:
        return replies.ask(replace(session, state=State.DROP, ticket_id=tickets[0].id), world)
    return overview(session, world)


def finish_cancelling(session: Session, yes: bool, world: World) -> Turn:
    """Cancel the ticket if the resident confirmed and its status still allows it."""
    ticket = lookups.ticket_of(session.ticket_id, world)
    session = replace(session, state=State.IDLE)
    if ticket is None or not yes:
        return replies.show_menu(session, Say(key="drop-kept", edit=True))
    if not may_cancel(ticket):
        return show_card(session, ticket, world)
    say = Say(key="drop-done", args={"number": ticket.number})
    return replies.show_menu(session, say, do=(ChangeStatus(ticket_id=ticket.id, status=Status.CANCELLED),))


# --- photos without a context --------------------------------------------------------------------------------------


def handle_loose_photo(session: Session, file: str, caption: str, world: World) -> Turn:
    """Ask which ticket a photo belongs to; without an open ticket the photo begins a report."""
    if session.draft.started or all(ticket.status in FINISHED for ticket in world.tickets):
        return flow.start(session, world, caption, (file,))
    files = (*session.draft.files, file)[-MAX_FILES:]
    draft = replace(session.draft, files=files, text=f"{session.draft.text}\n{caption}".strip())
    return replies.ask(replace(session, state=State.FILE, draft=draft), world)


def place_photos(session: Session, ticket_id: int, world: World) -> Turn | None:
    """Add the waiting photos to a ticket; 0: begin a report with them. None: the ticket is finished or gone."""
    draft, session = session.draft, replace(session, draft=Draft(), state=State.IDLE)
    if not ticket_id:
        return flow.start(session, world, draft.text, draft.files)
    ticket = lookups.ticket_of(ticket_id, world)
    if ticket is None or ticket.status in FINISHED:
        return None
    additions: list[Effect] = [AddToTicket(ticket_id=ticket.id, file=file) for file in draft.files]
    if draft.text:
        additions.insert(0, AddToTicket(ticket_id=ticket.id, text=draft.text))
    say = Say(key="comment-added", args={"number": ticket.number}, buttons=AFTER_TICKET)
    return replies.inform(replace(session, ticket_id=ticket.id), say, do=additions)
