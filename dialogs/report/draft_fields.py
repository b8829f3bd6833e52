"""The answers of a report: what is still missing, what a text fills in, what is taken back. Pure data."""

from __future__ import annotations

from dialogs.effects import UpdateTicket
from dialogs.extraction import message_facts
from dialogs.frozen import replace
from dialogs.session import MAX_FILES, Draft, State
from dialogs.world import World
from houses.recognition.flat_entrance_floor import entrance_of
from houses.types import AddressFound
from tickets.lifecycle.types import Classification

LONGEST_NAME = 60  # characters
OTHER = "question"  # the code of what fits no other problem
LIFE_THREATENING = frozenset(
    {"gas", "co", "fire", "lift", "electric"}
)  # the ticket is opened before the form is complete


def first_missing(draft: Draft) -> State:
    """Return the state that asks for the first missing answer; `SUMMARY` (`IDLE` for an open ticket) if none is."""
    if not draft.has_place:
        return State.ADDRESS
    if draft.ticket_id:
        return State.IDLE if draft.phone or draft.no_phone else State.PHONE
    if draft.house_id and not draft.apartment and not draft.no_apartment:
        return State.APARTMENT
    if not draft.phone and not draft.no_phone:
        return State.PHONE
    if not draft.text:
        return State.PROBLEM
    if not draft.problem:
        return State.KIND
    if not draft.files and not draft.no_photo:
        return State.PHOTO
    return State.SUMMARY


def without_answer(draft: Draft, state: State) -> Draft:
    """Take the answer to one question back."""
    match state:
        case State.ADDRESS | State.HOUSE:
            place = replace(draft, house_id=0, address="", apartment="", no_apartment=False, entrance="", floor="")
            return replace(place, tried="", failures=0)
        case State.APARTMENT:
            return replace(draft, apartment="", no_apartment=False)
        case State.PHONE:
            return replace(draft, phone="", no_phone=False)
        case State.PROBLEM | State.KIND:
            return replace(draft, text="", problem="", emergency="")
        case State.PHOTO:
            return replace(draft, files=(), no_photo=False)
    return draft


def with_house(draft: Draft, house_id: int, address: str, found: AddressFound | None = None) -> Draft:
    """Take a served house, and what else stood in the address."""
    taken = replace(draft, house_id=house_id, address=address, tried="", failures=0)
    return with_details(taken, found) if found else taken


def with_details(draft: Draft, found: AddressFound) -> Draft:
    """Take flat, entrance and floor; those named before stay unless they are named anew."""
    entrance = "" if found.computed and not found.sure else found.entrance  # of a house that may be declined
    return replace(
        draft,
        apartment=found.apartment or draft.apartment,
        entrance=entrance or draft.entrance,
        floor=found.floor or draft.floor,
    )


def with_apartment(draft: Draft, apartment: str, world: World) -> Draft:
    """Take a flat, and its entrance when the house tells it and nobody else did."""
    house = world.addresses.get(draft.house_id) if draft.house_id else None
    worked_out = entrance_of(house, apartment) if house and not draft.entrance else ""
    return replace(draft, apartment=apartment, entrance=draft.entrance or worked_out)


def with_contact(draft: Draft, text: str, world: World) -> Draft:
    """Take a phone and a name out of a text when they are not known yet."""
    return replace(
        draft, phone=draft.phone or message_facts.phone(text, world), name=draft.name or message_facts.name(text, world)
    )


def reporter_name(name: str, world: World) -> str:
    """Return the name of whoever reports: as given, as known, else as the channel tells it."""
    return name or world.known.name or world.sender_name[:LONGEST_NAME]


def with_text(draft: Draft, text: str) -> Draft:
    """Add to the description; the same words are not added twice."""
    if not text or text in draft.text:
        return draft
    return replace(draft, text=f"{draft.text}\n{text}".strip())


def with_problem(draft: Draft, text: str, found: Classification | None) -> Draft:
    """Take a description, and its problem if it is sure or the resident chose one before."""
    taken = with_text(draft, text)
    if found is not None and found.sure and not draft.problem:
        return replace(taken, problem=found.problem.code)
    return taken


def with_files(draft: Draft, *files: str) -> Draft:
    kept = tuple(dict.fromkeys((*draft.files, *files)))[:MAX_FILES]
    return replace(draft, files=kept)


def ticket_update(before: Draft, after: Draft, text: str = "") -> UpdateTicket | None:
    """Return what a ticket opened early learns from new answers; None: nothing."""
    names = ("house_id", "apartment", "phone", "name", "entrance")
    news = {name: getattr(after, name) for name in names if getattr(after, name) != getattr(before, name)}
    if after.address != before.address and not after.house_id:
        news["address_text"] = after.address
    if text:
        news["text"] = text
    return UpdateTicket(ticket_id=after.ticket_id, **news) if any(news.values()) else None
