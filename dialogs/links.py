"""Deep links of the posters: `house-<id>` or `house-<id>-<entrance>` tells in which house somebody stands."""

from __future__ import annotations

import re

from dialogs import slots
from dialogs.frozen import replace
from dialogs.session import Draft
from dialogs.types import World
from houses.types import House

_MARK = re.compile(r"house-([1-9]\d{0,8})(?:-([1-9]\d?))?")


def mark(house_id: int, entrance: int = 0) -> str:
    """Return the payload of a house, or of one of its entrances."""
    return f"house-{house_id}-{entrance}" if entrance else f"house-{house_id}"


def place(payload: str, world: World) -> tuple[House, str] | None:
    """Return the served house and the entrance ('' unknown) of a payload; None: it names none."""
    found = _MARK.fullmatch(payload)
    house = world.addresses.get(int(found[1])) if found else None
    return (house, found[2] or "") if found and house else None


def placed(payload: str, draft: Draft, world: World) -> tuple[Draft, tuple[int, ...]]:
    """Fill the empty address of a report; where another house is known, return both to ask which one it is."""
    found = place(payload, world) if payload else None
    if found is None or draft.has_place:
        return draft, ()
    house, entrance = found
    known = world.known.house_id
    if known and known != house.id and world.addresses.get(known):
        return draft, (house.id, known)
    kept = slots.with_house(draft, house.id, house.address)
    return replace(kept, entrance=draft.entrance or entrance), ()
