"""Calling a dispatcher, and what the resident hears when one takes the conversation or gives it back."""

from __future__ import annotations

from dialogs.buttons import TO_MENU
from dialogs.effects import CallDispatcher
from dialogs.events import HandoverChanged
from dialogs.frozen import replace
from dialogs.report import prompts as questions
from dialogs.session import Session, State
from dialogs.turn import Say, Turn
from dialogs.world import World


def call(session: Session, world: World, *, reason: str = "asked") -> Turn:
    """Call a dispatcher; who waits already is told so. A question that was asked stays open."""
    if world.waiting:
        return questions.understood(session, Say(key="handover-waiting", buttons=TO_MENU))
    phone = questions.emergency_phone(world)
    if session.misunderstood >= questions.PATIENCE:
        reason = "misunderstood"
    called = Say(key="handover-called", args={"phone": phone}, buttons=TO_MENU)
    return questions.understood(session, called, do=(CallDispatcher(reason=reason),))


def changed(session: Session, event: HandoverChanged, world: World) -> Turn:
    """Tell who speaks now."""
    if event.claimed:
        args = {"name": event.dispatcher_name or questions.NONE}
        return questions.understood(session, Say(key="handover-claimed", args=dict(args)))
    back = Say(key="handover-back")
    if session.state is State.IDLE:
        return questions.to_menu(replace(session, misunderstood=0), back)
    return questions.ask(session, world, back)
