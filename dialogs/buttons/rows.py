"""Build the buttons that several dialogs share. A label that starts with "=" is literal, any other is a text key."""

from __future__ import annotations

from channels.contract import Button
from dialogs.session import Session

Rows = tuple[tuple[Button, ...], ...]

MOST_VALUE = 48  # of `Button.value`


def button(name: str, value: str = "") -> Button:
    """Return a button with the text ``button-<name>`` as its label; the value is the name unless another is given."""
    return Button(f"button-{name}", value or name)


def literal(label: str, value: str) -> Button:
    return Button(f"={label}", value)


def fits(value: str) -> bool:
    """Say whether a value made from data is allowed in a button."""
    return 0 < len(value) <= MOST_VALUE and value.isascii()


OPERATOR: Rows = ((button("operator"),),)
TO_MENU: Rows = ((button("menu"),),)
AFTER_TICKET: Rows = ((button("status"), button("menu")),)


def menu(session: Session) -> Rows:
    """Return the main menu, with a button that continues a half-filled report."""
    resume: Rows = ((button("resume"),),) if session.draft.started else ()
    return (*resume, (button("report"),), (button("status"), button("faq")), (button("operator"), button("channels")))


def navigation(session: Session) -> Rows:
    """Return the buttons under every question of the report form; in an emergency one of them is the all-clear."""
    if session.draft.ticket_id:
        return ((button("safe"), button("cancel")),)
    if session.draft.path:
        return ((button("back"), button("cancel")),)
    return ((button("cancel"),),)
