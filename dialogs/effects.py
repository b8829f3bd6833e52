"""Effects: the orders of a dialog, carried out by `bot/turns/effects/carry_out.py`. Frozen data only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from dialogs.events import TimerKind
from tickets.lifecycle.types import Status

# Stored with the conversation; the console names each (`operators/console/labels.py`).
HandoverReason = Literal["asked", "misunderstood", "address_unknown", "emergency", "declined_notice", "voice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTicket:
    """Open a ticket; its number comes back as `TicketOpened`."""

    problem: str  # code
    house_id: int  # 0: the house is unknown
    address_text: str  # in the resident's words when the house is unknown
    apartment: str
    phone: str  # E.164
    name: str
    text: str  # in the resident's words
    files: tuple[str, ...] = ()  # stored names of photos and voice messages
    entrance: str = ""
    floor: str = ""
    emergency: str = ""  # key of the safety text that was shown
    join: bool = False  # join an open ticket of the same house and problem, if there is one


@dataclass(frozen=True, slots=True, kw_only=True)
class AddToTicket:
    """Add a comment or a file of the resident to one of their tickets."""

    ticket_id: int
    text: str = ""
    file: str = ""  # stored name


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateTicket:
    """Fill in details of a ticket that was opened early in an emergency; empty or 0: unchanged."""

    ticket_id: int
    house_id: int = 0
    address_text: str = ""
    apartment: str = ""
    phone: str = ""
    name: str = ""
    entrance: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TermTold:
    """Record when the resident learned the term of a ticket; the law requires this."""

    ticket_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeStatus:
    """Change a ticket as the resident decided: confirmed (closed), disagreed (reopened) or cancelled."""

    ticket_id: int
    status: Status
    reason: str = ""  # in the resident's words


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDispatcher:
    """Put the conversation into the dispatchers' queue."""

    reason: HandoverReason
    urgent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveKnown:
    """Remember data of the resident; empty, 0 or False: unchanged."""

    name: str = ""
    phone: str = ""  # E.164
    house_id: int = 0
    apartment: str = ""
    notified: bool = False  # the notice on personal data was continued ...
    notice_version: str = ""  # ... in this version
    verified: bool = False  # the channel vouches that `phone` is the resident's own


@dataclass(frozen=True, slots=True, kw_only=True)
class AskCode:
    """Make a code with which the resident can link another channel; it comes back as `CodeMade`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCode:
    """Check a code that was shown in another channel; the result comes back as `CodeChecked`."""

    code: str  # digits


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoosePush:
    """Send news of tickets to one of `World.notification_targets`."""

    conversation_id: int  # 0: to the conversation in which the ticket was opened


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeDraft:
    """Continue the report of `World.other_draft` here; the other conversation gets `DraftMoved`."""

    conversation_id: int  # of the other conversation
    form: int  # `Session.form` there


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetMe:
    """Delete the resident's personal data; tickets stay without them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTimer:
    """Set a timer of this conversation; it replaces one of the same kind."""

    kind: TimerKind
    due: datetime  # aware
    token: str = ""  # comes back as `TimerFired.token`


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTimer:
    """Cancel the timer of this kind, if there is one."""

    kind: TimerKind


@dataclass(frozen=True, slots=True, kw_only=True)
class LogUnanswered:
    """Record a question that has no answer, for the administrator."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepCorrection:
    """Record that the resident chose another problem than the first guess; the shell removes personal data."""

    text: str  # in the resident's words
    guessed: str  # code
    chosen: str  # code
    personal: tuple[str, ...] = ()  # words of the text that the dialog knows to be personal


@dataclass(frozen=True, slots=True, kw_only=True)
class RateAnswer:
    """Record the resident's answer to 'Это помогло?' under an FAQ entry."""

    entry_id: str
    helped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SetReachable:
    """Record whether the conversation can be written to."""

    reachable: bool
    reason: str = ""  # of the channel


@dataclass(frozen=True, slots=True, kw_only=True)
class WantAnnouncements:
    """Record whether the resident wants announcements; urgent ones are sent anyway."""

    wanted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CountThrottled:
    """Count a message that was not answered because there were too many; the dispatcher sees the count."""


Effect = (
    OpenTicket
    | AddToTicket
    | UpdateTicket
    | TermTold
    | ChangeStatus
    | CallDispatcher
    | SaveKnown
    | ForgetMe
    | SetTimer
    | CancelTimer
    | LogUnanswered
    | KeepCorrection
    | RateAnswer
    | SetReachable
    | WantAnnouncements
    | CountThrottled
    | AskCode
    | UseCode
    | ChoosePush
    | TakeDraft
)
