"""Call a dispatcher, and tell the resident when one takes the conversation or gives it back."""

from __future__ import annotations

from dialogs import lookups, replies
from dialogs.buttons.rows import TO_MENU
from dialogs.effects import CallDispatcher, HandoverReason
from dialogs.events import HandoverChanged
from dialogs.frozen import replace
from dialogs.session import Session, State
from dialogs.turn import NONE, Args, Say, Turn
from dialogs.world import World


def call_dispatcher(session: Session, world: World, *, reason: HandoverReason = "asked") -> Turn:
    """Call a dispatcher, unless one was called already. An open question stays open."""
    if world.waiting:
        return replies.inform(session, Say(key="handover-waiting", buttons=TO_MENU))
    phone = lookups.emergency_phone(world)
    if session.misunderstood >= replies.PATIENCE:
        reason = "misunderstood"
    say = Say(key="handover-called", args={"phone": phone}, buttons=TO_MENU)
    return replies.inform(session, say, do=(CallDispatcher(reason=reason),))


def handle_change(session: Session, event: HandoverChanged, world: World) -> Turn:
    """Say who answers from now on: a dispatcher, or the bot again."""
    if event.claimed:
        args: Args = {"name": event.dispatcher_name or NONE}
        return replies.inform(session, Say(key="handover-claimed", args=args))
    back = Say(key="handover-back")
    if session.state is State.IDLE:
        return replies.show_menu(replace(session, misunderstood=0), back)
    return replies.ask(session, world, back)
