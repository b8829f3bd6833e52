"""Everything one message tells at once: place, contact, problem. Used wherever a text may hold several answers."""

from __future__ import annotations

from dataclasses import dataclass

from dialogs import names, phones
from dialogs.types import World
from houses.types import AddressFound, House
from tickets.types import Classification


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """phone: E.164. emergency: key of the safety text. Empty: not told."""

    place: AddressFound
    phone: str
    name: str
    named: Classification | None
    emergency: str

    @property
    def house(self) -> House | None:
        """The house that is taken without asking."""
        return self.place.houses[0] if self.place.sure and self.place.houses else None


def read(text: str, world: World) -> Facts:
    """Read a whole message."""
    company = world.company
    return Facts(
        place=world.addresses.find(text),
        phone=phones.find_phone(text, company.area_code, (company.phone, company.emergency_phone)),
        name=names.find_name(text, company.area_code),
        named=world.classifier.classify(text),
        emergency=world.classifier.emergency(text),
    )
