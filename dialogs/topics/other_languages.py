"""Messages in another language: a short line in Russian and English, and a dispatcher at hand."""

from __future__ import annotations

from channels.contract import Text
from dialogs import lookups
from dialogs.buttons import OPERATOR
from dialogs.effects import LogUnanswered
from dialogs.events import Event
from dialogs.frozen import replace
from dialogs.session import Session
from dialogs.turn import Args, Say, Turn
from dialogs.world import World
from language.language_detection import is_foreign


def with_language_notice(before: Session, turn: Turn, event: Event, world: World) -> Turn:
    """Add the line to an answer that says we did not understand, when the message is in another language."""
    after = turn.session
    if not isinstance(event, Text) or after.misunderstood <= before.misunderstood or not is_foreign(event.text):
        return turn
    says = [replace(say, key="foreign", args=_args(world)) if say.key == "not-understood" else say for say in turn.say]
    if not any(say.key == "foreign" for say in says):
        says.insert(0, language_notice(world))
    offered = any(one.value == "operator" for row in says[-1].buttons for one in row)
    says[-1] = replace(says[-1], buttons=says[-1].buttons if offered else (*OPERATOR, *says[-1].buttons))
    return replace(turn, say=tuple(says), do=tuple(one for one in turn.do if not isinstance(one, LogUnanswered)))


def notice_before_consent(turn: Turn, event: Event, world: World) -> Turn:
    """Put the line before the notice on personal data, which is in the company's language."""
    if not isinstance(event, Text) or not is_foreign(event.text):
        return turn
    return replace(turn, say=(language_notice(world), *turn.say))


def language_notice(world: World) -> Say:
    return Say(key="foreign", args=_args(world))


def _args(world: World) -> Args:
    return {"phone": lookups.emergency_phone(world)}
