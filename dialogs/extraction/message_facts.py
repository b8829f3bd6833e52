"""Everything one message tells at once: place, contact, problem. Used wherever a text may hold several answers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dialogs.extraction import person_names, phones
from dialogs.world import World
from houses.types import AddressFound, House
from tickets.lifecycle.types import Classification

OFFICE = re.compile(r"\b(?:оф\.|офис\w*|каб\.|кабинет\w*|(?:ооо|зао|оао|пао|ао|ип)\b)", re.IGNORECASE)


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


def read(text: str, world: World, signature: str = "") -> Facts:
    """Read a whole message; its signature tells only what the message does not."""
    return Facts(
        place=_place(text, signature, world),
        phone=phone(text, world) or phone(signature, world),
        name=name(text, world) or name(signature, world),
        named=world.classifier.classify(text),
        emergency=world.classifier.emergency(text),
    )


def phone(text: str, world: World) -> str:
    """Return the resident's own phone as E.164, or ''; the company's numbers are nobody's."""
    company = world.company
    return phones.find_phone(text, company.area_code, (company.phone, company.emergency_phone)) if text else ""


def name(text: str, world: World) -> str:
    return person_names.find_name(text, world.company.area_code) if text else ""


def _place(text: str, signature: str, world: World) -> AddressFound:
    """Return where a message is about. In a signature only a flat makes an address a home: offices have them, too."""
    found = world.addresses.find(text)
    if found.houses or found.unserved or not signature:
        return found
    signed = world.addresses.find(signature)
    at_home = signed.houses and signed.apartment and not OFFICE.search(signature)
    return signed if at_home and found.apartment in ("", signed.apartment) else found
