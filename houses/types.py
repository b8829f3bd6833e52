"""Served houses and what was recognised in a resident's words. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    id: int
    address: str  # as shown to people: "ул. Ленина, д. 12, корп. 1"
    entrances: int = 0  # 0: not known
    flats: int = 0  # 0: not known


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressFound:
    """houses: best first; one item with `sure` means: take it and show it; several: ask; none: unknown."""

    houses: tuple[House, ...] = ()
    sure: bool = False
    apartment: str = ""
    entrance: str = ""
    floor: str = ""
    computed: bool = False  # `entrance` was not said: it is worked out from the flat, and holds for `houses[0]` only
    unserved: bool = False  # an address was read, and it is none of the served houses; else nothing was understood
