"""Too much at once: one resident who floods the conversation, and a storm in which everybody writes."""

from __future__ import annotations

from dialogs import lookups
from dialogs.effects import CountThrottled
from dialogs.frozen import replace
from dialogs.session import Session
from dialogs.turn import Say, Turn
from dialogs.world import World


def count_message(session: Session, world: World) -> Session:
    """Count a message of the resident in the window of time it came in."""
    if not world.most_messages:
        return session
    if 0 <= world.arrived - session.window_from < world.window_seconds:
        return replace(session, window_count=session.window_count + 1)
    return replace(session, window_from=world.arrived, window_count=1)


def is_flood(session: Session, world: World) -> bool:
    return 0 < world.most_messages < session.window_count


def count_throttled_message(session: Session, world: World) -> Turn:
    """Answer none of a flood but the first: that one tells the resident."""
    first = session.window_count == world.most_messages + 1
    say = Say(key="flood-notice", args={"phone": lookups.emergency_phone(world)})
    return Turn(session=session, say=(say,) if first else (), do=(CountThrottled(),))


def with_overload_notice(turn: Turn, world: World) -> Turn:
    """Say once per storm and conversation that answers are short and late."""
    session = turn.session
    if session.storm_told and not world.storm:
        return replace(turn, session=replace(session, storm_told=False))
    if not world.storm or session.storm_told or not turn.say:
        return turn
    say = Say(key="storm-notice", args={"phone": lookups.emergency_phone(world)})
    return replace(turn, session=replace(session, storm_told=True), say=(say, *turn.say))
