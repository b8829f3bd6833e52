"""Keep voice messages for the dispatcher; a transcribed text counts only after the resident confirms it."""

from __future__ import annotations

from collections.abc import Sequence

from dialogs import lookups, replies
from dialogs.buttons.rows import button
from dialogs.effects import AddToTicket, Effect
from dialogs.events import Recognised
from dialogs.frozen import replace
from dialogs.session import FORM, MAX_FILES, Session, State
from dialogs.topics import consent, emergency, handover
from dialogs.turn import Say, Turn
from dialogs.world import World

ASKING = FORM | {State.FILE, State.DROP, State.FORGET, State.SURVEY, State.COMMENT, State.REASON}
MANY = 2  # voice messages in a row, after which a dispatcher is called
YES, NO = "heard:yes", "heard:no"


def keep(session: Session, file: str, world: World) -> Turn:
    """Keep a voice message with its ticket or report, and repeat an open question."""
    session = replace(session, voices=session.voices + 1)
    do: tuple[Effect, ...] = ()
    if ticket_id := _ticket_id(session, world):
        do = (AddToTicket(ticket_id=ticket_id, file=file),)
    elif session.draft.started and len(session.draft.voices) < MAX_FILES:
        session = replace(session, draft=replace(session.draft, voices=(*session.draft.voices, file)))
    if world.listens:
        return _ask_or_menu(session, world, Say(key="voice-listening"), do=do)
    return _call_for_voice(session, world, Say(key="voice-kept"), do=do)


def _ticket_id(session: Session, world: World) -> int:
    """Return the ticket that a voice message belongs to, or 0."""
    if session.draft.ticket_id:
        return session.draft.ticket_id
    if session.state in (State.COMMENT, State.REASON) and lookups.ticket_of(session.ticket_id, world):
        return session.ticket_id
    alarm = lookups.emergency_ticket(session, world)
    return alarm.id if alarm else 0


def _call_for_voice(session: Session, world: World, *before: Say, do: Sequence[Effect] = ()) -> Turn:
    """Call a dispatcher, who alone can understand it, unless a question is open and this is the first in a row."""
    is_first = session.state in ASKING and session.voices < MANY
    if is_first or world.waiting:
        return _ask_or_menu(session, world, *before, do=do)
    called = handover.call_dispatcher(session, world, reason="voice")
    if session.state in ASKING:
        before = (*before, *(replace(say, buttons=()) for say in called.say))
        return _ask_or_menu(session, world, *before, do=(*do, *called.do))
    return replace(called, say=(*before, *called.say), do=(*do, *called.do))


def _ask_or_menu(session: Session, world: World, *before: Say, do: Sequence[Effect] = ()) -> Turn:
    if session.state in ASKING:
        return replies.ask(session, world, *before, do=do)
    return replies.show_menu(session, *before, do=do)


def handle_recognised(session: Session, event: Recognised, world: World) -> Turn:
    """Act on an emergency at once; else ask whether the text is right. No text: as without a transcriber."""
    text = event.text.strip()
    key = world.classifier.emergency(text) if text else ""
    if key:
        return emergency.start(session, world, key, text, (event.file,))
    if world.claimed_by or consent.is_needed(session, world):
        return Turn(session=session)
    if text:
        say = Say(key="voice-heard", args={"text": text}, buttons=((button("yes", YES), button("no", NO)),))
        return Turn(session=replace(session, recognised=text, recognised_file=event.file), say=(say,))
    return _call_for_voice(session, world, Say(key="voice-kept")) if session.voices else Turn(session=session)


def handle_denial(session: Session, world: World) -> Turn:
    """Ask for words when the resident says that the text is wrong."""
    return _ask_or_menu(session, world, Say(key="voice-wrong"))


def with_voice(turn: Turn, file: str) -> Turn:
    """Add the voice message to a report that its text began."""
    after = turn.session
    draft = after.draft
    if not draft.started or draft.ticket_id or file in draft.voices or len(draft.voices) >= MAX_FILES:
        return turn
    return replace(turn, session=replace(after, draft=replace(draft, voices=(*draft.voices, file))))
