"""Handle typed answers to the questions for the address, the house and the flat."""

from __future__ import annotations

from dialogs import replies
from dialogs.effects import AddToTicket
from dialogs.frozen import replace
from dialogs.report import draft_fields
from dialogs.report.flow import MOST_HOUSES, address_understood, advance
from dialogs.session import Session, State
from dialogs.topics import faq
from dialogs.turn import Say, Turn
from dialogs.world import World
from language.numerals import ORDINAL, digits

MOST_ADDRESS = 200  # characters kept of an address that was not recognised
MOST_FLAT = 20  # characters of a flat's number
FLAT_WORDS = ("кв", "квартира", "квартиры", "номер", "flat", "apartment", "apt")


def answer_address(session: Session, text: str, world: World) -> Turn:
    """Take the address of a text, and everything else that the text answers."""
    before = session.draft
    draft = draft_fields.with_contact(before, text, world)
    named = world.classifier.classify(text)
    if named and named.sure and not draft.ticket_id:
        draft = draft_fields.with_problem(draft, text, named)
    place = world.addresses.find(text)
    if place.sure and place.houses:
        draft = draft_fields.with_house(draft, place.houses[0].id, place.houses[0].address, place)
        say = () if not draft.apartment else (address_understood(draft),)
        return advance(replace(session, options=()), draft, world, *say)
    if place.houses:
        draft = draft_fields.with_details(draft, place)
        options = tuple(house.id for house in place.houses[:MOST_HOUSES])
        return replies.ask(replace(session, state=State.HOUSE, draft=draft, options=options), world)
    if turn := faq.answer_within_form(session, text, world):
        return turn
    if draft.text != before.text or draft.phone != before.phone:
        return advance(replace(session, state=State.ADDRESS, options=()), draft, world, Say(key="report-noted"))
    return _unknown_address(session, text, world)


def _unknown_address(session: Session, text: str, world: World) -> Turn:
    """Ask again, then offer to keep the words as the address.

    In an emergency words with a number are kept at once as the address; other words are added to the ticket.
    """
    draft = replace(session.draft, tried=text[:MOST_ADDRESS], failures=session.draft.failures + 1)
    session = replace(session, draft=draft, state=State.ADDRESS, options=())
    if not draft.ticket_id:
        return replies.not_understood(session, world, "report-address-unknown", twice="report-address-unknown-again")
    if any(map(str.isdigit, text)):
        draft = replace(draft, address=draft.tried, tried="", failures=0)
        return advance(session, draft, world, Say(key="report-address-kept", args={"address": draft.address}))
    addition = AddToTicket(ticket_id=draft.ticket_id, text=text)
    again = "emergency-address-again"
    return replies.not_understood(session, world, again, twice=again, do=(addition,))


def answer_apartment(session: Session, text: str, world: World) -> Turn:
    """Take the flat of a text; an entrance or a floor alone means that the problem is not in a flat."""
    place = world.addresses.find(text)
    if place.sure and place.houses[0].id != session.draft.house_id:
        return answer_address(session, text, world)  # the resident corrects the house
    apartment = place.apartment or _bare_flat(text)
    if apartment:
        draft = draft_fields.with_details(draft_fields.with_contact(session.draft, text, world), place)
        return advance(session, draft_fields.with_apartment(draft, apartment[:MOST_FLAT], world), world)
    if place.entrance or place.floor:  # "2 подъезд, у лифта": not in a flat
        return advance(session, replace(draft_fields.with_details(session.draft, place), no_apartment=True), world)
    if turn := faq.answer_within_form(session, text, world):
        return turn
    return replies.not_understood(session, world, "report-apartment-wrong")


def _bare_flat(text: str) -> str:
    """Return "12", "12а", "кв. 12", "сорок вторая" as the number of a flat; '' for anything longer."""
    words = digits(text.lower()).replace(ORDINAL, "").replace("№", " ").replace(".", " ").replace(",", " ").split()
    words = [word for word in words if word not in FLAT_WORDS]
    if len(words) == 2 and len(words[1]) == 1 and words[1].isalpha():
        words = ["".join(words)]
    flat = words[0] if len(words) == 1 else ""
    return flat if flat[:1].isdigit() and len(flat) <= 6 and flat.replace("-", "").replace("/", "").isalnum() else ""
