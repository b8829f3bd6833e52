"""Links of the posters tell in which house somebody stands."""

from __future__ import annotations

from dialogs.frozen import replace
from dialogs.report import draft_fields
from dialogs.session import Draft
from dialogs.world import World
from houses.posters import deep_link
from houses.types import House


def house_of(payload: str, world: World) -> tuple[House, str] | None:
    """Return the served house and the entrance ('' unknown) of a payload; None: it names none."""
    house_id, entrance = deep_link.read(payload)
    house = world.addresses.get(house_id) if house_id else None
    return (house, entrance) if house else None


def with_poster_house(payload: str, draft: Draft, world: World) -> tuple[Draft, tuple[int, ...]]:
    """Fill the empty address of a report; where another house is known, return both to ask which one it is."""
    found = house_of(payload, world) if payload else None
    if found is None or draft.has_place:
        return draft, ()
    house, entrance = found
    known = world.known.house_id
    if known and known != house.id and world.addresses.get(known):
        return draft, (house.id, known)
    kept = draft_fields.with_house(draft, house.id, house.address)
    return replace(kept, entrance=draft.entrance or entrance), ()
