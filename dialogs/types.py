"""Facts that flow in and out of the dialog engine. Frozen data only; no clock, network or database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from channels.contract import (
    Button,
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
from dialogs.session import Draft
from faq.types import FaqEntry, FaqMatch
from houses.types import AddressFound, House
from tickets.lifecycle.types import Classification, Outage, Status, TicketView

# --- events: what a resident did (contract) and what the house tells the dialog ------------------------------------


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

# --- the world: what the dialog may ask, answered from data already in memory --------------------------------------


class Addresses(Protocol):
    def find(self, text: str) -> AddressFound:
        """Recognise a served house in free text."""
        ...

    def get(self, house_id: int) -> House | None: ...


class Classifier(Protocol):
    def classify(self, text: str) -> Classification | None:
        """None: the text names no problem."""
        ...

    def emergency(self, text: str, *, answer: bool = False) -> str:
        """Key of the safety text (gas, co, fire, lift, electric, flood, falling, police, health) or ''.

        answer: the text answers a question about the place or the phone.
        """
        ...

    def problem(self, code: str) -> Classification | None: ...


class Faq(Protocol):
    def match(self, text: str) -> FaqMatch: ...

    def get(self, entry_id: str) -> FaqEntry | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """What the texts say about the managing company; from `config.yaml`."""

    name: str = "УК"
    phone: str = ""
    emergency_phone: str = ""  # АДС
    office_hours: str = ""
    policy_url: str = ""
    area_code: str = ""


@dataclass(frozen=True, kw_only=True)  # no slots: see `dialogs.frozen`
class Known:
    """What is known of the resident before this event."""

    name: str = ""
    phone: str = ""  # E.164
    house_id: int = 0  # 0: unknown
    apartment: str = ""
    notified: bool = False  # the personal-data notice was shown and continued


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A conversation in which this resident can be written to."""

    conversation_id: int
    channel: str
    here: bool = False  # the one that speaks now


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A half-filled report in another conversation of this resident."""

    conversation_id: int
    channel: str
    draft: Draft
    form: int  # `Session.form` there


@dataclass(frozen=True, kw_only=True)  # no slots: see `dialogs.frozen`
class World:
    now: datetime  # aware, in the house's time zone
    company: Company
    addresses: Addresses
    classifier: Classifier
    faq: Faq
    known: Known = Known()
    tickets: tuple[
        TicketView, ...
    ] = ()  # of this resident: open ones, and closed ones of the last 30 days; newest first
    claimed_by: str = ""  # name of the dispatcher who has the conversation; empty: the bot speaks
    waiting: bool = False  # a dispatcher was called and nobody has claimed yet
    letters: bool = False  # the channel carries letters: one good reply to each
    one_way: bool = False  # the channel brings no answer back: nothing is asked
    contact_request: bool = False  # the channel has its own phone request
    location_request: bool = False
    listens: bool = False  # voice messages are written down; what was heard comes as `Recognised`
    sender_name: str = ""  # as the channel tells it
    storm: bool = False  # more is written than answered: be short
    arrived: int = 0  # epoch seconds: when the event came to us
    most_messages: int = 0  # of one resident within `window_seconds`; 0: any number
    window_seconds: int = 60
    places: tuple[Place, ...] = ()  # of a resident with several conversations: one of each channel
    push: int = 0  # `Place.conversation_id` that news of tickets go to; 0: where the ticket was opened
    elsewhere: Elsewhere | None = None
    outages: tuple[Outage, ...] = ()  # of this resident's houses: under way or soon, the earliest first


# --- what the dialog wants -----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)  # no slots: see `dialogs.frozen`
class Say:
    """One reply: a key of texts/*.ftl with its arguments, never a sentence.

    buttons: rows of (label key, value) or ready `Button`s (a house's address is data, not text).
    """

    key: str
    args: dict[str, str | int | datetime] = field(default_factory=dict)
    buttons: tuple[tuple[Button, ...], ...] = ()  # a label starting with "=" is literal, otherwise a text key
    ask: str = ""  # "contact", "location"
    priority: int = 1  # of the outbox: 0 emergency text, 1 reply, 3 status push, 9 announcement
    silent: bool = False
    edit: bool = False  # replaces the message whose button was pressed, where the channel can: no sound for it


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
    """Where news of tickets go: one of `World.places`; 0: where the ticket was opened."""

    conversation_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeDraft:
    """The report of `World.elsewhere` goes on here; the other conversation is told."""

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
class SetAside:
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
    | SetAside
    | AskCode
    | UseCode
    | ChoosePush
    | TakeDraft
)


class State(Protocol):
    """Any state of `dialogs/states.py`."""


@dataclass(frozen=True, kw_only=True)  # no slots: see `dialogs.frozen`
class Turn:
    """What one step decided. `session` goes back into the next step; `dialogs.session` turns it into JSON and back."""

    session: object  # dialogs.session.Session
    say: Sequence[Say] = ()
    do: Sequence[Effect] = ()
