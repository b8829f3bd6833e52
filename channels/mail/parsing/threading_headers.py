"""Link answers to tickets by our Message-IDs, plus-addresses and subject tags; carry the thread of a conversation.

Our Message-ID is ``<key.ticket.recipient.proof@domain>``. The proof is an HMAC: only we can make an id that names a
ticket, and only a reader of our mail can quote it. The recipient is a short HMAC of the address. A bounce that quotes
the id must be about that address; otherwise strangers could silence each other.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

NUMBER = re.compile(r"\d{2}-\d{6,9}")
TAG = re.compile(r"\[\s*(?:№|N|No\.?|#)?\s*(\d{2}-\d{6,9})\s*\]", re.IGNORECASE)
PREFIXES = re.compile(r"^(?:\s*(?:re|ответ|отв|на|aw|fwd?|fw)(?:\[\d+\])?\s*:)+\s*", re.IGNORECASE)
OUR_ID = re.compile(r"<([a-z0-9_-]{1,60})\.([a-z0-9-]{1,20})\.([a-z2-7]{8})\.([a-z2-7]{16})@[^<>@\s]+>", re.IGNORECASE)
PLUS = re.compile(r"\+(\d{2}-\d{6,9})-([a-z2-7]{16})@", re.IGNORECASE)
NO_TICKET = "0"
LONGEST_THREAD = 2000  # characters of `Incoming.thread`
LONGEST_SUBJECT = 300


@dataclass(frozen=True, slots=True)
class OurId:
    """A Message-ID proven to be ours. `ticket` is empty when the mail was about no ticket."""

    key: str
    ticket: str
    recipient: str  # see `recipient_mark`


def message_id(secret: bytes, key: str, ticket: str, recipient: str, domain: str) -> str:
    """Return the Message-ID of our mail. The same message always gets the same id."""
    if not re.fullmatch(r"[a-z0-9_-]{1,60}", key):
        key = hashlib.sha256(key.encode()).hexdigest()[:32]
    number = ticket if NUMBER.fullmatch(ticket) else NO_TICKET
    mark = recipient_mark(secret, recipient)
    return f"<{key}.{number}.{mark}.{_proof(secret, 'id', key, number, mark)}@{domain}>"


def recipient_mark(secret: bytes, address: str) -> str:
    return _proof(secret, "to", address.lower())[:8]


def our_ids(secret: bytes, text: str) -> list[OurId]:
    """Return our own Message-IDs in a text, in order."""
    ids = []
    for match in OUR_ID.finditer(text):
        key, number, mark, proof = (part.lower() for part in match.groups())
        if hmac.compare_digest(_proof(secret, "id", key, number, mark), proof):
            ids.append(OurId(key, "" if number == NO_TICKET else number, mark))
    return ids


def plus_address(secret: bytes, address: str, ticket: str) -> str:
    """Return the address of a ticket: ``hotline+26-000123-<16 characters>@domain``."""
    name, _, domain = address.partition("@")
    return f"{name}+{ticket}-{_proof(secret, 'plus', ticket)}@{domain}"


def ticket_of_plus(secret: bytes, addresses: Iterable[str]) -> str:
    """Return the ticket proven by one of the addresses; empty: none."""
    for address in addresses:
        for match in PLUS.finditer(address):
            if hmac.compare_digest(_proof(secret, "plus", match[1]), match[2].lower()):
                return match[1]
    return ""


def ticket_of_tag(subject: str) -> str:
    """Return the ticket number in a subject's tag; empty: none. A tag is a claim, not a proof."""
    tag = TAG.search(subject)
    return tag[1] if tag else ""


def _proof(secret: bytes, *parts: str) -> str:
    digest = hmac.new(secret, "\n".join(parts).encode(), hashlib.sha256).digest()
    return base64.b32encode(digest)[:16].decode().lower()


# --- the value of `Incoming.thread` and `Outgoing.thread` ---


@dataclass(frozen=True, slots=True)
class Thread:
    message_id: str = ""
    references: tuple[str, ...] = ()  # oldest first, without `message_id`
    subject: str = ""


def packed(thread: Thread) -> str:
    """Return JSON of at most `LONGEST_THREAD` characters. The first and the last references stay longest."""
    references = list(thread.references)
    subject = thread.subject[:LONGEST_SUBJECT]
    while True:
        text = json.dumps({"id": thread.message_id, "refs": references, "subject": subject}, ensure_ascii=False)
        if len(text) <= LONGEST_THREAD:
            return text
        if len(references) > 1:
            del references[1]
        elif references:
            references = []
        else:
            return json.dumps({"id": "", "refs": [], "subject": subject}, ensure_ascii=False)


def unpacked(text: str) -> Thread:
    """Return the thread in `text`. Text not written by `packed` gives an empty thread."""
    try:
        fields = json.loads(text) if text else {}
        return Thread(str(fields["id"]), tuple(map(str, fields["refs"])), str(fields["subject"]))
    except (ValueError, KeyError, TypeError):
        return Thread()


def answer_subject(subject: str, ticket: str) -> str:
    """Return ``Re: <subject> [№ 26-000123]`` with exactly one ``Re:`` and one tag."""
    bare = PREFIXES.sub("", subject)
    if ticket:
        bare = TAG.sub("", bare)
    bare = " ".join(bare.split())[:LONGEST_SUBJECT]
    tag = f"[№ {ticket}]" if ticket else ""
    return " ".join(part for part in ("Re:", bare, tag) if part)
