"""Build the turns that most dialogs end with: an answer with the open question, an answer alone, the menu."""

from __future__ import annotations

from collections.abc import Sequence

from dialogs.buttons.rows import OPERATOR, menu
from dialogs.effects import Effect
from dialogs.frozen import replace
from dialogs.report.prompts import question
from dialogs.session import Session, State
from dialogs.turn import Say, Turn
from dialogs.world import World

PATIENCE = 2  # messages not understood in a row, after which a dispatcher is offered


def ask(session: Session, world: World, *before: Say, do: Sequence[Effect] = ()) -> Turn:
    """Say something and then the question of the state; the resident was understood."""
    session = replace(session, misunderstood=0)
    return Turn(session=session, say=(*before, question(session, world)), do=tuple(do))


def inform(session: Session, *say: Say, do: Sequence[Effect] = ()) -> Turn:
    """Say something without a question; the resident was understood."""
    return Turn(session=replace(session, misunderstood=0), say=say, do=tuple(do))


def show_menu(session: Session, *before: Say, do: Sequence[Effect] = ()) -> Turn:
    """Close the open question and show the menu; a half-filled report stays and can be continued."""
    session = replace(session, state=State.IDLE, misunderstood=0)
    rows = menu(session)
    if not before:
        return Turn(session=session, say=(Say(key="menu", buttons=rows),), do=tuple(do))
    last = replace(before[-1], buttons=(*before[-1].buttons, *rows))
    return Turn(session=session, say=(*before[:-1], last), do=tuple(do))


def not_understood(session: Session, world: World, sorry: str, *, twice: str = "", do: Sequence[Effect] = ()) -> Turn:
    """Say what was not understood, with the buttons of the question; the second time in a row offer a dispatcher.

    sorry: key of the text. twice: key of the text for the second time when it needs no question after it; '': the offer
    and the question again.
    """
    session = replace(session, misunderstood=session.misunderstood + 1)
    again = question(session, world)
    if session.misunderstood < PATIENCE:
        return Turn(session=session, say=(replace(again, key=sorry, args={}),), do=tuple(do))
    again = with_operator(again)
    say = (replace(again, key=twice, args={}),) if twice else (Say(key="handover-offer"), again)
    return Turn(session=session, say=say, do=tuple(do))


def with_operator(say: Say) -> Say:
    """Return a reply with the button that calls a dispatcher, unless it has one."""
    if any(button.value == "operator" for row in say.buttons for button in row):
        return say
    return replace(say, buttons=(*OPERATOR, *say.buttons))
