"""Events: what a resident did (`channels.contract`), and what the program tells the dialog. Frozen data only."""

from __future__ import annotations

from dataclasses import dataclass

from channels.contract import (
    Contact,
    Form,
    Letter,
    Location,
    Photo,
    Press,
    Reachability,
    Start,
    Text,
    Unsupported,
    Voice,
)
from tickets.lifecycle.types import TicketView


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketOpened:
    """The outcome of `OpenTicket`, handed back within the same turn."""

    ticket: TicketView
    known: bool = False  # it was open before: the resident joined it


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketChanged:
    """A dispatcher or executor changed a ticket of this resident (one per event row of the ticket)."""

    ticket: TicketView
    # "opened" (by a dispatcher who took a call), "status", "visit" (a visit was planned or moved), "comment" (a public
    # comment), "term" (planned term)
    kind: str
    comment: str = ""
    actor_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFired:
    """A timer that this conversation set, or that the shell set for a ticket.

    kind: ``draft_reminder``, ``draft_close``, ``ticket_term`` (tell the planned term), ``ticket_visit`` (remind before
    a visit), ``ticket_survey`` (ask whether the problem is solved).
    """

    kind: str
    ticket: TicketView | None = None
    token: str = ""  # what `SetTimer.token` held; a stale token is ignored


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverChanged:
    """A dispatcher took the conversation or gave it back."""

    claimed: bool
    dispatcher_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRefused:
    """A file the resident sent cannot be kept; reason: ``not_allowed`` (its kind), ``too_big``, ``lost``."""

    file: str  # stored name
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """What a transcriber heard in a voice message; an empty text: it could not tell."""

    file: str  # stored name
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeMade:
    """The outcome of `AskCode`, handed back within the same turn."""

    code: str  # digits


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeChecked:
    """The outcome of `UseCode`, handed back within the same turn.

    outcome: ``accepted`` (`Merged` follows), ``wrong``, ``expired`` (or used), ``own``, ``many`` (wrong ones lately).
    """

    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What became of a proof that this resident is also another one.

    outcome: ``merged``; ``same`` (they were one already); ``refused``; ``linked``: somebody proved in `channel` to be
    this resident.
    """

    outcome: str
    channel: str = ""  # name of the other channel


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftMoved:
    """The report `form` of this conversation goes on in another one."""

    form: int
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """The resident asked in another conversation to be forgotten."""


Event = (
    Start
    | Text
    | Press
    | Photo
    | Voice
    | Letter
    | Form
    | Contact
    | Location
    | Unsupported
    | Reachability
    | TicketOpened
    | TicketChanged
    | TimerFired
    | HandoverChanged
    | FileRefused
    | Recognised
    | CodeMade
    | CodeChecked
    | Merged
    | DraftMoved
    | Forgotten
)
