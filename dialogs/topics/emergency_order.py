"""Order the ticket of an emergency with the details that are known at that moment."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from dialogs.effects import CallDispatcher, OpenTicket
from dialogs.frozen import replace
from dialogs.report import draft_fields, poster_links
from dialogs.session import Draft, Session, State
from dialogs.turn import Say, Turn
from dialogs.world import World
from houses.types import AddressFound

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
PENDING = -1  # `Session.alarm_ticket` until `TicketOpened` brings the ticket
MOST_HOUSES = 5  # offered as buttons


def order_from_words(session: Session, world: World, key: str, safety: Say, text: str, files: Sequence[str]) -> Turn:
    """Order a ticket with the words, the form so far, and the resident's last address and phone.

    safety: the reply that goes out first.
    """
    place = world.addresses.find(text) if text else AddressFound()
    draft = replace(session.draft, started=True, emergency=key, ticket_id=0)
    draft = draft_fields.with_contact(draft_fields.with_files(draft, *files), text, world)
    draft = with_place(draft_fields.with_text(draft, text), place)
    poster = "" if place.houses else session.link
    draft, poster_houses = poster_links.with_poster_house(poster, draft, world)
    name = draft.name or draft_fields.reporter_name("", world)
    draft = replace(draft, phone=draft.phone or world.known.phone, name=name)
    is_unclear = draft.address or place.houses or poster_houses
    house_id = draft.house_id or (0 if is_unclear else world.known.house_id)
    apartment = draft.apartment or (world.known.apartment if house_id == world.known.house_id else "")
    order = dataclasses.replace(_order(draft, _problem_of(key, text, world)), house_id=house_id, apartment=apartment)
    options = () if draft.has_place else poster_houses or houses_to_offer(place, world)
    return _turn(replace(session, draft=draft, options=options), order, safety)


def order_from_draft(session: Session, world: World, key: str, safety: Say, draft: Draft) -> Turn:
    """Order a ticket with the details of a complete draft."""
    order = _order(draft, _problem_of(key, draft.text, world))
    return _turn(replace(session, draft=draft, options=()), order, safety)


def _order(draft: Draft, problem: str) -> OpenTicket:
    return OpenTicket(
        problem=problem,
        house_id=draft.house_id,
        address_text=draft.address,
        apartment=draft.apartment,
        phone=draft.phone,
        name=draft.name,
        text=draft.text,
        files=(*draft.files, *draft.voices),
        entrance=draft.entrance,
        floor=draft.floor,
        emergency=draft.emergency,
    )


def _turn(session: Session, order: OpenTicket, safety: Say) -> Turn:
    """Return the turn that orders the ticket and calls a dispatcher; `TicketOpened` brings the ticket."""
    session = replace(session, state=State.IDLE, misunderstood=0, link="")
    session = replace(session, alarm=order.emergency, alarm_ticket=PENDING)
    return Turn(session=session, say=(safety,), do=(order, CallDispatcher(reason="emergency", urgent=True)))


def with_place(draft: Draft, place: AddressFound) -> Draft:
    """Return the draft with the place of a text; the house counts only if it is sure and the draft has none."""
    if place.sure and place.houses and not draft.house_id:
        house = place.houses[0]
        return draft_fields.with_house(draft, house.id, house.address, place)
    return draft_fields.with_details(draft, place)


def houses_to_offer(place: AddressFound, world: World) -> tuple[int, ...]:
    """Return the ids of the houses that a text may mean, else of the resident's last house."""
    if place.houses:
        return tuple(house.id for house in place.houses[:MOST_HOUSES])
    return (world.known.house_id,) if world.addresses.get(world.known.house_id) else ()


def _problem_of(key: str, text: str, world: World) -> str:
    """Return the code of the problem that a text names if it fits the emergency, else the emergency's own problem."""
    named = world.classifier.classify(text) if text else None
    if named and key in (named.problem.safety, named.emergency):
        return named.problem.code
    return PROBLEMS.get(key, draft_fields.OTHER)
