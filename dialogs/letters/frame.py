"""Make one letter of the replies to an event: greeting, how to answer, the notice on personal data, signature."""

from __future__ import annotations

from collections.abc import Sequence

from channels.contract import SendPriority
from dialogs.effects import Effect, SaveKnown
from dialogs.frozen import replace
from dialogs.topics.consent import NOTICE_VERSION
from dialogs.turn import NONE, Args, Say
from dialogs.world import World

YES_OR_NO = frozenset({"drop-yes", "drop-no", "forget-yes"})  # buttons that a letter answers with a word


def with_greeting(replies: Sequence[Say], world: World) -> tuple[tuple[Say, ...], tuple[Effect, ...]]:
    """Return the parts of one letter and the effects of sending it; no replies give no letter.

    The notice on personal data is added until it was sent once; `SaveKnown` then records it.
    """
    if not replies:
        return (), ()
    says = [replace(say, key="letter-help" if say.key == "menu" else say.key, buttons=(), ask="") for say in replies]
    says += _how_to_answer(replies)
    if any(say.key == "ticket-opened" for say in says) and not world.known.phone:
        says.append(Say(key="letter-phone-wanted"))
    do: tuple[Effect, ...] = ()
    if not world.known.notified:
        policy = world.company.policy_url or NONE
        says.append(Say(key="letter-notice", args={"company": world.company.name, "policy": policy}))
        do = (SaveKnown(notified=True, notice_version=NOTICE_VERSION),)
    if says[0].priority > SendPriority.URGENT:
        says.insert(0, Say(key="letter-greeting", args={"name": world.known.name or NONE}))
    says.append(_signature(world))
    priority = min(say.priority for say in replies)  # the frame must not change the priority of news
    return tuple(replace(say, priority=priority) for say in says), do


def _how_to_answer(replies: Sequence[Say]) -> tuple[Say, ...]:
    """Say which words answer the buttons of the replies, which a letter has not."""
    values = {button.value for say in replies for row in say.buttons for button in row}
    if {"ok", "again"} <= {value.partition(":")[0] for value in values}:
        return (Say(key="letter-solved-or-not"),)
    return (Say(key="letter-yes-or-no"),) if values & YES_OR_NO else ()


def _signature(world: World) -> Say:
    company = world.company
    args: Args = {
        "company": company.name,
        "phone": company.phone or NONE,
        "emergency": company.emergency_phone or NONE,
    }
    return Say(key="letter-signature", args=args)
