"""Limit the replies to a flood (one resident writes too much) and to a storm (all residents write at once)."""

from __future__ import annotations

from dialogs import lookups
from dialogs.effects import CountThrottled
from dialogs.frozen import replace
from dialogs.session import Session
from dialogs.turn import Say, Turn
from dialogs.world import World


def count_message(session: Session, world: World) -> Session:
    """Count a message of the resident in its time window."""
    if not world.most_messages:
        return session
    if 0 <= world.arrived - session.window_from < world.window_seconds:
        return replace(session, window_count=session.window_count + 1)
    return replace(session, window_from=world.arrived, window_count=1)


def is_flood(session: Session, world: World) -> bool:
    return 0 < world.most_messages < session.window_count


def count_throttled_message(session: Session, world: World) -> Turn:
    """Answer the first message of a flood with a notice, and the others not at all."""
    first = session.window_count == world.most_messages + 1
    say = Say(key="flood-notice", args={"phone": lookups.emergency_phone(world)})
    return Turn(session=session, say=(say,) if first else (), do=(CountThrottled(),))


def with_overload_notice(turn: Turn, world: World) -> Turn:
    """Add the notice that replies are short and late, once per storm and conversation."""
    session = turn.session
    if session.storm_told and not world.storm:
        return replace(turn, session=replace(session, storm_told=False))
    if not world.storm or session.storm_told or not turn.say:
        return turn
    say = Say(key="storm-notice", args={"phone": lookups.emergency_phone(world)})
    return replace(turn, session=replace(session, storm_told=True), say=(say, *turn.say))
