"""Answers to the report form that are no buttons: texts, photos, contacts. One function per open question."""

from __future__ import annotations

from channels.contract import Contact, Location, Photo, Text, Unsupported, Voice
from dialogs import replies
from dialogs.command_words import is_button, meaning
from dialogs.effects import AddToTicket, Effect, SaveKnown
from dialogs.events import Event
from dialogs.extraction import person_names, phones
from dialogs.frozen import replace
from dialogs.report import draft_fields, flow
from dialogs.session import MAX_FILES, Draft, Session, State
from dialogs.topics import faq, voice
from dialogs.turn import Say, Turn
from dialogs.world import World
from language.numerals import ORDINAL, digits

MOST_ADDRESS = 200  # characters kept of an address nobody recognised
MOST_FLAT = 20


def handle_answer(session: Session, event: Event, world: World) -> Turn:
    """Answer anything that is no button while the form is open."""
    match event:
        case Photo(file, caption):
            return keep_photo(session, file.remote_id, caption, world)
        case Contact(phone, name, verified):
            return _take_contact(session, phone, name, verified, world)
        case Location(latitude, longitude):
            do = _location_to_ticket(session.draft, latitude, longitude)
            return replies.ask(session, world, Say(key="location-thanks"), do=do)
        case Voice(file):
            return voice.keep(session, file.remote_id, world)
        case Unsupported(kind):
            return replies.ask(session, world, unreadable(kind))
        case Text(text):
            return TEXTS[session.state](session, text, world)
    return replies.ask(session, world)


def _location_to_ticket(draft: Draft, latitude: float, longitude: float) -> tuple[Effect, ...]:
    if not draft.ticket_id:
        return ()
    return (AddToTicket(ticket_id=draft.ticket_id, text=f"{latitude:.5f}, {longitude:.5f}"),)


def unreadable(kind: str) -> Say:
    """Say politely what cannot be read."""
    known = ("sticker", "video", "too_big", "empty")
    return Say(key=f"unsupported-{kind.replace('_', '-')}" if kind in known else "unsupported-other")


def keep_photo(session: Session, file: str, caption: str, world: World) -> Turn:
    """Keep a photo at any point of the form."""
    draft = session.draft
    if draft.ticket_id:
        add = AddToTicket(ticket_id=draft.ticket_id, text=caption, file=file)
        return replies.ask(session, world, Say(key="report-photo-kept"), do=(add,))
    if len(draft.files) >= MAX_FILES and file not in draft.files:
        return replies.ask(session, world, Say(key="report-photo-enough", args={"most": MAX_FILES}))
    draft = draft_fields.with_text(draft_fields.with_files(draft, file), caption)
    session = replace(session, draft=draft)
    if session.state is State.PROBLEM and caption:
        return _problem_text(replace(session, draft=draft_fields.with_files(session.draft, file)), caption, world)
    before = () if session.state in (State.PHOTO, State.SUMMARY) else (Say(key="report-photo-kept"),)
    return replies.ask(session, world, *before)


def _take_contact(session: Session, phone: str, name: str, verified: bool, world: World) -> Turn:
    found = phones.find_phone(phone if phone.startswith("+") else f"+{phone}") or phones.find_phone(phone)
    if not found:
        return replies.not_understood(session, world, "report-phone-wrong")
    draft = replace(session.draft, phone=found, name=session.draft.name or name[:60])
    do = (
        (SaveKnown(phone=found, verified=True),) if verified else ()
    )  # the proof is kept, whatever becomes of the report
    return flow.advance(session, draft, world, do=do)


def _address_text(session: Session, text: str, world: World) -> Turn:
    found = world.addresses.find(text)
    before = session.draft
    draft = draft_fields.with_contact(before, text, world)
    named = world.classifier.classify(text)
    if named and named.sure and not draft.ticket_id:
        draft = draft_fields.with_problem(draft, text, named)
    if found.sure and found.houses:
        draft = draft_fields.with_house(draft, found.houses[0].id, found.houses[0].address, found)
        said = () if not draft.apartment else (flow.address_understood(draft),)
        return flow.advance(replace(session, options=()), draft, world, *said)
    if found.houses:
        draft = draft_fields.with_details(draft, found)
        options = tuple(house.id for house in found.houses[: flow.MOST_HOUSES])
        return replies.ask(replace(session, state=State.HOUSE, draft=draft, options=options), world)
    if aside := faq.answer_within_form(session, text, world):
        return aside
    if draft.text != before.text or draft.phone != before.phone:
        return flow.advance(replace(session, state=State.ADDRESS, options=()), draft, world, Say(key="report-noted"))
    return _unknown_address(session, text, world)


def _unknown_address(session: Session, text: str, world: World) -> Turn:
    """Ask again, then offer to keep the words. In an emergency words with a number are kept at once, others added."""
    draft = replace(session.draft, tried=text[:MOST_ADDRESS], failures=session.draft.failures + 1)
    session = replace(session, draft=draft, state=State.ADDRESS, options=())
    if draft.ticket_id and not any(map(str.isdigit, text)):
        add = AddToTicket(ticket_id=draft.ticket_id, text=text)
        return replies.not_understood(
            session, world, "emergency-address-again", twice="emergency-address-again", do=(add,)
        )
    if draft.ticket_id:
        kept = replace(draft, address=draft.tried, tried="", failures=0)
        said = Say(key="report-address-kept", args={"address": kept.address})
        return flow.advance(session, kept, world, said)
    return replies.not_understood(session, world, "report-address-unknown", twice="report-address-unknown-again")


def _house_text(session: Session, text: str, world: World) -> Turn:
    """The house is often typed instead of pressed; another address starts anew."""
    return _address_text(session, text, world)


def _apartment_text(session: Session, text: str, world: World) -> Turn:
    found = world.addresses.find(text)
    if found.sure and found.houses[0].id != session.draft.house_id:
        return _address_text(session, text, world)  # a second thought about the house
    apartment = found.apartment or _bare_flat(text)
    if apartment:
        draft = draft_fields.with_details(draft_fields.with_contact(session.draft, text, world), found)
        return flow.advance(session, draft_fields.with_apartment(draft, apartment[:MOST_FLAT], world), world)
    if found.entrance or found.floor:  # "2 подъезд, у лифта": not in a flat
        return flow.advance(session, replace(draft_fields.with_details(session.draft, found), no_apartment=True), world)
    if aside := faq.answer_within_form(session, text, world):
        return aside
    return replies.not_understood(session, world, "report-apartment-wrong")


def _bare_flat(text: str) -> str:
    """Return "12", "12а", "кв. 12", "сорок вторая" as the number of a flat; '' for anything longer."""
    words = digits(text.lower()).replace(ORDINAL, "").replace("№", " ").replace(".", " ").replace(",", " ").split()
    words = [word for word in words if word not in ("кв", "квартира", "квартиры", "номер", "flat", "apartment", "apt")]
    if len(words) == 2 and len(words[1]) == 1 and words[1].isalpha():
        words = ["".join(words)]
    flat = words[0] if len(words) == 1 else ""
    return flat if flat[:1].isdigit() and len(flat) <= 6 and flat.replace("-", "").replace("/", "").isalnum() else ""


def _phone_text(session: Session, text: str, world: World) -> Turn:
    code = world.company.area_code
    phone = phones.find_phone(text, code, asked=True)
    if phone:
        name = person_names.find_name(text, code) or session.draft.name
        return flow.advance(session, replace(session.draft, phone=phone, name=name), world)
    found = world.addresses.find(text)
    if found.sure and found.houses[0].id != session.draft.house_id:
        return _address_text(session, text, world)  # a second thought about the house
    if aside := faq.answer_within_form(session, text, world):
        return aside
    return replies.not_understood(session, world, "report-phone-wrong")


def _problem_text(session: Session, text: str, world: World) -> Turn:
    named = world.classifier.classify(text)
    draft = draft_fields.with_contact(session.draft, text, world)
    if named is None and not draft.problem:
        if aside := faq.answer_within_form(session, text, world):
            return aside
        if not session.misunderstood and not draft.text:
            return replies.not_understood(session, world, "report-problem-unclear")
        draft = replace(draft, problem=draft_fields.OTHER)
    return flow.advance(session, draft_fields.with_problem(draft, text, named), world)


def _kind_text(session: Session, text: str, world: World) -> Turn:
    """Other words for the problem may be clearer; words that name none are kept and it becomes "other".

    The words of a later button («Без фото») mean that the choice does not matter: the likeliest problem is taken.
    """
    if is_button(text):
        guess = session.kinds[0] if session.kinds else draft_fields.OTHER
        without = session.draft.no_photo or meaning(text) in ("no-photo", "confirm")
        return flow.advance(session, replace(session.draft, problem=guess, no_photo=without), world)
    if aside := faq.answer_within_form(session, text, world):
        return aside
    named = world.classifier.classify(text)
    draft = draft_fields.with_problem(session.draft, text, named)
    if not draft.problem:
        draft = replace(draft, problem=named.problem.code if named else draft_fields.OTHER)
    return flow.advance(session, draft, world)


def _photo_text(session: Session, text: str, world: World) -> Turn:
    if meaning(text) == "confirm":
        return flow.advance(session, replace(session.draft, no_photo=True), world)
    if aside := faq.answer_within_form(session, text, world):
        return aside
    draft = replace(draft_fields.with_text(session.draft, text), no_photo=True)
    return flow.advance(session, draft, world, Say(key="report-noted"))


def _summary_text(session: Session, text: str, world: World) -> Turn:
    """Take a correction that speaks for itself: another phone, another address, more about the problem."""
    draft = session.draft
    if phone := phones.find_phone(text, world.company.area_code):
        return flow.advance(session, replace(draft, phone=phone), world, Say(key="report-noted"))
    found = world.addresses.find(text)
    if found.sure and found.houses:
        place = draft_fields.without_answer(draft, State.ADDRESS)
        place = draft_fields.with_house(place, found.houses[0].id, found.houses[0].address, found)
        return flow.advance(session, place, world, Say(key="report-noted"))
    if found.apartment and not found.houses:
        return flow.advance(session, replace(draft, apartment=found.apartment), world, Say(key="report-noted"))
    if aside := faq.answer_within_form(session, text, world):
        return aside
    if world.classifier.classify(text) is not None:
        return flow.advance(session, draft_fields.with_text(draft, text), world, Say(key="report-noted"))
    return replies.not_understood(session, world, "report-summary-unclear")


TEXTS = {
    State.ADDRESS: _address_text,
    State.HOUSE: _house_text,
    State.APARTMENT: _apartment_text,
    State.PHONE: _phone_text,
    State.PROBLEM: _problem_text,
    State.KIND: _kind_text,
    State.PHOTO: _photo_text,
    State.SUMMARY: _summary_text,
}
