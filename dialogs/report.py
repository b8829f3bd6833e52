"""The report form: address, contact, problem, photo, summary. `advance` asks for what is still missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from channels.contract import Contact, Location, Photo, Text, Unsupported
from dialogs import emergency, faq, phones, questions, slots
from dialogs.buttons import AFTER_TICKET, button
from dialogs.session import MAX_FILES, Draft, Session, State
from dialogs.types import (
    AddToTicket,
    CallDispatcher,
    Effect,
    Event,
    OpenTicket,
    SaveKnown,
    Say,
    TicketOpened,
    Turn,
    World,
)
from tickets.types import Priority

MOST_HOUSES = 5  # offered as buttons
MOST_ADDRESS = 200  # characters kept of an address nobody recognised
STEPS = frozenset({State.ADDRESS, State.APARTMENT, State.PHONE, State.PROBLEM, State.PHOTO})  # "назад" leads there


def start(session: Session, world: World, text: str = "", files: Sequence[str] = (), problem: str = "") -> Turn:
    """Begin a report, or go on with the half-filled one; a text may hold several answers at once."""
    resumed = session.draft.started
    draft = slots.with_files(replace(session.draft, started=True), *files)
    if problem and not draft.problem:
        draft = replace(draft, problem=problem)
    options: tuple[int, ...] = ()
    if text:
        draft = slots.with_contact(draft, text, world)
        if not draft.has_place:
            found = world.addresses.find(text)
            if found.sure and found.houses:
                draft = slots.with_house(draft, found.houses[0].id, found.houses[0].address, found)
            else:
                draft = slots.with_details(draft, found)
                options = tuple(house.id for house in found.houses[:MOST_HOUSES])
        named = world.classifier.classify(text)
        if named is not None:
            draft = slots.with_problem(draft, text, named)
    said = (Say(key="report-resumed"),) if resumed and not text else _noted(session.draft, draft, world)
    session = replace(session, options=options or (session.options if not draft.has_place else ()))
    return advance(session, draft, world, *said)


def _noted(before: Draft, after: Draft, world: World) -> tuple[Say, ...]:
    """Say what was understood of a first message, so that the next question does not come out of the blue."""
    if after.problem and after.problem != before.problem:
        return (Say(key="report-noted-problem", args={"problem": questions.problem_title(after.problem, world)}),)
    return ()


def advance(session: Session, draft: Draft, world: World, *before: Say, do: Sequence[Effect] = ()) -> Turn:
    """Store the answers and ask for the first missing one. A dangerous problem gets its safety text first."""
    if draft.ticket_id:
        filled = slots.gaps_filled(session.draft, draft)
        do = (*do, filled) if filled else do
        return emergency.go_on(replace(session, draft=draft), world, *before, do=do)
    found = world.classifier.problem(draft.problem) if draft.problem else None
    danger = found.problem.safety if found else ""
    if danger and danger != draft.emergency:
        if danger in slots.LIFE:
            return emergency.begin(replace(session, draft=replace(draft, text="")), world, danger, draft.text)
        before = (emergency.safety(danger), *before)
        draft = replace(draft, emergency=danger)
    state = slots.missing(draft)
    if state is State.ADDRESS and session.options:
        state = State.HOUSE
    kinds = session.kinds
    if state is State.KIND:
        kinds = _kinds(draft, world)
    path = draft.path
    if session.state in STEPS and state is not session.state:
        path = (*(step for step in path if step != session.state), session.state.value)
    new = replace(session, state=state, draft=replace(draft, path=path), kinds=kinds)
    return questions.ask(new, world, *before, do=do)


def _kinds(draft: Draft, world: World) -> tuple[str, ...]:
    named = world.classifier.classify(draft.text)
    return tuple(problem.code for problem in named.top[:3]) if named else ()


# --- answers: presses ----------------------------------------------------------------------------------------------


def pressed(session: Session, value: str, world: World) -> Turn | None:
    """Answer a button of the form; None: it does not belong to the question that was asked."""
    draft, (kind, _, rest) = session.draft, value.partition(":")
    match session.state, kind:
        case State.ADDRESS, "addr":
            known = world.known
            house = world.addresses.get(known.house_id)
            if house is None:
                return None
            taken = slots.with_house(draft, house.id, house.address)
            return advance(session, replace(taken, apartment=draft.apartment or known.apartment), world)
        case (State.ADDRESS, "keep") if draft.tried:
            return _as_written(session, world)
        case (State.HOUSE, "house"):
            return _house(session, rest, world)
        case State.APARTMENT, "flat":
            return advance(session, replace(draft, no_apartment=True), world)
        case (State.PHONE, "phone") if world.known.phone:
            return advance(session, replace(draft, phone=world.known.phone), world)
        case (State.PHONE, "skip") if draft.ticket_id:
            return advance(session, replace(draft, no_phone=True), world)
        case State.KIND, "kind":
            code = rest if rest in session.kinds else slots.OTHER
            return advance(session, replace(draft, problem=code), world)
        case State.PHOTO, "skip" | "done":
            return advance(session, replace(draft, no_photo=True), world)
        case State.SUMMARY, "confirm":
            return confirm(session, world)
        case State.SUMMARY, "edit":
            return _edit(session, rest, world)
    return None


def _house(session: Session, rest: str, world: World) -> Turn | None:
    if rest == "none":
        session = replace(session, options=(), state=State.ADDRESS)
        return questions.ask(session, world)
    chosen = next((one for one in session.options if str(one) == rest), 0)
    house = world.addresses.get(chosen) if chosen else None
    if house is None:
        return None
    session = replace(session, options=())
    return advance(session, slots.with_house(session.draft, house.id, house.address), world)


def _as_written(session: Session, world: World) -> Turn:
    draft = replace(session.draft, address=session.draft.tried, tried="", failures=0)
    call = CallDispatcher(reason="address_unknown")
    return advance(session, draft, world, Say(key="report-address-kept", args={"address": draft.address}), do=(call,))


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
        return questions.ask(session, world, Say(key="report-edit-what"))
    state = EDITS[field]
    if state is State.APARTMENT and not session.draft.house_id:
        state = State.ADDRESS
    draft = slots.without(session.draft, state)
    return questions.ask(replace(session, state=state, draft=draft, options=()), world)


def back(session: Session, world: World) -> Turn:
    """Return to the question before this one; its answer is taken back."""
    path = [step for step in session.draft.path if step != session.state]
    if not path:
        return questions.ask(session, world, Say(key="report-no-way-back"))
    target = State(path[-1]) if path[-1] in STEPS else State.ADDRESS
    draft = replace(slots.without(session.draft, target), path=tuple(path[:-1]))
    return questions.ask(replace(session, state=target, draft=draft, options=()), world)


def cancel(session: Session, world: World) -> Turn:
    """Drop the report; a ticket opened in an emergency stays."""
    key = "emergency-form-left" if session.draft.ticket_id else "report-cancelled"
    return questions.to_menu(replace(session, draft=Draft(), options=(), kinds=()), Say(key=key))


def confirm(session: Session, world: World) -> Turn:
    """Open the ticket; its number comes back as `TicketOpened` within the same turn."""
    draft = session.draft
    found = world.classifier.problem(draft.problem)
    order = OpenTicket(
        problem=draft.problem or slots.OTHER,
        house_id=draft.house_id,
        address_text=draft.address,
        apartment=draft.apartment,
        phone=draft.phone,
        name=draft.name or world.known.name or world.sender_name[:60],
        text=draft.text,
        files=draft.files,
        entrance=draft.entrance,
        floor=draft.floor,
        emergency=draft.emergency,
    )
    save = SaveKnown(name=draft.name, phone=draft.phone, house_id=draft.house_id, apartment=draft.apartment)
    do: tuple[Effect, ...] = (order, save)
    if found and found.problem.priority is Priority.EMERGENCY:
        do = (*do, CallDispatcher(reason="emergency", urgent=True))
    done = replace(session, state=State.IDLE, draft=Draft(), options=(), kinds=())
    return questions.understood(done, do=do)


def opened(session: Session, event: TicketOpened, world: World) -> Turn:
    """Tell number, time, who accepted it, the planned term and what happens next."""
    ticket = event.ticket
    say = Say(
        key="ticket-opened",
        args={
            "number": ticket.number,
            "problem": ticket.problem_title,
            "address": ticket.address or questions.NONE,
            "created": questions.moment(ticket.created_ms, world),
            "due": questions.moment(ticket.due_ms, world),
            "company": world.company.name,
        },
        buttons=((button("add", f"add:{ticket.id}"),), *AFTER_TICKET),
    )
    return questions.understood(replace(session, ticket_id=ticket.id), say)


# --- answers: texts, photos, contacts ------------------------------------------------------------------------------


def answered(session: Session, event: Event, world: World) -> Turn:
    """Answer anything that is no button while the form is open."""
    match event:
        case Photo(file, caption):
            return photo(session, file.remote_id, caption, world)
        case Contact(phone, name):
            return _contact(session, phone, name, world)
        case Location(latitude, longitude):
            do = _place_to_ticket(session.draft, latitude, longitude)
            return questions.ask(session, world, Say(key="location-thanks"), do=do)
        case Unsupported(kind):
            return questions.ask(session, world, unsupported(kind))
        case Text(text):
            return TEXTS[session.state](session, text, world)
    return questions.ask(session, world)


def _place_to_ticket(draft: Draft, latitude: float, longitude: float) -> tuple[Effect, ...]:
    if not draft.ticket_id:
        return ()
    return (AddToTicket(ticket_id=draft.ticket_id, text=f"{latitude:.5f}, {longitude:.5f}"),)


def unsupported(kind: str) -> Say:
    """Say politely what cannot be read."""
    known = ("sticker", "voice", "video", "too_big", "empty")
    return Say(key=f"unsupported-{kind.replace('_', '-')}" if kind in known else "unsupported-other")


def photo(session: Session, file: str, caption: str, world: World) -> Turn:
    """Keep a photo at any point of the form."""
    draft = session.draft
    if draft.ticket_id:
        add = AddToTicket(ticket_id=draft.ticket_id, text=caption, file=file)
        return questions.ask(session, world, Say(key="report-photo-kept"), do=(add,))
    if len(draft.files) >= MAX_FILES and file not in draft.files:
        return questions.ask(session, world, Say(key="report-photo-enough", args={"most": MAX_FILES}))
    draft = slots.with_text(slots.with_files(draft, file), caption)
    session = replace(session, draft=draft)
    if session.state is State.PROBLEM and caption:
        return _problem_text(replace(session, draft=slots.with_files(session.draft, file)), caption, world)
    before = () if session.state in (State.PHOTO, State.SUMMARY) else (Say(key="report-photo-kept"),)
    return questions.ask(session, world, *before)


def _contact(session: Session, phone: str, name: str, world: World) -> Turn:
    found = phones.find_phone(phone if phone.startswith("+") else f"+{phone}") or phones.find_phone(phone)
    if not found:
        return questions.misunderstood(session, world, "report-phone-wrong")
    return advance(session, replace(session.draft, phone=found, name=session.draft.name or name[:60]), world)


def _address_text(session: Session, text: str, world: World) -> Turn:
    found = world.addresses.find(text)
    before = session.draft
    draft = slots.with_contact(before, text, world)
    named = world.classifier.classify(text)
    if named and named.sure and not draft.ticket_id:
        draft = slots.with_problem(draft, text, named)
    if found.sure and found.houses:
        draft = slots.with_house(draft, found.houses[0].id, found.houses[0].address, found)
        said = () if not draft.apartment else (Say(key="report-address-taken", args={"address": draft.address}),)
        return advance(replace(session, options=()), draft, world, *said)
    if found.houses:
        draft = slots.with_details(draft, found)
        options = tuple(house.id for house in found.houses[:MOST_HOUSES])
        return questions.ask(replace(session, state=State.HOUSE, draft=draft, options=options), world)
    if aside := faq.aside(session, text, world):
        return aside
    if draft.text != before.text or draft.phone != before.phone:
        return advance(replace(session, state=State.ADDRESS, options=()), draft, world, Say(key="report-noted"))
    return _unknown_address(session, text, world)


def _unknown_address(session: Session, text: str, world: World) -> Turn:
    """In an emergency take the words as they are; else ask again, then offer to keep them."""
    draft = replace(session.draft, tried=text[:MOST_ADDRESS], failures=session.draft.failures + 1)
    session = replace(session, draft=draft, state=State.ADDRESS, options=())
    if draft.ticket_id:
        kept = replace(draft, address=draft.tried, tried="", failures=0)
        said = Say(key="report-address-kept", args={"address": kept.address})
        return advance(session, kept, world, said)
    sorry = "report-address-unknown" if draft.failures < questions.PATIENCE else "report-address-unknown-again"
    return questions.misunderstood(session, world, sorry)


def _house_text(session: Session, text: str, world: World) -> Turn:
    """The house is often typed instead of pressed; another address starts anew."""
    return _address_text(session, text, world)


def _apartment_text(session: Session, text: str, world: World) -> Turn:
    found = world.addresses.find(text)
    apartment = found.apartment or _bare_flat(text)
    if apartment:
        draft = slots.with_details(slots.with_contact(session.draft, text, world), found)
        return advance(session, replace(draft, apartment=apartment[:20]), world)
    if aside := faq.aside(session, text, world):
        return aside
    return questions.misunderstood(session, world, "report-apartment-wrong")


def _bare_flat(text: str) -> str:
    """Return "12", "12а", "кв. 12" as the number of a flat; '' for anything longer."""
    words = text.lower().replace("№", " ").replace(".", " ").replace(",", " ").split()
    words = [word for word in words if word not in ("кв", "квартира", "квартиры", "номер", "flat", "apartment", "apt")]
    if len(words) == 2 and len(words[1]) == 1 and words[1].isalpha():
        words = ["".join(words)]
    flat = words[0] if len(words) == 1 else ""
    return flat if flat[:1].isdigit() and len(flat) <= 6 and flat.replace("-", "").replace("/", "").isalnum() else ""


def _phone_text(session: Session, text: str, world: World) -> Turn:
    code = world.company.area_code
    phone = phones.find_phone(text, code)
    if phone:
        name = phones.find_name(text) or phones.name_beside_phone(text, code) or session.draft.name
        return advance(session, replace(session.draft, phone=phone, name=name), world)
    if aside := faq.aside(session, text, world):
        return aside
    return questions.misunderstood(session, world, "report-phone-wrong")


def _problem_text(session: Session, text: str, world: World) -> Turn:
    named = world.classifier.classify(text)
    draft = slots.with_contact(session.draft, text, world)
    if named is None and not draft.problem:
        if aside := faq.aside(session, text, world):
            return aside
        if not session.misunderstood and not draft.text:
            return questions.misunderstood(session, world, "report-problem-unclear")
        draft = replace(draft, problem=slots.OTHER)
    return advance(session, slots.with_problem(draft, text, named), world)


def _kind_text(session: Session, text: str, world: World) -> Turn:
    """Other words for the problem may be clearer; words that name none are kept and it becomes "other"."""
    if aside := faq.aside(session, text, world):
        return aside
    named = world.classifier.classify(text)
    draft = slots.with_problem(session.draft, text, named)
    if not draft.problem:
        draft = replace(draft, problem=named.problem.code if named else slots.OTHER)
    return advance(session, draft, world)


def _photo_text(session: Session, text: str, world: World) -> Turn:
    if aside := faq.aside(session, text, world):
        return aside
    draft = replace(slots.with_text(session.draft, text), no_photo=True)
    return advance(session, draft, world, Say(key="report-noted"))


def _summary_text(session: Session, text: str, world: World) -> Turn:
    """Take a correction that speaks for itself: another phone, another address, more about the problem."""
    draft = session.draft
    if phone := phones.find_phone(text, world.company.area_code):
        return advance(session, replace(draft, phone=phone), world, Say(key="report-noted"))
    found = world.addresses.find(text)
    if found.sure and found.houses:
        place = slots.without(draft, State.ADDRESS)
        place = slots.with_house(place, found.houses[0].id, found.houses[0].address, found)
        return advance(session, place, world, Say(key="report-noted"))
    if found.apartment and not found.houses:
        return advance(session, replace(draft, apartment=found.apartment), world, Say(key="report-noted"))
    if aside := faq.aside(session, text, world):
        return aside
    if world.classifier.classify(text) is not None:
        return advance(session, slots.with_text(draft, text), world, Say(key="report-noted"))
    return questions.misunderstood(session, world, "report-summary-unclear")


TEXTS = {
    State.ADDRESS: _address_text,
    State.HOUSE: _house_text,
    State.APARTMENT: _apartment_text,
    State.PHONE: _phone_text,
    State.PROBLEM: _problem_text,
    State.KIND: _kind_text,
    State.PHOTO: _photo_text,
    State.SUMMARY: _summary_text,
}
