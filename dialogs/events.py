"""Events: the actions of a resident (`channels.contract`), and the messages of the program itself. Frozen data only.

The strings of a kind, reason or outcome are stored in the inbox and in timers; their `Literal` types let the type
checker refuse a misspelt one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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

ChangeKind = Literal[
    "opened",  # by a dispatcher who took a phone call
    "status",
    "visit",  # a visit was planned or moved
    "comment",  # a public one
    "term",  # the planned term
]
TimerKind = Literal[
    "draft_reminder",  # remind of a half-filled report
    "draft_close",  # close a half-filled report
    "ticket_term",  # tell the planned term
    "ticket_visit",  # remind before a visit
    "ticket_survey",  # ask whether the problem is solved
]
RefusalReason = Literal["not_allowed", "too_big", "lost"]  # not_allowed: files of this kind are not accepted


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketOpened:
    """The outcome of `OpenTicket`, handed back within the same turn."""

    ticket: TicketView
    known: bool = False  # the ticket was open before: the resident joined it


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketChanged:
    """A dispatcher or executor changed a ticket of this resident. One event per event row of the ticket."""

    ticket: TicketView  # after the change
    kind: ChangeKind
    comment: str = ""
    actor_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFired:
    """A timer that this conversation set, or that the shell set for a ticket."""

    kind: TimerKind
    ticket: TicketView | None = None  # of a ticket's timer
    token: str = ""  # the `SetTimer.token`; an outdated token is ignored


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverChanged:
    """A dispatcher took the conversation or gave it back."""

    claimed: bool
    dispatcher_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRefused:
    """A file that the resident sent cannot be kept."""

    file: str  # stored name
    reason: RefusalReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """The text that a transcriber heard in a voice message."""

    file: str  # stored name
    text: str  # '': nothing was understood


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeMade:
    """The outcome of `AskCode`, handed back within the same turn."""

    code: str  # digits


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeChecked:
    """The outcome of `UseCode`, handed back within the same turn."""

    # "accepted" (`Merged` follows), "wrong", "expired" (or used), "own", "many" (too many wrong codes lately)
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The outcome of a proof that this resident and another one are the same person."""

    # "merged", "same" (they were one resident already), "refused", "linked" (somebody proved in `channel` to be this
    # resident)
    outcome: str
    channel: str = ""  # name of the other channel


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftMoved:
    """The report of this conversation is continued in another one."""

    form: int  # `Session.form` of the report
    channel: str  # name of the other channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """The resident asked in another conversation to delete personal data."""


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
