"""Answer the actions of a resident, in the order of precedence that `dialogs.engine` gives."""

from __future__ import annotations

from channels.contract import Form, Letter, Photo, Press, SendPriority, Start, Text, Voice
from dialogs import commands, free_text
from dialogs.buttons.values import value_of
from dialogs.buttons.words import is_button
from dialogs.cleaning import MOST_TEXT, clean
from dialogs.events import Event
from dialogs.frozen import replace
from dialogs.letters.facts import with_contact
from dialogs.letters.handler import answer_letter
from dialogs.report import answers, by_web_form, flow
from dialogs.session import FORM, Session, State
from dialogs.topics import (
    channel_linking,
    consent,
    emergency,
    my_tickets,
    other_languages,
    overload,
    poster_arrival,
    survey,
    voice,
)
from dialogs.turn import Say, Turn
from dialogs.world import World

OF_PLACE = frozenset({State.ADDRESS, State.HOUSE, State.APARTMENT, State.PHONE})  # the answer is a place or a phone


def handle_resident(session: Session, event: Event, world: World) -> Turn:
    """Answer an action of the resident: emergencies first, nothing else while a dispatcher has the conversation."""
    cleaned = clean(event)
    event, words = cleaned.event, cleaned.words
    session = overload.count_message(session, world)
    is_flood = overload.is_flood(session, world)
    key = _emergency_of(session, event, words, world)
    if isinstance(event, Form) and (key or not is_flood):
        turn = by_web_form.open_ticket(session, event, key, world)
        return turn if _is_urgent(turn) else _with_notices(turn, world, cleaned.was_cut)
    if key and not (is_flood and emergency.open_ticket_of(session, key, world)):
        if isinstance(event, Letter):
            session = with_contact(session, event, world)
        return emergency.start(session, world, key, words[:MOST_TEXT], _files_of(event))
    if world.claimed_by:
        return Turn(session=session)
    if is_flood:
        return overload.count_throttled_message(session, world)
    return _with_notices(_reply(session, event, world), world, cleaned.was_cut)


def _emergency_of(session: Session, event: Event, words: str, world: World) -> str:
    """Return the key of the emergency that the words of an event report, or ''."""
    if not words or is_button(words):
        return ""
    is_answer = session.state in OF_PLACE and not isinstance(event, Form)
    return world.classifier.emergency(words, answer=is_answer)


def _is_urgent(turn: Turn) -> bool:
    return any(say.priority == SendPriority.URGENT for say in turn.say)


def _with_notices(turn: Turn, world: World, was_cut: bool) -> Turn:
    """Add the notice of a storm, and that of a text that was too long."""
    turn = overload.with_overload_notice(turn, world)
    if was_cut:
        return replace(turn, say=(Say(key="text-too-long", args={"most": MOST_TEXT}), *turn.say))
    return turn


def _files_of(event: Event) -> tuple[str, ...]:
    """Return the stored names of the photos and files of an event."""
    match event:
        case Photo(file):
            return (file.remote_id,)
        case Letter():
            return tuple(file.remote_id for file in event.files)
    return ()


def _reply(session: Session, event: Event, world: World) -> Turn:
    """Answer an event that is no emergency: codes and letters, then voice, the notice on personal data, all else."""
    if code := channel_linking.code_of(session, event):
        return channel_linking.check_code(session, code, world)
    if isinstance(event, Letter):
        return answer_letter(session, event, world)
    value, heard, file = value_of(session, event), session.recognised, session.recognised_file
    voices = session.voices if isinstance(event, Voice) else 0
    session = replace(session, recognised="", recognised_file="", voices=voices)
    if heard and value == voice.NO:
        return voice.handle_denial(session, world)
    if heard and value == voice.YES:
        event = Text(heard)
        return voice.with_voice(_answer(session, event, value_of(session, event), world), file)
    if consent.is_needed(session, world):
        if value == "continue" and session.state is State.CONSENT:
            return answer_held_words(session, world)
        if not (isinstance(event, Press) and commands.is_about_ticket(value)):
            return other_languages.notice_before_consent(consent.hold_back(session, event, value, world), event, world)
    return other_languages.with_language_notice(session, _answer(session, event, value, world), event, world)


def answer_held_words(session: Session, world: World) -> Turn:
    """Answer the words from before the notice, now that it is continued."""
    session, event, world, save = consent.accept(session, world)
    event = clean(event).event
    if isinstance(event, Start) and session.draft.files:
        turn = flow.start(session, world)
    elif isinstance(event, Start) and session.draft.voices:
        turn = voice.keep(session, session.draft.voices[-1], world)
    else:
        turn = _answer(session, event, value_of(session, event), world)
        turn = other_languages.with_language_notice(session, turn, event, world)
    return replace(turn, do=(save, *turn.do))


def _answer(session: Session, event: Event, value: str, world: World) -> Turn:
    """Answer a poster link, a button or a command; anything else as the state expects."""
    if isinstance(event, Start) and (turn := poster_arrival.handle_start(session, event, world)):
        return turn
    if value and (turn := commands.handle_command(session, value, world)):
        return turn
    if isinstance(event, Press | Start):
        return commands.outdated_button(session, world)
    if session.state in FORM:
        return answers.handle_answer(session, event, world)
    match session.state:
        case State.COMMENT:
            return my_tickets.handle_comment(session, event, world)
        case State.REASON:
            return survey.handle_reason(session, event, world)
        case State.CODE if channel_linking.is_attempt(event):
            return channel_linking.unreadable_code(session, world)
    return free_text.handle_free_message(session, event, world)
