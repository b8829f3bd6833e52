"""From the bytes of a mail to what is in it. Pure and total: whatever the bytes are, something comes out."""

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
LONGEST_TEXT = 100_000  # characters of one text; the inbox keeps no more
LONGEST_SIGNATURE = 1000
LONGEST_ID = 200
RAW_BYTES = 20_000  # kept of a mail that could not be read


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail, read. `problem`: the type of the error that kept us from reading it whole; empty: none."""

    external_id: str
    kind: Kind
    sender: str = ""  # lower case; empty: nobody can be answered
    sender_name: str = ""
    subject: str = ""
    text: str = ""  # what is new
    full: str = ""  # the whole text when `text` is a part of it
    said: str = ""  # of a forward: the words of people, when `text` holds more
    signature: str = ""  # the sender's own, cut off `text`
    empty: bool = False  # nothing but a quote
    files: tuple[Attachment, ...] = ()
    left_out: int = 0
    encrypted: bool = False
    ticket: str = ""
    proven: bool = False  # that it answers `ticket`, by an id or an address that only our mail held
    answers: bool = False  # it answers some mail: a mailbox like ours is written to in answer to its own
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
        raw: as the server keeps it. own: our address. secret: `MailConfig.key`.
        headers_only: `raw` ends after the head.
    """
    try:
        message = email.message_from_bytes(raw, policy=headers.AS_IT_CAME)
        return _read(raw, message, own, secret, headers_only)
    except Exception as error:  # noqa: BLE001  # no mail may hold up those behind it; it is kept as it came
        return _unread(raw, own, secret, error)


def _read(raw: bytes, message: Message, own: str, secret: bytes, headers_only: bool) -> Mail:
    body = Body() if headers_only else body_of(message)
    subject = headers.text_of(message, "Subject")
    kind = kind_of(message, body.text, own, secret)
    name, sender = headers.sender_of(message)
    reply = quotes.new_part(body.text, subject)
    whole = without_marks(body.text).strip()
    said = forwards.said_in(reply.text, subject, own)
    ticket, proven = _ticket(message, subject, secret)
    return Mail(
        external_id=external_id_of(raw, message),
        kind=kind,
        sender=sender,
        sender_name=name[:200],
        subject=subject[:500],
        text=reply.text[:LONGEST_TEXT],
        full=whole[:LONGEST_TEXT] if whole != reply.text else "",
        said=said[:LONGEST_TEXT] if said != reply.text else "",
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
    """Return the number of the ticket a mail answers and whether that is proven: id, then address, then subject."""
    quoted = "\n".join([*headers.ids_of(message, "In-Reply-To"), *reversed(headers.ids_of(message, "References"))])
    for ours in threading_headers.our_ids(secret, quoted):
        if ours.ticket:
            return ours.ticket, True
    if number := threading_headers.ticket_of_plus(secret, headers.addresses_of(message, *RECIPIENTS)):
        return number, True
    return threading_headers.ticket_of_tag(subject), False


def _answers(message: Message, subject: str, reply: Reply) -> bool:
    """Whether a mail is an answer: it names the mail it answers, or says so and quotes it. A forward is none."""
    if quotes.FORWARD_SUBJECT.match(subject):
        return False
    named = headers.ids_of(message, "In-Reply-To") or headers.ids_of(message, "References")
    return bool(named) or (reply.had_quote and bool(threading_headers.PREFIXES.match(subject)))


def _thread(message: Message, subject: str) -> str:
    own_id = next(iter(headers.ids_of(message, "Message-ID")), "")
    references = headers.ids_of(message, "References") or headers.ids_of(message, "In-Reply-To")[:1]
    return threading_headers.packed(Thread(own_id, tuple(one for one in references if one != own_id), subject))


def external_id_of(raw: bytes, message: Message) -> str:
    """Return the Message-ID without brackets, or a hash of the bytes when there is none that can be one.

    One Message-ID from two senders is two mails, so that nobody can suppress another's by using its id.
    """
    found = headers.ids_of(message, "Message-ID")
    if len(found) != 1 or found[0] != headers.raw_of(message, "Message-ID"):
        return f"sha256:{hashlib.sha256(raw).hexdigest()}"
    sender = hashlib.sha256(headers.sender_of(message)[1].encode()).hexdigest()[:8]
    name = found[0].strip("<>")
    if len(name) > LONGEST_ID:
        name = f"sha256:{hashlib.sha256(name.encode()).hexdigest()}"
    return f"{name}#{sender}"


def _unread(raw: bytes, own: str, secret: bytes, error: Exception) -> Mail:
    """A mail that breaks the reader: its head as far as it goes, its raw text as it came."""
    head, _, _ = raw.partition(b"\r\n\r\n" if b"\r\n\r\n" in raw[:100_000] else b"\n\n")
    head = head[:50_000]
    text = decoded(raw[:RAW_BYTES])
    try:
        message = email.message_from_bytes(head + b"\n\n", policy=headers.AS_IT_CAME)
        name, sender = headers.sender_of(message)
        kind, subject = kind_of(message, "", own, secret), headers.text_of(message, "Subject")
        ticket, proven = _ticket(message, subject, secret)
    except Exception:  # noqa: BLE001  # then nothing of it is known
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
