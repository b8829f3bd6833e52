"""Handle answers to the report form that are no buttons: texts, photos, contacts. One function per open question."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from channels.contract import Contact, Location, Photo, Text, Unsupported, Voice
from dialogs import replies
from dialogs.buttons.words import is_button, meaning
from dialogs.effects import AddToTicket, Effect, SaveKnown
from dialogs.events import Event
from dialogs.extraction import person_names, phones
from dialogs.frozen import replace
from dialogs.report import draft_fields
from dialogs.report.address_answers import answer_address, answer_apartment
from dialogs.report.flow import advance
from dialogs.session import MAX_FILES, Draft, Session, State
from dialogs.topics import faq, voice
from dialogs.turn import Say, Turn
from dialogs.world import World

WITH_TEXT = ("sticker", "video", "too_big", "empty")  # of `Unsupported` that have a text of their own


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
            return BY_STATE[session.state](session, text, world)
    return replies.ask(session, world)


def _location_to_ticket(draft: Draft, latitude: float, longitude: float) -> tuple[Effect, ...]:
    if not draft.ticket_id:
        return ()
    return (AddToTicket(ticket_id=draft.ticket_id, text=f"{latitude:.5f}, {longitude:.5f}"),)


def unreadable(kind: str) -> Say:
    """Say politely that a message of this kind cannot be read."""
    return Say(key=f"unsupported-{kind.replace('_', '-')}" if kind in WITH_TEXT else "unsupported-other")


def keep_photo(session: Session, file: str, caption: str, world: World) -> Turn:
    """Keep a photo at any point of the form."""
    draft = session.draft
    if draft.ticket_id:
        addition = AddToTicket(ticket_id=draft.ticket_id, text=caption, file=file)
        return replies.ask(session, world, Say(key="report-photo-kept"), do=(addition,))
    if len(draft.files) >= MAX_FILES and file not in draft.files:
        return replies.ask(session, world, Say(key="report-photo-enough", args={"most": MAX_FILES}))
    session = replace(session, draft=draft_fields.with_text(draft_fields.with_files(draft, file), caption))
    if session.state is State.PROBLEM and caption:
        return _answer_problem(session, caption, world)
    before = () if session.state in (State.PHOTO, State.SUMMARY) else (Say(key="report-photo-kept"),)
    return replies.ask(session, world, *before)


def _take_contact(session: Session, phone: str, name: str, verified: bool, world: World) -> Turn:
    number = phones.find_phone(phone if phone.startswith("+") else f"+{phone}") or phones.find_phone(phone)
    if not number:
        return replies.not_understood(session, world, "report-phone-wrong")
    draft = replace(session.draft, phone=number, name=session.draft.name or name[:60])
    # The proof is saved at once: it counts even if the report is never finished.
    do = (SaveKnown(phone=number, verified=True),) if verified else ()
    return advance(session, draft, world, do=do)


def _answer_phone(session: Session, text: str, world: World) -> Turn:
    code = world.company.area_code
    phone = phones.find_phone(text, code, asked=True)
    if phone:
        name = person_names.find_name(text, code) or session.draft.name
        return advance(session, replace(session.draft, phone=phone, name=name), world)
    place = world.addresses.find(text)
    if place.sure and place.houses[0].id != session.draft.house_id:
        return answer_address(session, text, world)  # the resident corrects the house
    if turn := faq.answer_within_form(session, text, world):
        return turn
    return replies.not_understood(session, world, "report-phone-wrong")


def _answer_problem(session: Session, text: str, world: World) -> Turn:
    named = world.classifier.classify(text)
    draft = draft_fields.with_contact(session.draft, text, world)
    if named is None and not draft.problem:
        if turn := faq.answer_within_form(session, text, world):
            return turn
        if not session.misunderstood and not draft.text:
            return replies.not_understood(session, world, "report-problem-unclear")
        draft = replace(draft, problem=draft_fields.OTHER)
    return advance(session, draft_fields.with_problem(draft, text, named), world)


def _answer_kind(session: Session, text: str, world: World) -> Turn:
    """Take other words for the problem; words that name none are kept, and the problem becomes "other".

    The words of a later button («Без фото») mean that the choice does not matter: the likeliest problem is taken.
    """
    if is_button(text):
        guess = session.kinds[0] if session.kinds else draft_fields.OTHER
        no_photo = session.draft.no_photo or meaning(text) in ("no-photo", "confirm")
        return advance(session, replace(session.draft, problem=guess, no_photo=no_photo), world)
    if turn := faq.answer_within_form(session, text, world):
        return turn
    named = world.classifier.classify(text)
    draft = draft_fields.with_problem(session.draft, text, named)
    if not draft.problem:
        draft = replace(draft, problem=named.problem.code if named else draft_fields.OTHER)
    return advance(session, draft, world)


def _answer_photo(session: Session, text: str, world: World) -> Turn:
    if meaning(text) == "confirm":
        return advance(session, replace(session.draft, no_photo=True), world)
    if turn := faq.answer_within_form(session, text, world):
        return turn
    draft = replace(draft_fields.with_text(session.draft, text), no_photo=True)
    return advance(session, draft, world, Say(key="report-noted"))


def _answer_summary(session: Session, text: str, world: World) -> Turn:
    """Take a correction that needs no question: another phone, another address, more about the problem."""
    if draft := _corrected(session.draft, text, world):
        return advance(session, draft, world, Say(key="report-noted"))
    if turn := faq.answer_within_form(session, text, world):
        return turn
    if world.classifier.classify(text) is not None:
        return advance(session, draft_fields.with_text(session.draft, text), world, Say(key="report-noted"))
    return replies.not_understood(session, world, "report-summary-unclear")


def _corrected(draft: Draft, text: str, world: World) -> Draft | None:
    """Return the draft with the phone, the address or the flat that a text gives; None: it gives none."""
    if phone := phones.find_phone(text, world.company.area_code):
        return replace(draft, phone=phone)
    place = world.addresses.find(text)
    if place.sure and place.houses:
        without_address = draft_fields.without_answer(draft, State.ADDRESS)
        return draft_fields.with_house(without_address, place.houses[0].id, place.houses[0].address, place)
    if place.apartment and not place.houses:
        return replace(draft, apartment=place.apartment)
    return None


BY_STATE: Mapping[State, Callable[[Session, str, World], Turn]] = {
    State.ADDRESS: answer_address,
    State.HOUSE: answer_address,  # a typed address instead of a pressed house
    State.APARTMENT: answer_apartment,
    State.PHONE: _answer_phone,
    State.PROBLEM: _answer_problem,
    State.KIND: _answer_kind,
    State.PHOTO: _answer_photo,
    State.SUMMARY: _answer_summary,
}
