"""Answer a message that no open question expects: a question, a report, a ticket number, or words not understood."""

from __future__ import annotations

import re

from channels.contract import Contact, Location, Photo, Text, Unsupported, Voice
from dialogs import replies
from dialogs.effects import SaveKnown
from dialogs.events import Event
from dialogs.extraction import phones
from dialogs.frozen import replace
from dialogs.lookups import emergency_ticket
from dialogs.report import answers, draft_fields, flow
from dialogs.session import Session, State
from dialogs.topics import emergency, faq, my_tickets, outages, voice
from dialogs.turn import Say, Turn
from dialogs.world import World
from faq.types import FaqMatch
from language.questions import is_question
from tickets.lifecycle.types import Classification, TicketView

PLAIN = 0.9  # score of an answer that is meant even by words that also name a problem
LIKELY = 0.7  # score from which an answer goes before a report that is not sure

_NUMBER = re.compile(r"\b\d{2}-\d{4,8}\b")


def handle_free_message(session: Session, event: Event, world: World) -> Turn:
    """Answer an event that no open question expects."""
    match event:
        case Photo(file, caption):
            return my_tickets.handle_loose_photo(session, file.remote_id, caption, world)
        case Contact(phone, name, verified):
            return _save_contact(session, phone, name, verified)
        case Location() if session.draft.started:
            return flow.start(session, world)
        case Location():
            return replies.show_menu(session, Say(key="location-idle"))
        case Voice(file):
            return voice.keep(session, file.remote_id, world)
        case Unsupported(kind):
            return replies.show_menu(session, answers.unreadable(kind))
        case Text(text) if session.state is State.FILE:
            return _report_of_photos(session, text, world)
        case Text(text):
            was_invited = session.state is State.QUESTION
            return _handle_text(replace(session, state=State.IDLE), text, world, was_invited)
    return replies.ask(session, world)


def _save_contact(session: Session, phone: str, name: str, verified: bool) -> Turn:
    number = phones.find_phone(phone if phone.startswith("+") else f"+{phone}") or phones.find_phone(phone)
    if not number:
        return replies.show_menu(session, Say(key="report-phone-wrong"))
    say = Say(key="contact-saved", args={"phone": phones.format_phone(number)})
    return replies.show_menu(session, say, do=(SaveKnown(phone=number, name=name[:60], verified=verified),))


def _report_of_photos(session: Session, text: str, world: World) -> Turn:
    """Begin a report with the photos that wait for a ticket; the text describes them."""
    draft = draft_fields.with_text(session.draft, text)
    turn = my_tickets.place_photos(replace(session, draft=draft), 0, world)
    assert turn is not None  # noqa: S101  a new report is always possible
    return turn


def _handle_text(session: Session, text: str, world: World, was_invited: bool) -> Turn:
    """Answer with a ticket's card or with outages where the text is about them; else decide between answer and report.

    was_invited: the resident was invited to ask a question.
    """
    session = replace(session, asked="")
    if ticket := _named_ticket(text, world):
        return my_tickets.show_card(session, ticket, world)
    named, match = world.classifier.classify(text), world.faq.match(text)
    announced = outages.find_for_message(session, world, text, named)
    if outages.is_whole_answer(announced, text, world) and not emergency_ticket(session, world):
        return outages.answer(session, announced, text, world, named.problem.code if named else "")
    turn = _answer_or_report(session, text, world, was_invited, named, match)
    return outages.announce_before(turn, announced, world)


def _answer_or_report(
    session: Session, text: str, world: World, was_invited: bool, named: Classification | None, match: FaqMatch
) -> Turn:
    """Decide what a text is, the surest sign first: a question, words for an emergency, a report."""
    asked = was_invited or is_question(text)
    has_answers = not asked and _has_answers(text, world)
    is_plain = asked or (match.entry is not None and not match.entry.problem and match.score >= PLAIN)
    if match.entry is not None and not has_answers and is_plain:
        return faq.answer(session, match.entry, world)
    if match.maybe and was_invited:
        return faq.offer_choice(session, match.maybe, world)
    ticket = emergency_ticket(session, world)
    if ticket and named is not None and named.problem.safety == session.alarm:
        return emergency.add_words(session, world, ticket, text)
    if named is not None and (named.sure or has_answers):
        return flow.start(session, world, text)
    if match.entry is not None and (named is None or match.score >= LIKELY):
        return faq.answer(session, match.entry, world)
    if match.maybe and asked:
        return faq.offer_choice(session, match.maybe, world)
    if ticket:
        return emergency.add_words(session, world, ticket, text)
    if (named is not None and not asked) or has_answers:
        return flow.start(session, world, text)
    if match.maybe:
        return faq.offer_choice(session, match.maybe, world)
    return faq.not_answered(session, text, world)


def _has_answers(text: str, world: World) -> bool:
    """Say whether a text gives an address or a phone, as the answers of a report do."""
    return bool(world.addresses.find(text).houses or phones.find_phone(text, world.company.area_code))


def _named_ticket(text: str, world: World) -> TicketView | None:
    """Return the resident's ticket whose number stands in a text, or None."""
    numbers = set(_NUMBER.findall(text))
    return next((ticket for ticket in world.tickets if ticket.number in numbers), None)
