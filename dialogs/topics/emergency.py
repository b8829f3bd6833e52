"""Handle emergencies: the safety text first, in any state; then the ticket at once; then only missing details."""

from __future__ import annotations

from collections.abc import Sequence

from channels.contract import SendPriority
from dialogs import replies
from dialogs.buttons.rows import OPERATOR, Rows, button, menu
from dialogs.effects import AddToTicket, CallDispatcher, Effect
from dialogs.events import TicketOpened
from dialogs.frozen import replace
from dialogs.letters import missing_details
from dialogs.lookups import emergency_phone, emergency_ticket, ticket_of
from dialogs.report import draft_fields
from dialogs.session import Draft, Session, State
from dialogs.topics.emergency_order import PROBLEMS, houses_to_offer, order_from_draft, order_from_words, with_place
from dialogs.turn import NONE, Args, Say, Turn
from dialogs.world import World
from houses.types import AddressFound
from tickets.lifecycle.rules import FINISHED
from tickets.lifecycle.types import TicketView

OTHERS = ("police", "health")  # emergencies of other services: no ticket is opened
KEYS = (*PROBLEMS, *OTHERS)


def safety_text(key: str) -> Say:
    """Return the safety text of an emergency; an unknown key gets the general one."""
    rows: Rows = OPERATOR if key in OTHERS else ((button("safe"),),)
    text = f"emergency-{key}" if key in KEYS else "emergency-other"
    return Say(key=text, buttons=rows, priority=SendPriority.URGENT)


def start(session: Session, world: World, key: str, text: str, files: Sequence[str] = ()) -> Turn:
    """Answer words that report an emergency, whatever question is open."""
    if key in OTHERS:
        return _refer_to_other_service(session, world, key, text)
    if ticket_id := open_ticket_of(session, key, world):
        return _repeat(session, world, key, ticket_id, text, files)
    return order_from_words(session, world, key, safety_text(key), text, files)


def open_complete(session: Session, world: World, key: str, draft: Draft) -> Turn:
    """Open a ticket of an emergency whose details are all in the draft."""
    return order_from_draft(session, world, key, safety_text(key), draft)


def _refer_to_other_service(session: Session, world: World, key: str, text: str) -> Turn:
    """Name the number to call; the dispatcher of an earlier emergency of this resident gets the words too."""
    ticket = emergency_ticket(session, world)
    do: tuple[Effect, ...] = (AddToTicket(ticket_id=ticket.id, text=text),) if ticket and text else ()
    if ticket or world.claimed_by:
        do = (*do, CallDispatcher(reason="emergency", urgent=True))
    if world.claimed_by or session.state in (State.IDLE, State.CONSENT):
        return replies.inform(session, safety_text(key), do=do)
    return replies.ask(session, world, safety_text(key), do=do)


def open_ticket_of(session: Session, key: str, world: World) -> int:
    """Return the open ticket of the same emergency, so that a repeated message opens no second one; 0: none."""
    ticket = ticket_of(session.alarm_ticket, world) if session.alarm == key else None
    return ticket.id if ticket and ticket.status not in FINISHED else 0


def handle_ticket_opened(session: Session, event: TicketOpened, world: World) -> Turn:
    """Tell the number, then ask for the details that the dispatcher still lacks."""
    ticket = event.ticket
    draft = replace(session.draft, ticket_id=ticket.id, path=())
    session = replace(session, alarm_ticket=ticket.id, ticket_id=ticket.id, draft=draft)
    args: Args = {"number": ticket.number, "phone": emergency_phone(world)}
    number = Say(key="emergency-opened", args=args, priority=SendPriority.URGENT)
    if world.claimed_by:  # the dispatcher asks for the missing details
        return replies.inform(replace(session, draft=Draft(), options=()), number)
    notices = () if world.known.notified or world.letters else (_notice(world),)
    return continue_report(session, world, number, *notices)


def _notice(world: World) -> Say:
    """Return the short notice on personal data, which interrupts no emergency."""
    policy = world.company.policy_url or NONE
    return Say(key="consent-emergency", args={"company": world.company.name, "policy": policy})


def continue_report(session: Session, world: World, *before: Say, do: Sequence[Effect] = ()) -> Turn:
    """Ask for the next missing detail of an emergency ticket, or finish; a letter asks for all at once."""
    if world.letters:
        return _ask_by_letter(session, world, *before, do=do)
    state = draft_fields.first_missing(session.draft)
    if state is State.ADDRESS and session.options:
        state = State.HOUSE
    if state is not State.IDLE:
        return replies.ask(replace(session, state=state), world, *before, do=do)
    complete = replace(session, state=State.IDLE, draft=Draft(), options=())
    last = Say(key="emergency-complete", buttons=((button("safe"),), *menu(complete)))
    return replies.inform(complete, *before, last, do=do)


def _ask_by_letter(session: Session, world: World, *before: Say, do: Sequence[Effect]) -> Turn:
    session = replace(session, state=State.IDLE)
    missing = missing_details.list_missing(session.draft, session.options, world)
    if not missing:
        complete = Say(key="letter-emergency-complete")
        return replies.inform(replace(session, draft=Draft()), *before, complete, do=do)
    request = missing_details.ask_by_letter(missing, session.options, world, urgent=True)
    return replies.inform(session, *before, *request, do=do)


def _repeat(session: Session, world: World, key: str, ticket_id: int, text: str, files: Sequence[str]) -> Turn:
    """Answer the same emergency again: the safety text, the words into the ticket, missing details from the words."""
    do: list[Effect] = [AddToTicket(ticket_id=ticket_id, text=text)] if text else []
    do += [AddToTicket(ticket_id=ticket_id, file=file) for file in files]
    do.append(CallDispatcher(reason="emergency", urgent=True))
    ticket = ticket_of(ticket_id, world)
    say = (safety_text(key), Say(key="emergency-again", args={"number": ticket.number if ticket else ""}))
    before = session.draft
    if world.claimed_by:
        return replies.inform(session, *say, do=do)
    if before.ticket_id != ticket_id:
        return replies.inform(replace(session, state=State.IDLE), *say, do=do)
    place = world.addresses.find(text) if text else AddressFound()
    draft = draft_fields.with_contact(with_place(before, place), text, world)
    if update := draft_fields.ticket_update(before, draft):
        do.append(update)
    options = () if draft.has_place else (houses_to_offer(place, world) or session.options)
    return continue_report(replace(session, draft=draft, options=options), world, *say, do=do)


def add_words(session: Session, world: World, ticket: TicketView, text: str) -> Turn:
    """Add to the ticket the words that follow an emergency: "тут ещё ребёнок", "нет, дом 12"."""
    before = Draft(ticket_id=ticket.id)
    after = draft_fields.with_contact(with_place(before, world.addresses.find(text)), text, world)
    do: list[Effect] = [AddToTicket(ticket_id=ticket.id, text=text)]
    if update := draft_fields.ticket_update(before, after):
        do.append(update)
    say = Say(key="emergency-more", args={"number": ticket.number}, buttons=((button("safe"), button("menu")),))
    return replies.inform(replace(session, state=State.IDLE), say, do=do)


def handle_all_clear(session: Session, world: World) -> Turn:
    """Answer «Всё в порядке»; the ticket stays until the resident cancels it."""
    ticket = ticket_of(session.alarm_ticket, world)
    if ticket is None or ticket.status in FINISHED:
        return replies.show_menu(session, Say(key="emergency-safe"))
    draft = Draft() if session.draft.ticket_id else session.draft
    session = replace(session, state=State.IDLE, draft=draft, ticket_id=ticket.id, options=())
    rows: Rows = ((button("drop", f"drop:{ticket.id}"),), (button("menu"),))
    return replies.inform(session, Say(key="emergency-safe-ticket", args={"number": ticket.number}, buttons=rows))
