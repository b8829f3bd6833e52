"""Extract all facts of one message: place, contact, problem. For texts that may answer several questions at once."""

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
    """The facts of one message; a value is empty where the message does not tell it."""

    place: AddressFound
    phone: str  # E.164
    name: str
    named: Classification | None  # the problem that the message names
    emergency: str  # key of the safety text

    @property
    def house(self) -> House | None:
        """The house that is taken without asking; None: the resident has to confirm one."""
        return self.place.houses[0] if self.place.sure and self.place.houses else None


def read(text: str, world: World, signature: str = "") -> Facts:
    """Read a whole message; the signature fills in only what the message lacks."""
    return Facts(
        place=_place(text, signature, world),
        phone=phone(text, world) or phone(signature, world),
        name=name(text, world) or name(signature, world),
        named=world.classifier.classify(text),
        emergency=world.classifier.emergency(text),
    )


def phone(text: str, world: World) -> str:
    """Return the resident's own phone as E.164, or ''; the company's numbers are left out."""
    company = world.company
    return phones.find_phone(text, company.area_code, (company.phone, company.emergency_phone)) if text else ""


def name(text: str, world: World) -> str:
    return person_names.find_name(text, world.company.area_code) if text else ""


def _place(text: str, signature: str, world: World) -> AddressFound:
    """Return the place that a message is about.

    An address in the signature counts only with a flat and without words of an office: offices have addresses too.
    """
    in_text = world.addresses.find(text)
    if in_text.houses or in_text.unserved or not signature:
        return in_text
    signed = world.addresses.find(signature)
    is_home = signed.houses and signed.apartment and not OFFICE.search(signature)
    return signed if is_home and in_text.apartment in ("", signed.apartment) else in_text
