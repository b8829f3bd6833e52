"""The report form: address, contact, problem, photo, summary. `advance` asks for what is still missing."""

from __future__ import annotations

from collections.abc import Sequence

from dialogs import lookups, replies
from dialogs.buttons import AFTER_TICKET, button
from dialogs.effects import CallDispatcher, Effect, OpenTicket, SaveKnown
from dialogs.events import TicketOpened
from dialogs.frozen import replace
from dialogs.report import corrections, draft_fields
from dialogs.session import Draft, Session, State, pack, unpack
from dialogs.topics import emergency, outages, poster_links
from dialogs.turn import NONE, Args, Say, Turn
from dialogs.world import World
from tickets.lifecycle.types import Priority, TicketView

MOST_HOUSES = 5  # offered as buttons
STEPS = frozenset({State.ADDRESS, State.APARTMENT, State.PHONE, State.PROBLEM, State.PHOTO})  # "назад" leads there


def start(session: Session, world: World, text: str = "", files: Sequence[str] = (), problem: str = "") -> Turn:
    """Begin a report, or go on with the half-filled one; a text may hold several answers at once."""
    resumed = session.draft.started
    draft = draft_fields.with_files(replace(session.draft, started=True), *files)
    if problem and not draft.problem:
        draft = replace(draft, problem=problem)
    options: tuple[int, ...] = ()
    if text:
        draft = draft_fields.with_contact(draft, text, world)
        if not draft.has_place:
            found = world.addresses.find(text)
            if found.sure and found.houses:
                draft = draft_fields.with_house(draft, found.houses[0].id, found.houses[0].address, found)
            else:
                draft = draft_fields.with_details(draft, found)
                options = tuple(house.id for house in found.houses[:MOST_HOUSES])
        named = world.classifier.classify(text)
        if named is not None:
            draft = draft_fields.with_problem(draft, text, named)
    said = (Say(key="report-resumed"),) if resumed and not text else _acknowledgement(session.draft, draft, world)
    if files:
        said = (Say(key="report-photo-kept"), *said)
    if not draft.has_place and not options:
        draft, options = poster_links.with_poster_house(session.link, draft, world)
    options = options or (session.options if not draft.has_place else ())
    session = replace(session, options=options, link="")
    return advance(session, draft, world, *said)


def _acknowledgement(before: Draft, after: Draft, world: World) -> tuple[Say, ...]:
    """Say what was understood of a first message, so that the next question does not come out of the blue."""
    said: tuple[Say, ...] = ()
    if after.problem and after.problem != before.problem:
        said = (Say(key="report-noted-problem", args={"problem": lookups.problem_title(after.problem, world)}),)
    if after.house_id != before.house_id and draft_fields.first_missing(after) is not State.APARTMENT:
        said = (*said, address_understood(after))
    return said


def address_understood(draft: Draft) -> Say:
    """Tell the address as it was understood."""
    args: Args = {"address": draft.address, "apartment": draft.apartment or NONE}
    return Say(key="report-address-taken", args=args)


def advance(session: Session, draft: Draft, world: World, *before: Say, do: Sequence[Effect] = ()) -> Turn:
    """Store the answers and ask for the first missing one. A dangerous problem gets its safety text first."""
    if draft.ticket_id:
        filled = draft_fields.ticket_update(session.draft, draft)
        do = (*do, filled) if filled else do
        return emergency.continue_report(replace(session, draft=draft), world, *before, do=do)
    found = world.classifier.problem(draft.problem) if draft.problem else None
    danger = found.problem.safety if found else ""
    if danger and danger != draft.emergency:
        if danger in draft_fields.LIFE_THREATENING:
            begun = emergency.start(replace(session, draft=replace(draft, text="")), world, danger, draft.text)
            return replace(begun, do=(*do, *begun.do))
        before = (emergency.safety_text(danger), *before)
        draft = replace(draft, emergency=danger)
    state = draft_fields.first_missing(draft)
    if state is State.PHOTO and world.storm:
        draft, state = replace(draft, no_photo=True), State.SUMMARY
    if state is State.ADDRESS and session.options:
        state = State.HOUSE
    kinds = session.kinds
    if state is State.KIND:
        kinds = _likely_problems(draft, world)
    path = draft.path
    if session.state in STEPS and state is not session.state:
        path = (*(step for step in path if step != session.state), session.state.value)
    if state is State.SUMMARY and (off := outages.find_for_report(replace(session, draft=draft), world, draft.problem)):
        session = replace(session, outage=off[0].id)
        before = (*before, outages.describe(off[0], world))
    undo = session.undo
    if state is State.SUMMARY:
        undo, do = "", (*do, *corrections.from_edit(session, draft, world))
    new = replace(session, state=state, draft=replace(draft, path=path), kinds=kinds, undo=undo)
    return replies.ask(new, world, *before, do=do)


def _likely_problems(draft: Draft, world: World) -> tuple[str, ...]:
    named = world.classifier.classify(draft.text)
    return tuple(problem.code for problem in named.top[:3]) if named else ()


# --- answers: presses ----------------------------------------------------------------------------------------------


def handle_button(session: Session, value: str, world: World) -> Turn | None:
    """Answer a button of the form; None: it does not belong to the question that was asked."""
    draft, (kind, _, rest) = session.draft, value.partition(":")
    match session.state, kind:
        case State.ADDRESS, "addr":
            known = world.known
            house = world.addresses.get(known.house_id)
            if house is None:
                return None
            with_house = draft_fields.with_house(draft, house.id, house.address)
            return advance(session, replace(with_house, apartment=draft.apartment or known.apartment), world)
        case (State.ADDRESS, "keep") if draft.tried:
            return _keep_address_as_written(session, world)
        case (State.HOUSE, "house"):
            return _choose_house(session, rest, world)
        case State.APARTMENT, "flat":
            return advance(session, replace(draft, no_apartment=True), world)
        case (State.PHONE, "phone") if world.known.phone:
            return advance(session, replace(draft, phone=world.known.phone), world)
        case _, "no-photo":  # of a question that comes later, or of this one
            return advance(session, replace(draft, no_photo=True), world)
        case _, "no-phone":
            return advance(session, replace(draft, no_phone=True), world)
        case (State.PHONE, "skip") if draft.ticket_id or session.misunderstood:
            return advance(session, replace(draft, no_phone=True), world)
        case State.KIND, "kind":
            code = rest if rest in session.kinds else draft_fields.OTHER
            do = corrections.from_button(session, code, world)
            return advance(session, replace(draft, problem=code), world, do=do)
        case State.PHOTO, "skip" | "done":
            return advance(session, replace(draft, no_photo=True), world)
        case State.SUMMARY, "confirm":
            return confirm(session, world)
        case State.SUMMARY, "edit":
            return _edit(session, rest, world)
    return None


def _choose_house(session: Session, rest: str, world: World) -> Turn | None:
    if rest == "none":
        session = replace(session, options=(), state=State.ADDRESS)
        return replies.ask(session, world)
    chosen = next((one for one in session.options if str(one) == rest), 0)
    house = world.addresses.get(chosen) if chosen else None
    if house is None:
        return None
    session = replace(session, options=(), state=State.ADDRESS)  # the step that "назад" leads to
    return advance(session, draft_fields.with_house(session.draft, house.id, house.address), world)


def _keep_address_as_written(session: Session, world: World) -> Turn:
    draft = replace(session.draft, address=session.draft.tried, tried="", failures=0)
    return advance(session, draft, world, Say(key="report-address-kept", args={"address": draft.address}))


EDITS = {
    "address": State.ADDRESS,
    "apartment": State.APARTMENT,
    "phone": State.PHONE,
    "problem": State.PROBLEM,
    "photo": State.PHOTO,
}


def _edit(session: Session, field: str, world: World) -> Turn:
    """Take one answer back and ask for it again; the others stay."""
    if field not in EDITS:
        return replies.ask(session, world, Say(key="report-edit-what"))
    state = EDITS[field]
    if state is State.APARTMENT and not session.draft.house_id:
        state = State.ADDRESS
    draft = draft_fields.without_answer(session.draft, state)
    return replies.ask(replace(session, state=state, draft=draft, options=(), undo=pack(session.draft)), world)


def go_back(session: Session, world: World) -> Turn:
    """Return to the question before this one; its answer is taken back. From a correction: to the summary."""
    if session.undo:
        kept = replace(session, state=State.SUMMARY, draft=unpack(session.undo), options=(), undo="")
        return replies.ask(kept, world)
    path = [step for step in session.draft.path if step != session.state]
    if not path:
        return replies.ask(session, world, Say(key="report-no-way-back"))
    target = State(path[-1]) if path[-1] in STEPS else State.ADDRESS
    draft = replace(draft_fields.without_answer(session.draft, target), path=tuple(path[:-1]))
    return replies.ask(replace(session, state=target, draft=draft, options=()), world)


def cancel(session: Session, world: World) -> Turn:
    """Drop the report; a ticket opened in an emergency stays."""
    key = "emergency-form-left" if session.draft.ticket_id else "report-cancelled"
    return replies.show_menu(replace(session, draft=Draft(), options=(), kinds=()), Say(key=key))


def confirm(session: Session, world: World) -> Turn:
    """Open the ticket; its number comes back as `TicketOpened` within the same turn."""
    draft = session.draft
    found = world.classifier.problem(draft.problem) if draft.problem else None
    order = OpenTicket(
        problem=found.problem.code if found else draft_fields.OTHER,  # the classifier may have changed since
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
        join=world.storm and bool(draft.house_id and found and found.problem.scope),
    )
    save = SaveKnown(name=draft.name, phone=draft.phone, house_id=draft.house_id, apartment=draft.apartment)
    do: tuple[Effect, ...] = (order, save)
    if found and found.problem.priority is Priority.EMERGENCY:
        do = (*do, CallDispatcher(reason="emergency", urgent=True))
    elif not draft.house_id:
        do = (*do, CallDispatcher(reason="address_unknown"))
    done = replace(session, state=State.IDLE, draft=Draft(), options=(), kinds=())
    return replies.inform(done, do=do)


def handle_ticket_opened(session: Session, event: TicketOpened, world: World) -> Turn:
    """Tell number, time, who accepted it, the planned term and what happens next."""
    ticket = event.ticket
    if event.known:
        return _tell_joined_ticket(session, ticket, world)
    say = Say(
        key="ticket-opened",
        args={
            "number": ticket.number,
            "problem": ticket.problem_title,
            "address": ticket.address or NONE,
            "created": lookups.local_time(ticket.created_ms, world),
            "due": lookups.local_time(ticket.due_ms, world),
            "company": world.company.name,
        },
        buttons=((button("add", f"add:{ticket.id}"),), *AFTER_TICKET),
    )
    return replies.inform(replace(session, ticket_id=ticket.id), say)


def _tell_joined_ticket(session: Session, ticket: TicketView, world: World) -> Turn:
    """Tell the number of a neighbour's ticket that the resident follows from now on."""
    due = lookups.local_time(ticket.due_ms, world)
    say = Say(
        key="ticket-joined",
        args={"number": ticket.number, "problem": ticket.problem_title, "due": due},
        buttons=((button("add", f"add:{ticket.id}"),), *AFTER_TICKET),
    )
    return replies.inform(replace(session, ticket_id=ticket.id), say)
