"""The dialog engine: `step` decides one turn. It is pure (no clock, network, database or chance) and total.

Order of precedence: an emergency; silence while a dispatcher has the conversation; the notice on personal data; buttons
and commands; the open question; free text.
"""

from __future__ import annotations

from channels.contract import (
    Contact,
    Form,
    Letter,
    Location,
    Photo,
    Press,
    Reachability,
    Start,
    Text,
    Unsupported,
    Voice,
)
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
from dialogs.report import reminders, ticket_order
from dialogs.report.prompts import question
from dialogs.resident_actions import answer_held_words, handle_resident
from dialogs.session import FORM, Session, State
from dialogs.topics import (
    channel_linking,
    emergency,
    emergency_order,
    handover,
    privacy,
    ticket_news,
    voice,
)
from dialogs.turn import Say, Turn
from dialogs.world import World

RESIDENT = (Start, Text, Press, Photo, Voice, Letter, Form, Contact, Location, Unsupported)  # a resident's own actions


def step(session: Session, event: Event, world: World) -> Turn:
    """Decide one turn: the next session, the replies, the effects.

    Never raises. A resident always gets a reply, except while a dispatcher has the conversation or in a flood.
    """
    turn = _decide(session, event, world)
    after = turn.session
    rows = next((say.buttons for say in reversed(turn.say) if say.buttons), ())
    after = replace(
        after,
        offered=tuple([button.value for row in rows for button in row]) or after.offered,
        undo=after.undo if after.state in FORM else "",
        touched=int(world.now.timestamp()) if isinstance(event, RESIDENT) else after.touched,
    )
    return reminders.with_timers(session, replace(turn, session=after), world)


def _decide(session: Session, event: Event, world: World) -> Turn:
    """Send an event to its handler."""
    match event:
        case Reachability(reachable, reason):
            return Turn(session=session, do=(SetReachable(reachable=reachable, reason=reason),))
        case TicketOpened():
            if session.alarm_ticket == emergency_order.PENDING:
                return emergency.handle_ticket_opened(session, event, world)
            return ticket_order.handle_ticket_opened(session, event, world)
        case TicketChanged():
            return ticket_news.handle_change(session, event, world)
        case TimerFired(kind=reminders.REMINDER | reminders.CLOSE):
            return reminders.handle_timer(session, event, world)
        case TimerFired():
            return ticket_news.handle_timer(session, event, world)
        case HandoverChanged():
            return handover.handle_change(session, event, world)
        case FileRefused():
            return _handle_refused_file(session, event, world)
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
    return handle_resident(session, event, world)


def _handle_refused_file(session: Session, event: FileRefused, world: World) -> Turn:
    """Say that a file is not kept, also while a dispatcher answers, and repeat an open question of the form."""
    draft = session.draft
    files = tuple(file for file in draft.files if file != event.file)
    voices = tuple(file for file in draft.voices if file != event.file)
    session = replace(session, draft=replace(draft, files=files, voices=voices))
    key = f"file-{event.reason.replace('_', '-')}" if event.reason in ("not_allowed", "too_big") else "file-lost"
    if session.state in FORM and not world.claimed_by:
        return Turn(session=session, say=(Say(key=key), question(session, world)))
    return Turn(session=session, say=(Say(key=key),))


def _handle_merge(session: Session, event: Merged, world: World) -> Turn:
    """Say the outcome; then answer the words held back for the notice, if the other resident had continued it."""
    if world.claimed_by:
        if event.outcome != "linked":
            return Turn(session=session)
        return _without_buttons(channel_linking.handle_merge(session, event, world))
    if session.state is State.CONSENT and world.known.notified and session.held:
        idle, no_draft = replace(session, state=State.IDLE), replace(world, other_draft=None)
        outcome = _without_buttons(channel_linking.handle_merge(idle, event, no_draft))
        turn = answer_held_words(session, world)
        return replace(turn, say=(*outcome.say, *turn.say))
    return channel_linking.handle_merge(session, event, world)


def _without_buttons(turn: Turn) -> Turn:
    return replace(turn, say=tuple([replace(say, buttons=()) for say in turn.say]))
