"""Answer letters: everything in a letter is used at once, and one reply asks for all that is missing.

If the missing details never come, the ticket is opened without them (`reminders.handle_unanswered_letter`).
"""

from __future__ import annotations

import zlib

from channels.contract import Letter
from dialogs import replies
from dialogs.effects import AddToTicket, CallDispatcher, CountThrottled, Effect, LogUnanswered
from dialogs.frozen import replace
from dialogs.letters import missing_details
from dialogs.letters.commands import handle_command
from dialogs.letters.facts import read_facts, subject_and_text, with_contact
from dialogs.lookups import ticket_of
from dialogs.report import draft_fields, flow
from dialogs.session import Draft, Session, State
from dialogs.topics import emergency, faq, my_tickets, outages
from dialogs.turn import Say, Turn
from dialogs.world import World
from houses.types import AddressFound
from language.questions import is_question
from tickets.lifecycle.rules import FINISHED
from tickets.lifecycle.types import Classification, TicketView

RECEIPT_SECONDS = 3600  # at most one receipt in this time: two automatic repliers must not thank each other forever
MOST_QUESTION = 200  # characters of a letter that asks about its ticket
MOST_ADDRESS = 100  # characters kept of a letter as the address of its ticket


def answer_letter(session: Session, letter: Letter, world: World) -> Turn:
    """Answer a letter in one turn; the same words again within an hour are only counted."""
    now = int(world.now.timestamp())
    checksum = _checksum(session, letter)
    if checksum == session.heard and now - session.heard_at < RECEIPT_SECONDS and not letter.files:
        return Turn(session=session, do=(CountThrottled(),))  # a repeat, or an automatic reply
    session = replace(session, heard=checksum, heard_at=now)
    ticket = _ticket_of(session, letter, world)
    if turn := handle_command(session, letter, ticket, world):
        files = _files_to_ticket(ticket, letter) if ticket else ()
        return replace(turn, do=(*turn.do, *files))
    if ticket is not None:
        return _add_letter(session, letter, ticket, world)
    return _answer_new_letter(session, letter, world)


def _checksum(session: Session, letter: Letter) -> int:
    """Return a checksum of the words together with the ticket and the question that they answer."""
    survey_ticket = session.ticket_id if session.state in (State.SURVEY, State.REASON) else 0
    content = f"{subject_and_text(letter)}|{letter.ticket}|{survey_ticket}"
    return zlib.crc32(content.encode("utf-8", "replace"))


def _ticket_of(session: Session, letter: Letter, world: World) -> TicketView | None:
    """Return the ticket that a letter answers or names, or the emergency whose details are missing."""
    answered = next((ticket for ticket in world.tickets if letter.ticket and ticket.number == letter.ticket), None)
    named = answered or next((ticket for ticket in world.tickets if ticket.number in subject_and_text(letter)), None)
    return named or ticket_of(session.draft.ticket_id, world)


# --- a letter about a ticket ---------------------------------------------------------------------------------------


def _add_letter(session: Session, letter: Letter, ticket: TicketView, world: World) -> Turn:
    """Add the letter to its ticket; a short question about the ticket is answered with its card."""
    files = _files_to_ticket(ticket, letter)
    if session.draft.ticket_id == ticket.id:
        turn = emergency.add_words(session, world, ticket, letter.text)
        draft = replace(session.draft, started=False, ticket_id=0, text="", emergency="")
        return replace(turn, session=replace(turn.session, draft=draft), do=(*turn.do, *files))
    do: tuple[Effect, ...] = (AddToTicket(ticket_id=ticket.id, text=letter.text.strip()), *files)
    if is_question(letter.text) and len(letter.text) < MOST_QUESTION:
        return replace(my_tickets.show_card(session, ticket, world), do=do)
    if ticket.status in FINISHED:
        do = (*do, CallDispatcher(reason="asked"))
    return _acknowledge(session, Say(key="letter-added", args={"number": ticket.number}), do, world)


def _files_to_ticket(ticket: TicketView, letter: Letter) -> tuple[Effect, ...]:
    return tuple(AddToTicket(ticket_id=ticket.id, file=file.remote_id) for file in letter.files)


def _acknowledge(session: Session, receipt: Say, do: tuple[Effect, ...], world: World) -> Turn:
    """Send a receipt unless one was sent within the last hour."""
    now = int(world.now.timestamp())
    if now - session.receipt < RECEIPT_SECONDS:
        return Turn(session=session, do=do)
    return replies.inform(replace(session, receipt=now), receipt, do=do)


# --- a letter that begins a matter ---------------------------------------------------------------------------------


def _answer_new_letter(session: Session, letter: Letter, world: World) -> Turn:
    """Answer with the outages that the letter is about; other letters get an answer or become a report."""
    words = subject_and_text(letter)
    named, place = world.classifier.classify(words), world.addresses.find(words)
    asked = is_question(letter.text) or is_question(words)
    is_first = not session.draft.started and not place.houses
    announced = outages.find_for_message(session, world, words, named) if is_first else ()
    descriptions = outages.describe_all(announced, words, world)
    is_explained = outages.is_whole_answer(announced, words, world) and not outages.unexplained(announced, words, world)
    if asked and not letter.files and is_explained:
        return replies.inform(replace(session, outage=announced[0].id), *descriptions)
    turn = _answer_or_report(session, letter, named, asked, is_first, world)
    return replace(turn, say=(*descriptions, *turn.say)) if descriptions and turn.say else turn


def _answer_or_report(
    session: Session, letter: Letter, named: Classification | None, asked: bool, is_first: bool, world: World
) -> Turn:
    """Answer a question, call a dispatcher for a letter that names no problem, or take a report.

    is_first: the letter continues no report and names no house.
    """
    if letter.files or not is_first:
        return _take_report(session, letter, named, world)
    words = subject_and_text(letter)
    if asked and (entry := world.faq.match(letter.text.strip() or words).entry):
        return replies.inform(session, faq.answer_text(session, entry, world))
    if named is not None:
        return _take_report(session, letter, named, world)
    do: tuple[Effect, ...] = (CallDispatcher(reason="misunderstood"),)
    if asked:
        do = (*do, LogUnanswered(text=words[: faq.MOST_LOGGED]))
    return _acknowledge(session, Say(key="letter-received"), do, world)


def _take_report(session: Session, letter: Letter, named: Classification | None, world: World) -> Turn:
    """Take everything the letter tells; open the ticket, or ask once for all that is missing."""
    was_asked = session.draft.started
    session = with_contact(replace(session, draft=replace(session.draft, started=True)), letter, world)
    place = read_facts(letter, world).place
    draft = draft_fields.with_files(session.draft, *(file.remote_id for file in letter.files))
    draft, options = _with_place(draft, place)
    draft = draft_fields.with_text(draft_fields.with_details(draft, place), letter.text.strip() or letter.subject)
    if named is not None and not draft.problem:
        draft = replace(draft, problem=named.problem.code)
    say: tuple[Say, ...] = ()
    house = world.addresses.get(world.known.house_id)
    if not draft.has_place and not options and house is not None:
        draft = replace(draft_fields.with_house(draft, house.id, house.address), apartment=world.known.apartment)
        say = (Say(key="letter-known-address", args={"address": house.address}),)
    session = replace(session, draft=replace(draft, phone=draft.phone or world.known.phone), options=options)
    missing = missing_details.list_missing(session.draft, options, world)
    if missing and not was_asked:
        request = missing_details.ask_by_letter(missing, options, world)
        return replies.inform(replace(session, state=State.IDLE), *request)
    turn = flow.confirm(replace(session, draft=_with_own_words(session.draft, letter)), world)
    return replace(turn, say=(*say, *turn.say))


def _with_place(draft: Draft, place: AddressFound) -> tuple[Draft, tuple[int, ...]]:
    """Return the draft with the house of a letter, or the ids of the houses that it may mean."""
    if draft.has_place:
        return draft, ()
    if place.sure and place.houses:
        return draft_fields.with_house(draft, place.houses[0].id, place.houses[0].address), ()
    return draft, tuple(house.id for house in place.houses)


def _with_own_words(draft: Draft, letter: Letter) -> Draft:
    """Return the draft with the letter's words as its address when no house was recognised: a dispatcher reads it."""
    if draft.has_place:
        return draft
    return replace(draft, address=" ".join(letter.text.split())[:MOST_ADDRESS])
