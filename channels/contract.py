"""The contract between the core and the channel adapters: messages in, messages out, capabilities, errors.

An adapter acknowledges an event to its channel only after `Accept` returned, because only then is the message stored.
An adapter that acknowledges earlier silently loses messages when the process dies.

Errors: `errors.DomovoyError` > ``PayloadError``, ``Overloaded``, ``SendError``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from errors import DomovoyError

if TYPE_CHECKING:
    from aiohttp.web import RouteDef  # a type only: the contract needs no library


class PayloadError(DomovoyError):
    """The input cannot be from this service: a required field is absent or of another type."""


class Overloaded(DomovoyError):
    """The store cannot take the message now. The channel must repeat it later."""


class SendError(DomovoyError):
    """A message was not sent, or the outcome is unknown.

    code: ours and stable: ``throttled``, ``blocked_by_resident``, ``not_found``, ``rejected``, ``unauthorized``,
        ``network``, ``unknown`` (the request was written but no answer came: it may have been delivered), ``internal``.
    retryable: whether the same message may succeed later.
    retry_after: the pause requested by the channel, which wins over ours.
    whole_channel: the pause applies to every conversation of the channel, not only to this one.
    """

    def __init__(
        self,
        code: str,
        *,
        retryable: bool,
        retry_after: timedelta | None = None,
        whole_channel: bool = False,
        detail: str = "",
    ) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.retryable = retryable
        self.retry_after = retry_after
        self.whole_channel = whole_channel


# --- messages of residents -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRef:
    """A file of a channel. `remote_id` is enough for the channel's own `Fetch` to get the bytes.

    A file that arrives with the message (web chat, mail) is stored first. Its `remote_id` is then its stored name.
    """

    remote_id: str
    name: str = ""
    mime: str = ""
    size: int = 0  # bytes; 0: unknown


@dataclass(frozen=True, slots=True)
class Start:
    """The resident opened the bot. payload: from the deep link, or empty."""

    payload: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed button. value: its `Button.value`.

    message: the channel's id of the message with the button, if the channel gives it. That message can be edited.
    """

    value: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Photo:
    """One photo or document."""

    file: FileRef
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice message, stored for the dispatcher. Its content is never guessed."""

    file: FileRef
    seconds: int = 0  # 0: unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """The new part of a person's e-mail. One complete reply answers it."""

    text: str  # without quotes and signature
    subject: str = ""
    full: str = ""  # the whole text when `text` is only a part of it
    said: str = ""  # the words of people, when `text` also has heads and signatures of forwarded mails
    signature: str = ""  # the sender's own, not in `text`
    files: tuple[FileRef, ...] = ()  # stored ones
    ticket: str = ""  # number of the answered ticket, if the mail names one


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A report from the form of the site. Empty fields were left out."""

    address: str
    text: str
    apartment: str = ""
    name: str = ""
    phone: str = ""
    files: tuple[FileRef, ...] = ()  # stored ones


@dataclass(frozen=True, slots=True)
class Contact:
    """A shared phone number. verified: the channel proves that it is the sender's own."""

    phone: str
    name: str = ""
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Location:
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Unreadable content. kind: ``sticker``, ``voice``, ``video``, ``too_big``, ``empty`` and the like."""

    kind: str


@dataclass(frozen=True, slots=True)
class Reachability:
    """The resident blocked or unblocked the bot, or their address is dead. It needs no answer."""

    reachable: bool
    reason: str = ""  # the cause: "blocked", "bounced", or the channel's own code


Content = Start | Text | Press | Photo | Voice | Letter | Form | Contact | Location | Unsupported | Reachability


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One event of a resident, in the same shape for every channel."""

    channel: str  # name of the adapter: "web", "telegram"
    conversation: str  # the channel's own address of the conversation; with `channel` it is unique
    external_id: str  # the channel's id of the event; with `channel` it identifies a repeat
    order_key: int = 0  # sorts the events of one conversation; 0: order of arrival
    sent_at: datetime  # aware, UTC; the channel's clock, not ours
    content: Content
    sender_name: str = ""
    thread: str = ""  # needed for the answer (a mail's ids and subject); returned in `Outgoing.thread`

    def __post_init__(self) -> None:
        if self.sent_at.tzinfo is None:
            raise ValueError("sent_at must be aware")


Accept = Callable[[Sequence[Incoming]], Awaitable[int]]
"""Store the messages durably; return the number of new ones. Raises `Overloaded` when nothing was stored."""


# --- our messages ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Button:
    """value: 1..48 ASCII characters, which fit every channel. A resident may type `label` instead of pressing."""

    label: str
    value: str


ButtonRows = tuple[tuple[Button, ...], ...]


class SendPriority(IntEnum):
    """outbox.priority: lower values are sent sooner. From PUSH on, no resident is waiting for the message."""

    URGENT = 0  # emergency instructions; messages of dispatchers
    REPLY = 1
    PUSH = 3  # news of a ticket
    ANNOUNCEMENT = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message to one conversation."""

    key: str  # the same for each retry; the idempotency key of channels that have one
    conversation: str  # the channel's own address
    text: str
    buttons: ButtonRows = ()
    ask: str = ""  # "contact" or "location": offer the channel's own request, if it has one
    file: FileRef | None = None  # a stored file (`remote_id` is its stored name)
    silent: bool = False  # no sound, for pushes at night
    attempt: int = 1  # counts sends of this key; above 1 a duplicate is possible
    answers: str = ""  # external_id of the event that this message answers, if any
    thread: str = ""  # `Incoming.thread` of the resident's last message that had one
    ticket: str = ""  # number of the ticket it is about, if any
    priority: int = SendPriority.REPLY
    human: bool = False  # a dispatcher wrote it
    edits: str = ""  # the channel's id of our message to replace; a new one is sent if it cannot be edited


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """The abilities and limits of a channel. The core replaces missing ones (buttons by a numbered list)."""

    text_length: int  # characters (UTF-16 units) of one message; longer texts are split
    buttons: int  # of one message; 0: none, choices are sent as a numbered list
    per_second: float  # messages of the whole channel
    per_conversation_second: float  # messages of one conversation
    in_flight: int = 30  # sends under way at once
    idempotent: bool = False  # a repeated `Outgoing.key` is dropped by the channel
    upload_bytes: int = 10_000_000
    contact_request: bool = False
    location_request: bool = False
    letters: bool = False  # one message answers one message (mail): a turn is sent as a whole
    edits: bool = False  # a sent message can be replaced: `Outgoing.edits`
    one_way: bool = False  # nothing comes back (SMS): choices are left out instead of being numbered
    bulk: int = 1  # messages that one `Bulk.send_many` may take; 1: the channel has no such call


@runtime_checkable
class Channel(Protocol):
    """One network. A channel reads and writes it, knows no dialog and no ticket, and stores nothing."""

    name: str
    capabilities: Capabilities

    async def receive(self, accept: Accept) -> None:
        """Run until cancelled. Acknowledge to the channel only after `accept` returned."""

    async def send(self, message: Outgoing) -> str:
        """Send one message; return its id in the channel. Raises only `SendError`."""
        ...

    async def close(self) -> None:
        """Release the sockets. Called once, after `receive` was cancelled."""


@runtime_checkable
class Fetch(Protocol):
    """A channel whose files are fetched after the message is stored."""

    async def fetch(self, file: FileRef, limit_bytes: int) -> bytes:
        """Return the bytes of a resident's file. Raises `SendError`."""
        ...


@runtime_checkable
class Webhook(Protocol):
    """A channel whose service calls our web server."""

    webhook_path: str  # "" when the channel polls

    async def handle(self, headers: dict[str, str], body: bytes) -> tuple[int, str]:
        """Store the events of a call; return HTTP status and body.

        Header names are lower case. Never raises for bad input.
        """
        ...


@runtime_checkable
class Routes(Protocol):
    """A channel that serves its own pages on our web server."""

    def routes(self) -> Sequence[RouteDef]:
        """Return the routes. The web server mounts the paths unchanged. Called once, before the start."""
        ...


@runtime_checkable
class Bulk(Protocol):
    """A channel that can send to many conversations in one request, as announcements need."""

    async def send_many(self, messages: Sequence[Outgoing]) -> Sequence[str | SendError]:
        """Send up to `Capabilities.bulk` messages; return the id in the channel or the error of each, in order.

        The call counts as one request of the channel's rate limit. Never raises; if the whole request fails, every
        message gets that error.
        """
        ...


@dataclass(frozen=True, slots=True)
class Command:
    """An entry of the channel's menu. name: ASCII, without a slash. description: shown to residents."""

    name: str
    description: str


@runtime_checkable
class Menu(Protocol):
    """A channel whose list of commands is set at start."""

    async def set_menu(self, commands: Sequence[Command]) -> None:
        """Replace the channel's list of commands. Raises `SendError`."""
        ...


@runtime_checkable
class Linked(Protocol):
    """A channel that a link can open with a payload, which arrives in `Start.payload`."""

    async def link(self, payload: str) -> str:
        """Return the https address that opens the bot with `payload` (1..64 of ``A-Za-z0-9_-``).

        Raises `SendError` if the bot's name is unknown and the channel does not give it.
        """
        ...


class Cursor(Protocol):
    """The position of a polled channel, stored across restarts. Save it only after `Accept` stored the events."""

    async def load(self) -> str:
        """Return the last saved value; empty: none yet."""
        ...

    async def save(self, value: str) -> None: ...


@runtime_checkable
class Diagnose(Protocol):
    """A channel that can check its own credentials."""

    async def diagnose(self) -> Sequence[str]:
        """Return one plain sentence per problem, with its remedy; empty: no problem."""
        ...


# --- for adapters that show a whole conversation (web chat) ----------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One stored message of a conversation."""

    id: int  # grows within a conversation; the web chat's Last-Event-ID
    author: str  # "resident", "bot", "dispatcher"
    author_name: str = ""
    text: str
    buttons: tuple[tuple[Button, ...], ...] = ()
    file: FileRef | None = None
    at: datetime


class Transcript(Protocol):
    """Read access to the stored conversations of one channel."""

    async def lines_after(self, conversation: str, after_id: int, limit: int = 200) -> list[Line]:
        """Return lines with an id above `after_id`, oldest first."""
        ...

    async def wait(self, conversation: str, after_id: int, timeout: float) -> None:
        """Return as soon as a line above `after_id` may exist, but no later than after `timeout` seconds."""
        ...


class Files(Protocol):
    """The store of attachments. Stored names are ours, opaque and unguessable."""

    async def put(self, data: bytes, name: str, mime: str) -> FileRef:
        """Store durably. Raises `PayloadError` when the data does not match `mime` or its type is not allowed."""
        ...

    async def get(self, stored_name: str) -> tuple[bytes, str, str]:
        """Return bytes, MIME type, file name. Raises `KeyError`."""
        ...
