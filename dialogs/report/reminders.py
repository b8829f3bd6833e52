"""Remind of a half-filled report once after two hours, close it politely after a day, and resume it.

Timers are set once per report, not per message. A timer that fires too early is set again from the last message.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from dialogs import replies
from dialogs.buttons.rows import button, menu
from dialogs.effects import CancelTimer, SetTimer
from dialogs.events import TimerFired, TimerKind
from dialogs.frozen import replace
from dialogs.report import draft_fields, flow, prompts
from dialogs.session import FORM, Draft, Session, State
from dialogs.turn import Say, Turn
from dialogs.world import World
from tickets.lifecycle.rules import POLITE_FROM, POLITE_TO

REMIND_AFTER = timedelta(hours=2)
CLOSE_AFTER = timedelta(hours=24)
REMINDER: Final = "draft_reminder"
CLOSE: Final = "draft_close"


def with_timers(before: Session, turn: Turn, world: World) -> Turn:
    """Add the timers of a report that begins in this turn; cancel those of a report that ends."""
    after = turn.session
    if after.draft.started == before.draft.started:
        return turn
    if not after.draft.started:
        return replace(turn, do=(*turn.do, CancelTimer(kind=REMINDER), CancelTimer(kind=CLOSE)))
    after = replace(after, form=before.form + 1, reminded=False)
    timers = (_timer(REMINDER, after, world.now + REMIND_AFTER), _timer(CLOSE, after, world.now + CLOSE_AFTER))
    return replace(turn, session=after, do=(*turn.do, *timers))


def _in_polite_hours(at: datetime) -> datetime:
    """Move a message that may wait until the morning out of the night."""
    if at.time() < POLITE_FROM:
        return datetime.combine(at, POLITE_FROM, at.tzinfo)
    if at.time() >= POLITE_TO:
        return datetime.combine(at + timedelta(days=1), POLITE_FROM, at.tzinfo)
    return at


def _timer(kind: TimerKind, session: Session, due: datetime) -> SetTimer:
    return SetTimer(kind=kind, due=_in_polite_hours(due), token=str(session.form))


def handle_timer(session: Session, event: TimerFired, world: World) -> Turn:
    """Remind or close, unless the report is another one, was touched lately, or is with a dispatcher."""
    if not session.draft.started or event.token != str(session.form):
        return Turn(session=session)
    wait = REMIND_AFTER if event.kind == REMINDER else CLOSE_AFTER
    due = datetime.fromtimestamp(session.touched, tz=world.now.tzinfo) + wait
    if world.claimed_by:
        due = world.now + REMIND_AFTER
    if due > world.now:
        return Turn(session=session, do=(_timer(event.kind, session, due),))
    if world.letters:
        return handle_unanswered_letter(session, world)
    return _remind(session, world) if event.kind == REMINDER else _close(session)


def handle_unanswered_letter(session: Session, world: World) -> Turn:
    """Open a ticket with the known details when the letter asking for the rest got no answer."""
    draft = session.draft
    if draft.ticket_id or not (draft.text or draft.files):
        return Turn(session=replace(session, draft=Draft(), options=()))
    return flow.confirm(session, world)


def _remind(session: Session, world: World) -> Turn:
    if session.reminded:
        return Turn(session=session)
    session = replace(session, reminded=True)
    key = "emergency-reminder" if session.draft.ticket_id else "draft-reminder"
    if session.state in FORM:
        return Turn(session=session, say=(Say(key=key), prompts.question(session, world)))
    rows = ((button("resume"), button("cancel")),)
    return Turn(session=session, say=(Say(key=key, buttons=rows),))


def _close(session: Session) -> Turn:
    key = "emergency-form-closed" if session.draft.ticket_id else "draft-closed"
    state = State.IDLE if session.state in FORM else session.state
    session = replace(session, draft=Draft(), state=state, options=(), kinds=())
    return Turn(session=session, say=(Say(key=key, buttons=menu(session)),))


def resume(session: Session, world: World) -> Turn | None:
    """Continue the half-filled report; None: there is none."""
    if not session.draft.started:
        return None
    state = draft_fields.first_missing(session.draft)
    if state is State.ADDRESS and session.options:
        state = State.HOUSE
    return replies.ask(replace(session, state=state), world, Say(key="report-resumed"))
