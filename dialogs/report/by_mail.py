"""Letters: one good reply to each. What a letter tells is taken at once; what is missing is asked for in one letter.

A letter that nobody completes becomes a ticket all the same (`drafts.overdue`).
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from channels.contract import Letter, SendPriority, Text
from dialogs import commands, lookups, replies
from dialogs.effects import AddToTicket, CallDispatcher, CountThrottled, Effect, LogUnanswered, SaveKnown
from dialogs.extraction import message_facts
from dialogs.extraction.message_facts import Facts
from dialogs.frozen import replace
from dialogs.report import draft_fields, flow, missing_details
from dialogs.session import Draft, Session, State
from dialogs.topics import consent, emergency, faq, my_tickets, outages, survey
from dialogs.turn import NONE, Args, Say, Turn
from dialogs.world import World
from faq.types import FaqMatch
from language.questions import is_question
from tickets.lifecycle.rules import FINISHED
from tickets.lifecycle.types import Classification, Status, TicketView

RECEIPT_SECONDS = 3600  # one receipt in this time: two automata that thank each other come to rest
MOST_CARDS = 5
COMMANDS = frozenset(
    {"subscribe", "unsubscribe", "operator", "policy", "forget", "drop", "cancel", "safe", "link:code"}
)
OF_STATE = frozenset({"drop-yes", "drop-no", "forget-yes"})
HELP = frozenset({"menu", "hello", "report", "faq", "resume", "continue", "back"})


def subject_and_text(event: Letter) -> str:
    """Return subject and text as one; a subject that only answers ours is left out."""
    subject = "" if event.ticket or event.subject.lower().startswith(("re:", "fw:", "fwd:")) else event.subject
    return f"{subject}\n{event.said or event.text}".strip()


def read_facts(event: Letter, world: World) -> Facts:
    """Return everything a letter tells, its signature included."""
    return message_facts.read(subject_and_text(event), world, event.signature)


def with_contact(session: Session, event: Letter, world: World) -> Session:
    """Take phone and name of the words or the signature into the form, unless they are known."""
    draft, told = session.draft, read_facts(event, world)
    return replace(session, draft=replace(draft, phone=draft.phone or told.phone, name=draft.name or told.name))


def answer_letter(session: Session, event: Letter, world: World) -> Turn:
    """Answer a letter in one turn."""
    asked = session.ticket_id if session.state in (State.SURVEY, State.REASON) else 0
    about = f"{subject_and_text(event)}|{event.ticket}|{asked}"
    heard, now = zlib.crc32(about.encode("utf-8", "replace")), int(world.now.timestamp())
    if heard == session.heard and now - session.heard_at < RECEIPT_SECONDS and not event.files:
        return Turn(session=session, do=(CountThrottled(),))  # the same words at once again: a repeat or an automaton
    session = replace(session, heard=heard, heard_at=now)
    ticket = _ticket_of(session, event, world)
    if turn := _command(session, event, ticket, world):
        kept = _add_to_ticket(ticket, event)[1:] if ticket else ()
        return replace(turn, do=(*turn.do, *kept))
    if ticket is not None:
        return _add_letter(session, event, ticket, world)
    return _new_letter(session, event, world)


def _ticket_of(session: Session, event: Letter, world: World) -> TicketView | None:
    """The ticket a letter answers or names, or the emergency whose gaps were asked for."""
    by_number = next((one for one in world.tickets if event.ticket and one.number == event.ticket), None)
    named = by_number or next((one for one in world.tickets if one.number in subject_and_text(event)), None)
    return named or lookups.ticket_of(session.draft.ticket_id, world)


# --- a few words that mean a button --------------------------------------------------------------------------------


def _command(session: Session, event: Letter, ticket: TicketView | None, world: World) -> Turn | None:
    """Answer words that mean a button; None: the letter says something of its own."""
    text = event.text.strip()
    if session.state is State.REASON:
        return survey.handle_reason(session, Text(text), world) if text else None
    if ticket and ticket.status is Status.DONE:
        session = replace(session, state=State.SURVEY, ticket_id=ticket.id)
    value = commands.value_of(replace(session, offered=()), Text(text), world) if text else ""
    if value == "cancel" and not session.draft.started:  # "Стоп" is what the link under an announcement sends
        value = "unsubscribe"
    kind = value.partition(":")[0]
    if kind in ("ok", "again") or value in COMMANDS or value in OF_STATE:
        return commands.handle_command(session, value, world)
    if value == "status":
        return _cards(session, world)
    if value == "thanks":
        return Turn(session=session)  # a letter of thanks wants no letter
    if value in HELP and not event.files:
        return replies.inform(session, Say(key="letter-help"))
    return None


def _cards(session: Session, world: World) -> Turn:
    cards = [say for one in world.tickets[:MOST_CARDS] for say in my_tickets.show_card(session, one, world).say]
    said = cards or [Say(key="status-nothing")]
    return replies.inform(replace(session, state=State.IDLE), *said)


# --- a letter about a ticket ---------------------------------------------------------------------------------------


def _add_letter(session: Session, event: Letter, ticket: TicketView, world: World) -> Turn:
    """Put the letter into its ticket; a question for the state of things gets the card."""
    if session.draft.ticket_id == ticket.id:
        turn = emergency.add_words(session, world, ticket, event.text)
        left = replace(session, draft=replace(session.draft, started=False, ticket_id=0, text="", emergency=""))
        return replace(
            turn, session=replace(turn.session, draft=left.draft), do=(*turn.do, *_add_to_ticket(ticket, event)[1:])
        )
    if is_question(event.text) and len(event.text) < 200:
        return replace(my_tickets.show_card(session, ticket, world), do=_add_to_ticket(ticket, event))
    now = int(world.now.timestamp())
    do: tuple[Effect, ...] = _add_to_ticket(ticket, event)
    if ticket.status in FINISHED:
        do = (*do, CallDispatcher(reason="asked"))
    if now - session.receipt < RECEIPT_SECONDS:
        return Turn(session=session, do=do)
    say = Say(key="letter-added", args={"number": ticket.number})
    return replies.inform(replace(session, receipt=now), say, do=do)


def _add_to_ticket(ticket: TicketView, event: Letter) -> tuple[Effect, ...]:
    words: tuple[Effect, ...] = (AddToTicket(ticket_id=ticket.id, text=event.text.strip()),)
    return (*words, *(AddToTicket(ticket_id=ticket.id, file=file.remote_id) for file in event.files))


# --- a letter that begins something --------------------------------------------------------------------------------


def _new_letter(session: Session, event: Letter, world: World) -> Turn:
    words = subject_and_text(event)
    named, match = world.classifier.classify(words), world.faq.match(event.text.strip() or words)
    asked = is_question(event.text) or is_question(words)
    going_on = session.draft.started
    found = world.addresses.find(words)
    off = outages.find_for_message(session, world, words, named) if not going_on and not found.houses else ()
    said = outages.describe_all(off, words, world)
    whole = outages.is_whole_answer(off, words, world) and not outages.unexplained(off, words, world)
    if asked and not event.files and whole:
        return replies.inform(replace(session, outage=off[0].id), *said)
    turn = _answer_or_report(session, event, named, match, asked, world)
    return replace(turn, say=(*said, *turn.say)) if said and turn.say else turn


def _answer_or_report(
    session: Session, event: Letter, named: Classification | None, match: FaqMatch, asked: bool, world: World
) -> Turn:
    words = subject_and_text(event)
    going_on = session.draft.started
    found = world.addresses.find(words)
    if match.entry is not None and asked and not event.files and not going_on and not found.houses:
        return replies.inform(session, faq.answer_text(session, match.entry, world))
    if not going_on and not event.files and named is None and not found.houses:
        do: tuple[Effect, ...] = (CallDispatcher(reason="misunderstood"),)
        if asked:
            do = (*do, LogUnanswered(text=words[: faq.MOST_LOGGED]))
        now = int(world.now.timestamp())
        if now - session.receipt < RECEIPT_SECONDS:
            return Turn(session=session, do=do)
        return replies.inform(replace(session, receipt=now), Say(key="letter-received"), do=do)
    return _take_report(session, event, named, world)


def _take_report(session: Session, event: Letter, named: Classification | None, world: World) -> Turn:
    """Take everything the letter tells; open the ticket, or ask once for all that is missing."""
    told, asked_before = read_facts(event, world), session.draft.started
    before = replace(session.draft, started=True)
    before = with_contact(replace(session, draft=before), event, world).draft
    draft = draft_fields.with_files(before, *(file.remote_id for file in event.files))
    found = told.place
    options: tuple[int, ...] = ()
    if not draft.has_place:
        if found.sure and found.houses:
            draft = draft_fields.with_house(draft, found.houses[0].id, found.houses[0].address)
        options = () if draft.has_place else tuple(house.id for house in found.houses)
    draft = draft_fields.with_text(draft_fields.with_details(draft, found), event.text.strip() or event.subject)
    if named is not None and not draft.problem:
        draft = replace(draft, problem=named.problem.code)
    said: tuple[Say, ...] = ()
    house = world.addresses.get(world.known.house_id)
    if not draft.has_place and not options and house is not None:
        draft = replace(draft_fields.with_house(draft, house.id, house.address), apartment=world.known.apartment)
        said = (Say(key="letter-known-address", args={"address": house.address}),)
    session = replace(session, draft=replace(draft, phone=draft.phone or world.known.phone), options=options)
    missing = missing_details.list_missing(session.draft, options, world)
    if missing and not asked_before:
        return replies.inform(
            replace(session, state=State.IDLE), *missing_details.ask_by_letter(missing, options, world)
        )
    opened = flow.confirm(replace(session, draft=_with_own_words(session, event)), world)
    return replace(opened, say=(*said, *opened.say))


def _with_own_words(session: Session, event: Letter) -> Draft:
    """The report with the place in the resident's words when no house was found: a dispatcher reads it."""
    draft = session.draft
    if draft.has_place:
        return draft
    return replace(draft, address=" ".join(event.text.split())[:100])


# --- what every letter of ours has ---------------------------------------------------------------------------------


def with_greeting(said: Sequence[Say], world: World) -> tuple[tuple[Say, ...], tuple[Effect, ...]]:
    """Make a letter of everything that answers one event: greeting, how to answer, the notice once, signature.

    Return what to say and what to do besides; nothing said gives no letter.
    """
    if not said:
        return (), ()
    values = {button.value for say in said for row in say.buttons for button in row}
    says = [replace(say, key="letter-help" if say.key == "menu" else say.key, buttons=(), ask="") for say in said]
    if {"ok", "again"} <= {value.partition(":")[0] for value in values}:
        says.append(Say(key="letter-solved-or-not"))
    elif values & OF_STATE:
        says.append(Say(key="letter-yes-or-no"))
    if any(say.key == "ticket-opened" for say in says) and not world.known.phone:
        says.append(Say(key="letter-phone-wanted"))
    do: tuple[Effect, ...] = ()
    if not world.known.notified:
        policy = world.company.policy_url or NONE
        says.append(Say(key="letter-notice", args={"company": world.company.name, "policy": policy}))
        do = (SaveKnown(notified=True, notice_version=consent.NOTICE_VERSION),)
    if says[0].priority > SendPriority.URGENT:
        says.insert(0, Say(key="letter-greeting", args={"name": world.known.name or NONE}))
    says.append(_signature(world))
    priority = min(say.priority for say in said)  # news stay news, whatever is said around them
    return tuple(replace(say, priority=priority) for say in says), do


def _signature(world: World) -> Say:
    company = world.company
    args: Args = {
        "company": company.name,
        "phone": company.phone or NONE,
        "emergency": company.emergency_phone or NONE,
    }
    return Say(key="letter-signature", args=args)
