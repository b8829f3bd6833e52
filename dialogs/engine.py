"""The dialog engine: `step` decides one turn. Pure and total: any event in any state, no clock, network or database.

Order of precedence: an emergency, a dispatcher who has the conversation (silence), the notice on personal data,
buttons and commands, the open question, and last a free text.
"""

from __future__ import annotations

import dataclasses

from channels.contract import (
    Contact,
    Form,
    Letter,
    Location,
    Photo,
    Press,
    Reachability,
    SendPriority,
    Start,
    Text,
    Unsupported,
    Voice,
)
from dialogs import commands, free_text
from dialogs.command_words import is_button
from dialogs.effects import SetReachable
from dialogs.events import (
    CodeChecked,
    CodeMade,
    DraftMoved,
    Event,
    FileRefused,
    Forgotten,
    HandoverChanged,
    Merged,
    Recognised,
    TicketChanged,
    TicketOpened,
    TimerFired,
)
from dialogs.frozen import replace
from dialogs.report import answers, by_mail, by_web_form, flow, prompts, reminders
from dialogs.session import FORM, Session, State
from dialogs.topics import (
    channel_linking,
    consent,
    emergency,
    handover,
    my_tickets,
    other_languages,
    overload,
    poster_arrival,
    privacy,
    survey,
    ticket_news,
    voice,
)
from dialogs.turn import Say, Turn
from dialogs.world import World
from language.invisible_characters import visible

OF_PLACE = frozenset({State.ADDRESS, State.HOUSE, State.APARTMENT, State.PHONE})
RESIDENT = (Start, Text, Press, Photo, Voice, Letter, Form, Contact, Location, Unsupported)  # what a resident does
MOST_TEXT = 4000  # characters taken of one message
_CONTROL = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160), 8203, 8288, 65279), " ")


def step(session: Session, event: Event, world: World) -> Turn:
    """Decide one turn: the session after it, what to say, what to do. Never raises, never silent to a resident."""
    turn = _decide(session, event, world)
    after = turn.session
    rows = next((say.buttons for say in reversed(turn.say) if say.buttons), ())
    after = replace(
        after,
        offered=tuple([one.value for row in rows for one in row]) or after.offered,
        undo=after.undo if after.state in FORM else "",
        touched=int(world.now.timestamp()) if isinstance(event, RESIDENT) else after.touched,
    )
    return reminders.with_timers(session, replace(turn, session=after), world)


def _decide(session: Session, event: Event, world: World) -> Turn:
    match event:
        case Reachability(reachable, reason):
            return Turn(session=session, do=(SetReachable(reachable=reachable, reason=reason),))
        case TicketOpened():
            if session.alarm_ticket == emergency.PENDING:
                return emergency.handle_ticket_opened(session, event, world)
            return flow.handle_ticket_opened(session, event, world)
        case TicketChanged():
            return ticket_news.handle_change(session, event, world)
        case TimerFired(kind=reminders.REMINDER | reminders.CLOSE):
            return reminders.handle_timer(session, event, world)
        case TimerFired():
            return ticket_news.handle_timer(session, event, world)
        case HandoverChanged():
            return handover.handle_change(session, event, world)
        case FileRefused():
            return handle_refused_file(session, event, world)
        case Recognised():
            return voice.handle_recognised(session, event, world)
        case CodeMade():
            return channel_linking.show_code(session, event, world)
        case CodeChecked():
            return channel_linking.handle_checked_code(session, event, world)
        case Merged():
            return _handle_merge(session, event, world)
        case DraftMoved():
            return channel_linking.handle_moved_draft(session, event, world)
        case Forgotten():
            return privacy.forget_here(session)
    return _handle_resident(session, event, world)


def _handle_merge(session: Session, event: Merged, world: World) -> Turn:
    """Two residents are one. What was held back until the notice is answered now, if the other one had continued it."""
    if world.claimed_by:
        told = (
            channel_linking.handle_merge(session, event, world) if event.outcome == "linked" else Turn(session=session)
        )
        return replace(told, say=tuple([replace(say, buttons=()) for say in told.say]))
    if session.state is State.CONSENT and world.known.notified and session.held:
        told = channel_linking.handle_merge(replace(session, state=State.IDLE), event, replace(world, other_draft=None))
        turn = _answer_held_words(session, world)
        return replace(turn, say=(*(replace(say, buttons=()) for say in told.say), *turn.say))
    return channel_linking.handle_merge(session, event, world)


def _handle_resident(session: Session, event: Event, world: World) -> Turn:
    """Answer what a resident did."""
    event, words, was_cut = _clean(event)
    session = overload.count_message(session, world)
    answer = session.state in OF_PLACE and not isinstance(event, Form)
    key = world.classifier.emergency(words, answer=answer) if words and not is_button(words) else ""
    if isinstance(event, Form) and (key or not overload.is_flood(session, world)):
        turn = by_web_form.open_ticket(session, event, key, world)
        return turn if _is_urgent(turn) else _with_length_notice(overload.with_overload_notice(turn, world), was_cut)
    if key and not (overload.is_flood(session, world) and emergency.open_ticket_of(session, key, world)):
        if isinstance(event, Letter):
            session = by_mail.with_contact(session, event, world)
        return emergency.start(session, world, key, words[:MOST_TEXT], _files_of(event))
    if world.claimed_by:
        return Turn(session=session)
    if overload.is_flood(session, world):
        return overload.count_throttled_message(session, world)
    return _with_length_notice(overload.with_overload_notice(_reply(session, event, world), world), was_cut)


def _is_urgent(turn: Turn) -> bool:
    return any(say.priority == SendPriority.URGENT for say in turn.say)


def _with_length_notice(turn: Turn, was_cut: bool) -> Turn:
    if was_cut:
        return replace(turn, say=(Say(key="text-too-long", args={"most": MOST_TEXT}), *turn.say))
    return turn


def _clean(event: Event) -> tuple[Event, str, bool]:
    """Return the event without control characters and over-long text, its whole words, and whether it was cut."""
    match event:
        case Text(text):
            words = _visible_text(text)
            return Text(words[:MOST_TEXT]) if words else Unsupported("empty"), words, len(words) > MOST_TEXT
        case Photo(file, caption):
            words = _visible_text(caption)
            return Photo(file, words[:MOST_TEXT]), words, len(words) > MOST_TEXT
        case Letter():
            words = _visible_text(event.text)
            said, signature = _visible_text(event.said), _visible_text(event.signature)
            told = dataclasses.replace(event, text=words[:MOST_TEXT], subject=_visible_text(event.subject)[:200])
            told = dataclasses.replace(told, said=said[:MOST_TEXT], signature=signature[:MOST_TEXT])
            whole = by_mail.subject_and_text(dataclasses.replace(told, text=words, said=said))
            return told, whole, len(words) > MOST_TEXT
        case Form(text=text):
            words = _visible_text(text)
            if not words:
                return Unsupported("empty"), "", False
            typed = {name: _visible_text(getattr(event, name)) for name in ("address", "apartment", "name", "phone")}
            kept = Form(text=words[:MOST_TEXT], files=event.files, **typed)
            return kept, words, len(words) > MOST_TEXT
    return event, "", False


def _files_of(event: Event) -> tuple[str, ...]:
    match event:
        case Photo(file):
            return (file.remote_id,)
        case Letter():
            return tuple(file.remote_id for file in event.files)
    return ()


def _visible_text(text: str) -> str:
    seen = visible(text)
    return seen.strip() if seen.isprintable() else seen.translate(_CONTROL).strip()


def handle_refused_file(session: Session, event: FileRefused, world: World) -> Turn:
    """Tell that a file is not kept, also while a dispatcher speaks, and repeat an open question of the form."""
    draft = session.draft
    files = tuple(one for one in draft.files if one != event.file)
    voices = tuple(one for one in draft.voices if one != event.file)
    session = replace(session, draft=replace(draft, files=files, voices=voices))
    key = f"file-{event.reason.replace('_', '-')}" if event.reason in ("not_allowed", "too_big") else "file-lost"
    asks = session.state in FORM and not world.claimed_by
    return Turn(session=session, say=(Say(key=key), *((prompts.question(session, world),) if asks else ())))


def _reply(session: Session, event: Event, world: World) -> Turn:
    if code := channel_linking.code_of(session, event):
        return channel_linking.check_code(session, code, world)
    if isinstance(event, Letter):
        return by_mail.answer_letter(session, event, world)
    value, heard, file = commands.value_of(session, event, world), session.recognised, session.recognised_file
    voices = session.voices if isinstance(event, Voice) else 0
    session = replace(session, recognised="", recognised_file="", voices=voices)
    if heard and value == voice.NO:
        return voice.handle_denial(session, world)
    if heard and value == voice.YES:
        event = Text(heard)
        return voice.with_voice(answer(session, event, commands.value_of(session, event, world), world), file)
    if consent.is_needed(session, world):
        if value == "continue" and session.state is State.CONSENT:
            return _answer_held_words(session, world)
        if not (isinstance(event, Press) and commands.is_about_ticket(value)):
            return other_languages.notice_before_consent(consent.hold_back(session, event, value, world), event, world)
    return other_languages.with_language_notice(session, answer(session, event, value, world), event, world)


def _answer_held_words(session: Session, world: World) -> Turn:
    """The notice was continued: answer what was said before it."""
    session, event, world, save = consent.accept(session, world)
    event, _, _ = _clean(event)
    if isinstance(event, Start) and session.draft.files:
        turn = flow.start(session, world)
    elif isinstance(event, Start) and session.draft.voices:
        turn = voice.keep(session, session.draft.voices[-1], world)
    else:
        turn = answer(session, event, commands.value_of(session, event, world), world)
        turn = other_languages.with_language_notice(session, turn, event, world)
    return replace(turn, do=(save, *turn.do))


def answer(session: Session, event: Event, value: str, world: World) -> Turn:
    """Answer a button or command if one is meant, else whatever the state expects."""
    if isinstance(event, Start) and (linked := poster_arrival.handle_start(session, event, world)):
        return linked
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
