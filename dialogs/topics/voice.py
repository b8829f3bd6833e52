"""Voice messages: kept for the dispatcher. What a transcriber made of one counts only after the resident's yes."""

from __future__ import annotations

from collections.abc import Sequence

from dialogs.buttons import button
from dialogs.effects import AddToTicket, Effect
from dialogs.events import Recognised
from dialogs.frozen import replace
from dialogs.report import prompts as questions
from dialogs.session import FORM, MAX_FILES, Session, State
from dialogs.topics import consent, emergency, handover
from dialogs.turn import Say, Turn
from dialogs.world import World

ASKING = FORM | {State.FILE, State.DROP, State.FORGET, State.SURVEY, State.COMMENT, State.REASON}
MANY = 2  # voice messages in a row, after which a person is called
YES, NO = "heard:yes", "heard:no"


def kept(session: Session, file: str, world: World) -> Turn:
    """Keep a voice message with whatever is talked about, and repeat an open question."""
    session = replace(session, voices=session.voices + 1)
    do: tuple[Effect, ...] = ()
    if ticket_id := _ticket(session, world):
        do = (AddToTicket(ticket_id=ticket_id, file=file),)
    elif session.draft.started and len(session.draft.voices) < MAX_FILES:
        session = replace(session, draft=replace(session.draft, voices=(*session.draft.voices, file)))
    if world.listens:
        return _go_on(session, world, Say(key="voice-listening"), do=do)
    return _unheard(session, world, Say(key="voice-kept"), do=do)


def _ticket(session: Session, world: World) -> int:
    """Return the ticket that a voice message belongs to, or 0."""
    if session.draft.ticket_id:
        return session.draft.ticket_id
    if session.state in (State.COMMENT, State.REASON) and questions.ticket_of(session.ticket_id, world):
        return session.ticket_id
    alarm = questions.alarm(session, world)
    return alarm.id if alarm else 0


def _unheard(session: Session, world: World, *said: Say, do: Sequence[Effect] = ()) -> Turn:
    """Nobody but a person can understand it: call one unless a question is open and this is the first in a row."""
    if session.state in ASKING and session.voices < MANY:
        return _go_on(session, world, *said, do=do)
    if world.waiting:
        return _go_on(session, world, *said, do=do)
    called = handover.call(session, world, reason="voice")
    if session.state in ASKING:
        said = (*said, *(replace(say, buttons=()) for say in called.say))
        return _go_on(session, world, *said, do=(*do, *called.do))
    return replace(called, say=(*said, *called.say), do=(*do, *called.do))


def _go_on(session: Session, world: World, *said: Say, do: Sequence[Effect] = ()) -> Turn:
    if session.state in ASKING:
        return questions.ask(session, world, *said, do=do)
    return questions.to_menu(session, *said, do=do) if said else Turn(session=session, do=tuple(do))


def recognised(session: Session, event: Recognised, world: World) -> Turn:
    """Act on an emergency at once; else ask whether it was heard right. Not understood: as without a transcriber."""
    text = event.text.strip()
    key = world.classifier.emergency(text) if text else ""
    if key:
        return emergency.begin(session, world, key, text, (event.file,))
    if world.claimed_by or consent.needed(session, world):
        return Turn(session=session)
    if text:
        say = Say(key="voice-heard", args={"text": text}, buttons=((button("yes", YES), button("no", NO)),))
        return Turn(session=replace(session, recognised=text, recognised_file=event.file), say=(say,))
    return _unheard(session, world, Say(key="voice-kept")) if session.voices else Turn(session=session)


def denied(session: Session, world: World) -> Turn:
    """It was heard wrong: ask for words."""
    return _go_on(session, world, Say(key="voice-wrong"))


def added(turn: Turn, file: str) -> Turn:
    """A report that began with what was heard keeps the voice message too."""
    after = turn.session
    draft = after.draft
    if not draft.started or draft.ticket_id or file in draft.voices or len(draft.voices) >= MAX_FILES:
        return turn
    return replace(turn, session=replace(after, draft=replace(draft, voices=(*draft.voices, file))))
