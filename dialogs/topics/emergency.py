"""Emergencies: the safety text first, in any state; then the ticket at once; then only what is still missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from channels.contract import SendPriority
from dialogs import lookups, replies
from dialogs.buttons import OPERATOR, Rows, button, menu
from dialogs.effects import AddToTicket, CallDispatcher, Effect, OpenTicket
from dialogs.events import TicketOpened
from dialogs.frozen import replace
from dialogs.report import draft_fields, missing_details
from dialogs.session import Draft, Session, State
from dialogs.topics import poster_links
from dialogs.turn import NONE, Say, Turn
from dialogs.world import World
from houses.types import AddressFound
from tickets.lifecycle.rules import FINISHED
from tickets.lifecycle.types import TicketView

# The problem of an emergency whose words name none; codes of tickets/classification/problems.yaml.
PROBLEMS: Mapping[str, str] = {
    "gas": "gas_smell",
    "co": "gas_no_draft",
    "fire": "fire_smoke",
    "lift": "lift_trapped",
    "electric": "el_sparking",
    "flood": "flood_from_above",
    "falling": "facade_falling",
}
OTHERS = ("police", "health")  # not the company's: no ticket
KEYS = (*PROBLEMS, *OTHERS)
PENDING = -1  # `Session.alarm_ticket` until `TicketOpened` brings the ticket


def safety_text(key: str) -> Say:
    """The safety text of an emergency; one we do not know gets the general one."""
    rows: Rows = OPERATOR if key in OTHERS else ((button("safe"),),)
    return Say(key=f"emergency-{key}" if key in KEYS else "emergency-other", buttons=rows, priority=SendPriority.URGENT)


def start(session: Session, world: World, key: str, text: str, files: Sequence[str] = ()) -> Turn:
    """Answer words that tell of an emergency, whatever was asked before."""
    first = safety_text(key)
    if key in OTHERS:
        return _not_ours(session, world, first, text)
    if ticket_id := open_ticket_of(session, key, world):
        return _repeat(session, world, first, ticket_id, text, files)
    return _open(session, world, first, key, text, files)


def _not_ours(session: Session, world: World, first: Say, text: str) -> Turn:
    """Name the number to call; whoever works on an emergency of this resident reads it too."""
    ticket = lookups.emergency_ticket(session, world)
    do: tuple[Effect, ...] = (AddToTicket(ticket_id=ticket.id, text=text),) if ticket and text else ()
    if ticket or world.claimed_by:
        do = (*do, CallDispatcher(reason="emergency", urgent=True))
    if world.claimed_by or session.state in (State.IDLE, State.CONSENT):
        return replies.inform(session, first, do=do)
    return replies.ask(session, world, first, do=do)


def open_ticket_of(session: Session, key: str, world: World) -> int:
    """Return the open ticket of the same emergency, so that a second cry opens no second one; 0: there is none."""
    ticket = lookups.ticket_of(session.alarm_ticket, world) if session.alarm == key else None
    return ticket.id if ticket and ticket.status not in FINISHED else 0


def _open(session: Session, world: World, first: Say, key: str, text: str, files: Sequence[str]) -> Turn:
    """Open a ticket with what is known: the words, the form so far, the last address and phone."""
    found = world.addresses.find(text) if text else AddressFound()
    before = draft_fields.with_files(replace(session.draft, started=True, emergency=key, ticket_id=0), *files)
    draft = draft_fields.with_text(draft_fields.with_contact(before, text, world), text)
    draft, both = poster_links.with_poster_house("" if found.houses else session.link, _with_place(draft, found), world)
    draft = replace(draft, phone=draft.phone or world.known.phone, name=draft.name or _name(world))
    options = () if draft.has_place else both or _options(found, world)
    house_id = draft.house_id or (0 if draft.address or found.houses or both else world.known.house_id)
    apartment = draft.apartment or (world.known.apartment if house_id == world.known.house_id else "")
    return _order(session, world, first, draft, _problem(key, text, world), house_id, apartment, options)


def open_complete(session: Session, world: World, key: str, draft: Draft) -> Turn:
    """Open a ticket of an emergency whose details were all told at once."""
    problem = _problem(key, draft.text, world)
    return _order(session, world, safety_text(key), draft, problem, draft.house_id, draft.apartment, ())


def _order(
    session: Session,
    world: World,
    first: Say,
    draft: Draft,
    problem: str,
    house_id: int,
    apartment: str,
    options: tuple[int, ...],
) -> Turn:
    order = OpenTicket(
        problem=problem,
        house_id=house_id,
        address_text=draft.address,
        apartment=apartment,
        phone=draft.phone,
        name=draft.name,
        text=draft.text,
        files=(*draft.files, *draft.voices),
        entrance=draft.entrance,
        floor=draft.floor,
        emergency=draft.emergency,
    )
    session = replace(
        session, draft=draft, alarm=draft.emergency, alarm_ticket=PENDING, options=options, misunderstood=0
    )
    session = replace(session, link="")
    do: tuple[Effect, ...] = (order, CallDispatcher(reason="emergency", urgent=True))
    return Turn(session=replace(session, state=State.IDLE), say=(first,), do=do)


def _with_place(draft: Draft, found: AddressFound) -> Draft:
    if found.sure and found.houses and not draft.house_id:
        house = found.houses[0]
        return draft_fields.with_house(draft, house.id, house.address, found)
    return draft_fields.with_details(draft, found)


def _options(found: AddressFound, world: World) -> tuple[int, ...]:
    """Houses to offer: those the words may mean, else the resident's last one."""
    if found.houses:
        return tuple(house.id for house in found.houses[:5])
    return (world.known.house_id,) if world.addresses.get(world.known.house_id) else ()


def _name(world: World) -> str:
    return draft_fields.reporter_name("", world)


def _problem(key: str, text: str, world: World) -> str:
    found = world.classifier.classify(text) if text else None
    if found and key in (found.problem.safety, found.emergency):
        return found.problem.code
    return PROBLEMS.get(key, draft_fields.OTHER)


def handle_ticket_opened(session: Session, event: TicketOpened, world: World) -> Turn:
    """Tell the number, then ask for what the dispatcher still lacks."""
    ticket = event.ticket
    draft = replace(session.draft, ticket_id=ticket.id, path=())
    session = replace(session, alarm_ticket=ticket.id, ticket_id=ticket.id, draft=draft)
    number = _number(ticket, world)
    if world.claimed_by:  # the dispatcher asks for the rest
        return replies.inform(replace(session, draft=Draft(), options=()), number)
    notices = () if world.known.notified or world.letters else (_notice(world),)
    return continue_report(session, world, number, *notices)


def _number(ticket: TicketView, world: World) -> Say:
    return Say(
        key="emergency-opened",
        args={"number": ticket.number, "phone": lookups.emergency_phone(world)},
        priority=SendPriority.URGENT,
    )


def _notice(world: World) -> Say:
    return Say(
        key="consent-emergency",
        args={"company": world.company.name, "policy": world.company.policy_url or NONE},
    )


def continue_report(session: Session, world: World, *before: Say, do: Sequence[Effect] = ()) -> Turn:
    """Ask for the next missing answer of an emergency ticket, or finish; a letter asks for all at once."""
    if world.letters:
        return _by_letter(session, world, *before, do=do)
    state = draft_fields.first_missing(session.draft)
    if state is State.ADDRESS and session.options:
        state = State.HOUSE
    if state is not State.IDLE:
        return replies.ask(replace(session, state=state), world, *before, do=do)
    done = replace(session, state=State.IDLE, draft=Draft(), options=())
    last = Say(key="emergency-complete", buttons=((button("safe"),), *menu(done)))
    return replies.inform(done, *before, last, do=do)


def _by_letter(session: Session, world: World, *before: Say, do: Sequence[Effect]) -> Turn:
    missing = missing_details.list_missing(session.draft, session.options, world)
    last = (
        missing_details.ask_by_letter(missing, session.options, world, urgent=True)
        if missing
        else (Say(key="letter-emergency-complete"),)
    )
    draft = session.draft if missing else Draft()
    return replies.inform(replace(session, state=State.IDLE, draft=draft), *before, *last, do=do)


def _repeat(session: Session, world: World, first: Say, ticket_id: int, text: str, files: Sequence[str]) -> Turn:
    """The same emergency again: the safety text once more, the words into the ticket, gaps filled from them."""
    do: list[Effect] = [AddToTicket(ticket_id=ticket_id, text=text)] if text else []
    do += [AddToTicket(ticket_id=ticket_id, file=file) for file in files]
    do.append(CallDispatcher(reason="emergency", urgent=True))
    ticket = lookups.ticket_of(ticket_id, world)
    known = Say(key="emergency-again", args={"number": ticket.number if ticket else ""})
    before = session.draft
    if world.claimed_by:
        return replies.inform(session, first, known, do=do)
    if before.ticket_id != ticket_id:
        return replies.inform(replace(session, state=State.IDLE), first, known, do=do)
    found = world.addresses.find(text) if text else AddressFound()
    draft = draft_fields.with_contact(_with_place(before, found), text, world)
    if filled := draft_fields.ticket_update(before, draft):
        do.append(filled)
    options = () if draft.has_place else (_options(found, world) or session.options)
    return continue_report(replace(session, draft=draft, options=options), world, first, known, do=do)


def add_words(session: Session, world: World, ticket: TicketView, text: str) -> Turn:
    """Words after an emergency was reported belong to it: "тут ещё ребёнок", "нет, дом 12"."""
    before = Draft(ticket_id=ticket.id)
    after = draft_fields.with_contact(_with_place(before, world.addresses.find(text)), text, world)
    do: list[Effect] = [AddToTicket(ticket_id=ticket.id, text=text)]
    if filled := draft_fields.ticket_update(before, after):
        do.append(filled)
    say = Say(key="emergency-more", args={"number": ticket.number}, buttons=((button("safe"), button("menu")),))
    return replies.inform(replace(session, state=State.IDLE), say, do=do)


def handle_all_clear(session: Session, world: World) -> Turn:
    """«Всё в порядке»: the ticket stays until the resident says that it is not needed."""
    ticket = lookups.ticket_of(session.alarm_ticket, world)
    if ticket is None or ticket.status in FINISHED:
        return replies.show_menu(session, Say(key="emergency-safe"))
    draft = Draft() if session.draft.ticket_id else session.draft
    session = replace(session, state=State.IDLE, draft=draft, ticket_id=ticket.id, options=())
    rows: Rows = ((button("drop", f"drop:{ticket.id}"),), (button("menu"),))
    return replies.inform(session, Say(key="emergency-safe-ticket", args={"number": ticket.number}, buttons=rows))
