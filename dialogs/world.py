"""The world of one turn: what the dialog may ask, answered from data already in memory. Frozen data only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dialogs.session import Draft
from faq.types import FaqEntry, FaqMatch
from houses.types import AddressFound, House
from tickets.lifecycle.types import Classification, Outage, TicketView


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
class NotificationTarget:
    """A conversation in which this resident can be written to."""

    conversation_id: int
    channel: str
    here: bool = False  # the one that speaks now


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherDraft:
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
    # One conversation of each channel; empty for a resident with a single conversation.
    notification_targets: tuple[NotificationTarget, ...] = ()
    push: int = 0  # `NotificationTarget.conversation_id` that news of tickets go to; 0: where the ticket was opened
    other_draft: OtherDraft | None = None
    outages: tuple[Outage, ...] = ()  # of this resident's houses: under way or soon, the earliest first
