"""Read the house and the entrance from the link of a poster."""

from __future__ import annotations

from dialogs.frozen import replace
from dialogs.report import draft_fields
from dialogs.session import Draft
from dialogs.world import World
from houses.posters import deep_link
from houses.types import House


def house_of(payload: str, world: World) -> tuple[House, str] | None:
    """Return the served house and the entrance ('': unknown) of a payload; None: it names no house."""
    house_id, entrance = deep_link.read(payload)
    house = world.addresses.get(house_id) if house_id else None
    return (house, entrance) if house else None


def with_poster_house(payload: str, draft: Draft, world: World) -> tuple[Draft, tuple[int, ...]]:
    """Return the draft with the house of a poster if it had no address, and the ids of the houses to choose from.

    Both houses are offered when the resident is known to live in another one.
    """
    scanned = house_of(payload, world) if payload else None
    if scanned is None or draft.has_place:
        return draft, ()
    house, entrance = scanned
    known_id = world.known.house_id
    if known_id and known_id != house.id and world.addresses.get(known_id):
        return draft, (house.id, known_id)
    filled = draft_fields.with_house(draft, house.id, house.address)
    return replace(filled, entrance=draft.entrance or entrance), ()
