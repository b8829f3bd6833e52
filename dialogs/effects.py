"""Effects: what a dialog wants done, carried out by `bot/turns/effects.py`. Frozen data only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tickets.lifecycle.types import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTicket:
    problem: str  # code
    house_id: int
    address_text: str  # as the resident wrote it when the house is unknown
    apartment: str
    phone: str
    name: str
    text: str  # in the resident's words
    files: tuple[str, ...] = ()  # remote ids of photos sent so far
    entrance: str = ""
    floor: str = ""
    emergency: str = ""
    join: bool = False  # an open ticket of the same house and problem, if there is one


@dataclass(frozen=True, slots=True, kw_only=True)
class AddToTicket:
    """A comment or a photo of the resident to a ticket of theirs."""

    ticket_id: int
    text: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateTicket:
    """Fill gaps of a ticket opened early in an emergency (address, phone...); empty: unchanged."""

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
    """The resident is told until when a ticket is to be solved; the law wants to know when."""

    ticket_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeStatus:
    """The resident's word on a ticket: confirms (closed), disagrees (reopened), cancels."""

    ticket_id: int
    status: Status
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDispatcher:
    reason: str  # "asked", "misunderstood", "address_unknown", "emergency", "declined_notice", "voice"
    urgent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveKnown:
    """Remember what the resident told; empty or 0: unchanged."""

    name: str = ""
    phone: str = ""
    house_id: int = 0
    apartment: str = ""
    notified: bool = False
    notice_version: str = ""
    verified: bool = False  # the channel vouches that `phone` is the resident's own


@dataclass(frozen=True, slots=True, kw_only=True)
class AskCode:
    """Make a code by which the resident can link another channel; comes back as `CodeMade`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCode:
    """Check a code that was shown in another channel; comes back as `CodeChecked`."""

    code: str  # digits


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoosePush:
    """Where news of tickets go: one of `World.notification_targets`; 0: where the ticket was opened."""

    conversation_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeDraft:
    """The report of `World.other_draft` goes on here; the other conversation is told."""

    conversation_id: int
    form: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetMe:
    """The resident asked to delete personal data; tickets stay without them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTimer:
    """Replaces a timer of the same kind in this conversation."""

    kind: str
    due: datetime
    token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTimer:
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogUnanswered:
    """A question nobody could answer, for the administrator."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepCorrection:
    """The resident chose another problem than the first guess; the shell takes out what is personal."""

    text: str  # in the resident's words
    guessed: str  # code
    chosen: str  # code
    personal: tuple[str, ...] = ()  # what the dialog knows to be personal in these words


@dataclass(frozen=True, slots=True, kw_only=True)
class RateAnswer:
    """'Это помогло?' of an FAQ answer."""

    entry_id: str
    helped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SetReachable:
    reachable: bool
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantAnnouncements:
    """Whether the resident wants announcements; urgent ones come all the same."""

    wanted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CountThrottled:
    """A message of a flood was not answered; the dispatcher sees that there are such."""


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
