"""Headers of a mail as text, even malformed ones: encoded words, raw 8-bit letters, broken ids. Pure.

The standard library's `policy.default` raises on some headers and cuts others. So headers are stored unparsed and read
by this module.
"""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.policy import Compat32
from email.utils import getaddresses

from channels.mail.parsing.charsets import decoded

LONGEST = 2000  # characters of one header's text
SENDERS = ("From", "Sender", "Reply-To", "Return-Path")  # the first with an address names the sender
MOST_IDS = 100  # of References; more are a thread without end
ID = re.compile(r"<[^<>\s@]{1,400}@[^<>\s]{1,300}>")
ADDRESS = re.compile(r"[^\s<>()\[\],;:\\\"@]{1,64}@[^\s<>()\[\],;:\\\"@]{1,255}")
WORD = re.compile(r"=\?[^?\s]+\?[bBqQ]\?[^?]*\?=")


class AsItCame(Compat32):
    """Keeps headers unparsed. Raw 8-bit letters become text when a header is read."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        return _repaired(value)


AS_IT_CAME = AsItCame()


def _repaired(value: str) -> str:
    """Decode the raw bytes that the parser stored as surrogates."""
    if value.isascii():
        return value
    return decoded(value.encode("utf-8", "surrogateescape"))


def raw_of(message: Message, name: str) -> str:
    """Return a header on one line, undecoded; empty when there is none."""
    value = message.get(name)
    return " ".join(str(value).split()) if value is not None else ""


def text_of(message: Message, name: str) -> str:
    """Return a header as a person reads it, on one line."""
    return words(raw_of(message, name))


def words(value: str) -> str:
    """Decode the encoded words (RFC 2047) of a value, also in places where the RFC forbids them."""
    value = value.replace('"=?', '" =?').replace('?="', '?= "') if '"=?' in value else value
    if "=?" not in value or not WORD.search(value):
        return _one_line(value)
    try:
        parts = decode_header(WORD.sub(lambda word: _closed(word[0]), value))
    except (HeaderParseError, ValueError):
        return _one_line(value)
    return _one_line("".join(_part(part, label) for part, label in parts))


def _closed(word: str) -> str:
    """Remove the spaces that some programs write inside an encoded word; the decoder would miss the word."""
    return word.replace(" ", "_") if re.match(r"=\?[^?]+\?[qQ]\?", word) else word.replace(" ", "")


def _part(part: bytes | str, label: str | None) -> str:
    if isinstance(part, str):
        return part
    return decoded(part, label) if label else part.decode("utf-8", "replace")


def _one_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:LONGEST]


def ids_of(message: Message, name: str) -> tuple[str, ...]:
    """Return the well-formed Message-IDs of a header, with their brackets, in order."""
    return tuple(ID.findall(raw_of(message, name)))[-MOST_IDS:]


def addresses_of(message: Message, *names: str) -> tuple[str, ...]:
    """Return the addresses of all headers of these names, lower case, in order, each once."""
    addresses: dict[str, None] = {}
    for name in names:
        for value in message.get_all(name, ()):
            for match in ADDRESS.findall(str(value)):
                addresses[match.strip(".'").lower()] = None
    return tuple(addresses)


def sender_of(message: Message) -> tuple[str, str]:
    """Return name and address (lower case) of the sender. The address is empty when there is no valid one."""
    raw = next((value for name in SENDERS if ADDRESS.search(value := raw_of(message, name))), raw_of(message, "From"))
    try:
        pairs = getaddresses([raw])
    except (ValueError, IndexError):
        pairs = []
    name, address = next(((name, address) for name, address in pairs if ADDRESS.fullmatch(address)), ("", ""))
    if not address:
        candidates = ADDRESS.findall(raw)
        address = candidates[-1] if candidates else ""
        name = raw.replace(address, "").strip(' <>"') if address else ""
    return words(name).strip(" \"'"), address.lower()
