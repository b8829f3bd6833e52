"""Answer messages in another language with a short notice in Russian and English and a dispatcher's button."""

from __future__ import annotations

from channels.contract import Text
from dialogs import lookups, replies
from dialogs.effects import LogUnanswered
from dialogs.events import Event
from dialogs.frozen import replace
from dialogs.session import Session
from dialogs.turn import Args, Say, Turn
from dialogs.world import World
from language.language_detection import is_foreign


def with_language_notice(before: Session, turn: Turn, event: Event, world: World) -> Turn:
    """Add the notice to a reply that did not understand, if the message is in another language."""
    after = turn.session
    if not isinstance(event, Text) or after.misunderstood <= before.misunderstood or not is_foreign(event.text):
        return turn
    says = [replace(say, key="foreign", args=_args(world)) if say.key == "not-understood" else say for say in turn.say]
    if not any(say.key == "foreign" for say in says):
        says.insert(0, language_notice(world))
    says[-1] = replies.with_operator(says[-1])
    do = tuple(effect for effect in turn.do if not isinstance(effect, LogUnanswered))
    return replace(turn, say=tuple(says), do=do)


def notice_before_consent(turn: Turn, event: Event, world: World) -> Turn:
    """Put the notice before the one on personal data, which is in the company's language."""
    if not isinstance(event, Text) or not is_foreign(event.text):
        return turn
    return replace(turn, say=(language_notice(world), *turn.say))


def language_notice(world: World) -> Say:
    return Say(key="foreign", args=_args(world))


def _args(world: World) -> Args:
    return {"phone": lookups.emergency_phone(world)}
