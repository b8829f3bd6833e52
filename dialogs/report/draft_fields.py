"""Change the answers of a draft: fill them in, take them back, find the first missing one. Pure."""

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
OTHER = "question"  # the code of a report that fits no other problem
# Emergencies whose ticket is opened before the form is complete.
LIFE_THREATENING = frozenset({"gas", "co", "fire", "lift", "electric"})


def first_missing(draft: Draft) -> State:
    """Return the state of the first missing answer; if none is missing `SUMMARY`, for an open ticket `IDLE`."""
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
            draft = replace(draft, house_id=0, address="", apartment="", no_apartment=False, entrance="", floor="")
            return replace(draft, tried="", failures=0)
        case State.APARTMENT:
            return replace(draft, apartment="", no_apartment=False)
        case State.PHONE:
            return replace(draft, phone="", no_phone=False)
        case State.PROBLEM | State.KIND:
            return replace(draft, text="", problem="", emergency="")
        case State.PHOTO:
            return replace(draft, files=(), no_photo=False)
    return draft


def with_house(draft: Draft, house_id: int, address: str, place: AddressFound | None = None) -> Draft:
    """Take a served house, and the other details of its address."""
    draft = replace(draft, house_id=house_id, address=address, tried="", failures=0)
    return with_details(draft, place) if place else draft


def with_details(draft: Draft, place: AddressFound) -> Draft:
    """Take flat, entrance and floor of an address; a detail that it lacks stays as it was."""
    entrance = "" if place.computed and not place.sure else place.entrance  # the resident may decline the house
    return replace(
        draft,
        apartment=place.apartment or draft.apartment,
        entrance=entrance or draft.entrance,
        floor=place.floor or draft.floor,
    )


def with_apartment(draft: Draft, apartment: str, world: World) -> Draft:
    """Take a flat, and compute its entrance from the house unless the resident named one."""
    house = world.addresses.get(draft.house_id) if draft.house_id else None
    computed = entrance_of(house, apartment) if house and not draft.entrance else ""
    return replace(draft, apartment=apartment, entrance=draft.entrance or computed)


def with_contact(draft: Draft, text: str, world: World) -> Draft:
    """Fill empty phone and name from a text."""
    return replace(
        draft, phone=draft.phone or message_facts.phone(text, world), name=draft.name or message_facts.name(text, world)
    )


def reporter_name(name: str, world: World) -> str:
    """Return the reporter's name: the given one, else the known one, else the one of the channel."""
    return name or world.known.name or world.sender_name[:LONGEST_NAME]


def with_text(draft: Draft, text: str) -> Draft:
    """Add to the description; the same words are not added twice."""
    if not text or text in draft.text:
        return draft
    return replace(draft, text=f"{draft.text}\n{text}".strip())


def with_problem(draft: Draft, text: str, named: Classification | None) -> Draft:
    """Add a description, and its problem if that is sure and the resident chose none before."""
    draft = with_text(draft, text)
    if named is not None and named.sure and not draft.problem:
        return replace(draft, problem=named.problem.code)
    return draft


def with_files(draft: Draft, *files: str) -> Draft:
    """Add photos; no photo twice, no more than `MAX_FILES`."""
    return replace(draft, files=tuple(dict.fromkeys((*draft.files, *files)))[:MAX_FILES])


def ticket_update(before: Draft, after: Draft, text: str = "") -> UpdateTicket | None:
    """Return the update of a ticket opened early with new answers; None: no answer is new."""
    names = ("house_id", "apartment", "phone", "name", "entrance")
    changes = {name: getattr(after, name) for name in names if getattr(after, name) != getattr(before, name)}
    if after.address != before.address and not after.house_id:
        changes["address_text"] = after.address
    if text:
        changes["text"] = text
    return UpdateTicket(ticket_id=after.ticket_id, **changes) if any(changes.values()) else None
