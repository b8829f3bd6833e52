"""World: the data that one turn may use besides session and event, already in memory. Frozen data only."""

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

    def get(self, house_id: int) -> House | None:
        """Return a served house; None: it is unknown or no longer served."""
        ...


class Classifier(Protocol):
    def classify(self, text: str) -> Classification | None:
        """Return the problem that a text names, or None."""
        ...

    def emergency(self, text: str, *, answer: bool = False) -> str:
        """Return the key of the safety text (gas, co, fire, lift, electric, flood, falling, police, health) or ''.

        answer: the text answers a question about the place or the phone.
        """
        ...

    def problem(self, code: str) -> Classification | None:
        """Return the problem with this code; None: there is none."""
        ...


class Faq(Protocol):
    def match(self, text: str) -> FaqMatch:
        """Find the entry that answers a text, or the entries that may be meant."""
        ...

    def get(self, entry_id: str) -> FaqEntry | None:
        """Return the entry with this id; None: there is none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """Facts of the managing company for the texts; from `config.yaml`."""

    name: str = "УК"
    phone: str = ""
    emergency_phone: str = ""  # of the emergency dispatch service (АДС)
    office_hours: str = ""
    policy_url: str = ""  # of the personal-data policy
    area_code: str = ""  # of the town, for city phones; '': they are not recognised


@dataclass(frozen=True, kw_only=True)  # no slots: see `dialogs.frozen`
class Known:
    """The data of the resident that were known before this event."""

    name: str = ""
    phone: str = ""  # E.164
    house_id: int = 0  # 0: unknown
    apartment: str = ""
    notified: bool = False  # the personal-data notice was shown and continued


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationTarget:
    """A conversation of this resident that news of tickets can be sent to."""

    conversation_id: int
    channel: str
    here: bool = False  # the conversation of this turn


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherDraft:
    """A half-filled report in another conversation of this resident."""

    conversation_id: int
    channel: str
    draft: Draft
    form: int  # `Session.form` there


@dataclass(frozen=True, kw_only=True)  # no slots: see `dialogs.frozen`
class World:
    """The data of one turn."""

    now: datetime  # aware, in the house's time zone
    company: Company
    addresses: Addresses
    classifier: Classifier
    faq: Faq
    known: Known = Known()
    # Of this resident, newest first: open ones, and those closed in the last 30 days.
    tickets: tuple[TicketView, ...] = ()
    claimed_by: str = ""  # name of the dispatcher who has the conversation; empty: the bot answers
    waiting: bool = False  # a dispatcher was called and has not claimed the conversation yet
    letters: bool = False  # the channel carries letters: each gets one complete reply
    one_way: bool = False  # the channel brings no answers back: nothing is asked
    contact_request: bool = False  # the channel has a button that sends the resident's phone
    location_request: bool = False  # the channel has a button that sends the resident's location
    listens: bool = False  # voice messages are transcribed; the text comes as `Recognised`
    sender_name: str = ""  # the resident's name in the channel
    storm: bool = False  # messages come faster than they are answered: replies are short
    arrived: int = 0  # epoch seconds: the time when the event was received
    most_messages: int = 0  # of one resident within `window_seconds`; 0: no limit
    window_seconds: int = 60
    # One conversation of each channel; empty for a resident with a single conversation.
    notification_targets: tuple[NotificationTarget, ...] = ()
    push: int = 0  # `NotificationTarget.conversation_id` that news of tickets go to; 0: where the ticket was opened
    other_draft: OtherDraft | None = None
    outages: tuple[Outage, ...] = ()  # of this resident's houses: under way or soon, earliest first
