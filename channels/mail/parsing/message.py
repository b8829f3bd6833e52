"""Parse the bytes of a mail into `Mail`. Pure and total: any bytes give a result."""

from __future__ import annotations

import email
import hashlib
from dataclasses import dataclass
from email.message import Message

from channels.mail.parsing import forwards, headers, quotes, threading_headers
from channels.mail.parsing.bodies import Attachment, Body, body_of
from channels.mail.parsing.charsets import decoded
from channels.mail.parsing.html_text import without_marks
from channels.mail.parsing.quotes import Reply
from channels.mail.parsing.sender_kind import BOUNCE, LETTER, Kind, kind_of
from channels.mail.parsing.threading_headers import Thread

RECIPIENTS = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Forwarded-To")
LONGEST_TEXT = 100_000  # characters of one text that the inbox stores
LONGEST_SIGNATURE = 1000
LONGEST_ID = 200
RAW_BYTES = 20_000  # of an unreadable mail that are stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One parsed mail. `problem`: the type of the error that stopped the parser; empty: none."""

    external_id: str
    kind: Kind
    sender: str = ""  # lower case; empty: nobody can be answered
    sender_name: str = ""
    subject: str = ""
    text: str = ""  # the new part
    full: str = ""  # the whole text when `text` is a part of it
    people_text: str = ""  # the words of people in a forward, when `text` contains more
    signature: str = ""  # the sender's own, removed from `text`
    empty: bool = False  # nothing but a quote
    files: tuple[Attachment, ...] = ()
    left_out: int = 0
    encrypted: bool = False
    ticket: str = ""
    proven: bool = False  # an id or address from our own mail shows that this answers `ticket`
    answers: bool = False  # it answers some mail, which was probably ours
    thread: str = ""
    problem: str = ""

    @property
    def named_kind(self) -> str:
        """``report``, ``reply``, ``auto`` or ``bounce``."""
        if self.kind.kind != LETTER:
            return self.kind.kind
        return "reply" if self.ticket or self.answers else "report"


def read(raw: bytes, own: str, secret: bytes, *, headers_only: bool = False) -> Mail:
    """Read a mail.

    Args:
        raw: the bytes on the server. own: our address. secret: `MailConfig.key`.
        headers_only: `raw` ends after the head.
    """
    try:
        message = email.message_from_bytes(raw, policy=headers.AS_IT_CAME)
        return _read(raw, message, own, secret, headers_only)
    except Exception as error:  # noqa: BLE001  # an unreadable mail must not block the others; it is stored as it came
        return _unread(raw, own, secret, error)


def _read(raw: bytes, message: Message, own: str, secret: bytes, headers_only: bool) -> Mail:
    body = Body() if headers_only else body_of(message)
    subject = headers.text_of(message, "Subject")
    kind = kind_of(message, body.text, own, secret)
    name, sender = headers.sender_of(message)
    reply = quotes.new_part(body.text, subject)
    whole = without_marks(body.text).strip()
    people_text = forwards.people_text_of(reply.text, subject, own)
    ticket, proven = _ticket(message, subject, secret)
    return Mail(
        external_id=external_id_of(raw, message),
        kind=kind,
        sender=sender,
        sender_name=name[:200],
        subject=subject[:500],
        text=reply.text[:LONGEST_TEXT],
        full=whole[:LONGEST_TEXT] if whole != reply.text else "",
        people_text=people_text[:LONGEST_TEXT] if people_text != reply.text else "",
        signature=reply.signature[:LONGEST_SIGNATURE],
        empty=reply.empty,
        files=tuple(body.files),
        left_out=body.left_out,
        encrypted=body.encrypted,
        ticket=ticket,
        proven=proven,
        answers=_answers(message, subject, reply),
        thread=_thread(message, subject) if kind.kind != BOUNCE else "",
    )


def _ticket(message: Message, subject: str, secret: bytes) -> tuple[str, bool]:
    """Return the answered ticket and whether that is proven. Sources: ids, then addresses, then the subject."""
    quoted = "\n".join([*headers.ids_of(message, "In-Reply-To"), *reversed(headers.ids_of(message, "References"))])
    for ours in threading_headers.our_ids(secret, quoted):
        if ours.ticket:
            return ours.ticket, True
    if number := threading_headers.ticket_of_plus(secret, headers.addresses_of(message, *RECIPIENTS)):
        return number, True
    return threading_headers.ticket_of_tag(subject), False


def _answers(message: Message, subject: str, reply: Reply) -> bool:
    """Whether a mail is an answer: it has reply headers, or a reply subject and a quote. A forward is not."""
    if quotes.FORWARD_SUBJECT.match(subject):
        return False
    named = headers.ids_of(message, "In-Reply-To") or headers.ids_of(message, "References")
    return bool(named) or (reply.had_quote and bool(threading_headers.PREFIXES.match(subject)))


def _thread(message: Message, subject: str) -> str:
    own_id = next(iter(headers.ids_of(message, "Message-ID")), "")
    references = headers.ids_of(message, "References") or headers.ids_of(message, "In-Reply-To")[:1]
    return threading_headers.packed(
        Thread(own_id, tuple(reference for reference in references if reference != own_id), subject)
    )


def external_id_of(raw: bytes, message: Message) -> str:
    """Return the Message-ID without brackets, or a hash of the bytes when there is no valid id.

    The id includes a hash of the sender. So nobody can suppress the mail of another sender by using its Message-ID.
    """
    ids = headers.ids_of(message, "Message-ID")
    if len(ids) != 1 or ids[0] != headers.raw_of(message, "Message-ID"):
        return f"sha256:{hashlib.sha256(raw).hexdigest()}"
    sender = hashlib.sha256(headers.sender_of(message)[1].encode()).hexdigest()[:8]
    name = ids[0].strip("<>")
    if len(name) > LONGEST_ID:
        name = f"sha256:{hashlib.sha256(name.encode()).hexdigest()}"
    return f"{name}#{sender}"


def _unread(raw: bytes, own: str, secret: bytes, error: Exception) -> Mail:
    """Return a mail that the parser failed on: as much of its head as possible, and its raw text."""
    head, _, _ = raw.partition(b"\r\n\r\n" if b"\r\n\r\n" in raw[:100_000] else b"\n\n")
    head = head[:50_000]
    text = decoded(raw[:RAW_BYTES])
    try:
        message = email.message_from_bytes(head + b"\n\n", policy=headers.AS_IT_CAME)
        name, sender = headers.sender_of(message)
        kind, subject = kind_of(message, "", own, secret), headers.text_of(message, "Subject")
        ticket, proven = _ticket(message, subject, secret)
    except Exception:  # noqa: BLE001  # the head is unreadable too
        name = sender = subject = ticket = ""
        kind, proven = Kind(LETTER), False
    return Mail(
        external_id=f"sha256:{hashlib.sha256(raw).hexdigest()}",
        kind=kind,
        sender=sender,
        sender_name=name[:200],
        subject=subject[:500],
        text=text,
        ticket=ticket,
        proven=proven,
        problem=type(error).__name__,
    )
