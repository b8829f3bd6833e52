"""A served house, and the address recognised in a text. Pure."""

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
    """houses: best first. One house with `sure` is taken and shown, several are asked about, none is unknown."""

    houses: tuple[House, ...] = ()
    sure: bool = False
    apartment: str = ""
    entrance: str = ""
    floor: str = ""
    computed: bool = False  # `entrance` is computed from the flat, and holds for `houses[0]` only
    unserved: bool = False  # an address was read, but it is no served house; else no address was read
