"""Handle letters of a few words that mean a button."""

from __future__ import annotations

from channels.contract import Letter, Text
from dialogs import commands, replies
from dialogs.buttons.values import value_of
from dialogs.frozen import replace
from dialogs.letters.frame import YES_OR_NO
from dialogs.session import Session, State
from dialogs.topics import my_tickets, survey
from dialogs.turn import Say, Turn
from dialogs.world import World
from tickets.lifecycle.types import Status, TicketView

MOST_CARDS = 5
COMMANDS = frozenset(
    {"subscribe", "unsubscribe", "operator", "policy", "forget", "drop", "cancel", "safe", "link:code"}
)
HELP = frozenset({"menu", "hello", "report", "faq", "resume", "continue", "back"})  # a letter of help answers them


def handle_command(session: Session, letter: Letter, ticket: TicketView | None, world: World) -> Turn | None:
    """Answer words that mean a button; None: the letter has a message of its own.

    ticket: the one that the letter is about.
    """
    text = letter.text.strip()
    if session.state is State.REASON:
        return survey.handle_reason(session, Text(text), world) if text else None
    if ticket and ticket.status is Status.DONE:
        session = replace(session, state=State.SURVEY, ticket_id=ticket.id)
    value = value_of(replace(session, offered=()), Text(text)) if text else ""
    if value == "cancel" and not session.draft.started:  # the link under an announcement sends "Стоп"
        value = "unsubscribe"
    if value.partition(":")[0] in ("ok", "again") or value in COMMANDS or value in YES_OR_NO:
        return commands.handle_command(session, value, world)
    if value == "status":
        return _show_cards(session, world)
    if value == "thanks":
        return Turn(session=session)  # thanks need no answer
    if value in HELP and not letter.files:
        return replies.inform(session, Say(key="letter-help"))
    return None


def _show_cards(session: Session, world: World) -> Turn:
    tickets = world.tickets[:MOST_CARDS]
    cards = [say for ticket in tickets for say in my_tickets.show_card(session, ticket, world).say]
    return replies.inform(replace(session, state=State.IDLE), *(cards or [Say(key="status-nothing")]))
