"""JSON of inbox bodies: what a resident did, written by intake and read back by turns.

The program's own events are written by `models/queues/event_bodies.py`; `bot/turns/event_reader.py` reads both. Pure.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

import epoch
from channels.contract import (
    Contact,
    Content,
    FileRef,
    Form,
    Incoming,
    Letter,
    Location,
    PayloadError,
    Photo,
    Press,
    Reachability,
    Start,
    Text,
    Unsupported,
    Voice,
)

KINDS: dict[str, type[Any]] = {
    "start": Start,
    "text": Text,
    "press": Press,
    "photo": Photo,
    "voice": Voice,
    "letter": Letter,
    "form": Form,
    "contact": Contact,
    "location": Location,
    "unsupported": Unsupported,
    "reachability": Reachability,
}
FIELDS = {kind: tuple(field.name for field in fields(kind)) for kind in KINDS.values()}
NAMES = {kind: name for name, kind in KINDS.items()}
as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # made once: every message needs it
CLEANED = (
    "text",
    "caption",
    "payload",
    "value",
    "subject",
    "full",
    "said",
    "signature",
    "address",
    "apartment",
    "name",
    "phone",
)
MAX_TEXT = 100_000  # characters kept of one message
CONTROL = {code: None for code in [*range(32), 127, *range(0x80, 0xA0), 0x200B, 0x2060, 0xFEFF] if code not in (9, 10)}


def encode_incoming(item: Incoming) -> str:
    """Return the inbox body of one incoming message; control characters go, over-long texts are cut."""
    content = {name: getattr(item.content, name) for name in FIELDS[type(item.content)]}
    if isinstance(item.content, Photo | Voice):
        content["file"] = asdict(item.content.file)
    if isinstance(item.content, Letter | Form):
        content["files"] = [asdict(file) for file in item.content.files]
    for key in CLEANED:
        if isinstance(content.get(key), str):
            content[key] = clean(content[key])
    body: dict[str, Any] = {"kind": NAMES[type(item.content)], "content": content}
    body["sent_ms"] = epoch.to_ms(item.sent_at)
    if item.sender_name:
        body["sender_name"] = clean(item.sender_name)[:200]
    body["external_id"] = item.external_id
    if item.thread:
        body["thread"] = item.thread
    return as_json(body)


def clean(text: str) -> str:
    """Drop control characters, lone surrogates and what is above `MAX_TEXT`."""
    if len(text) <= MAX_TEXT and text.isprintable():
        return text  # nearly all are
    return text[:MAX_TEXT].translate(CONTROL).encode("utf-8", "ignore").decode("utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class SentBody:
    """A resident's message as the inbox keeps it."""

    content: Content
    external_id: str = ""
    sender_name: str = ""
    thread: str = ""  # what an answer must know


def decode_sent(body: dict[str, Any]) -> SentBody:
    """Read the JSON of an inbox body back that `encode_incoming` wrote.

    Raises:
        PayloadError: it did not write this one.
    """
    return SentBody(
        content=decode_content(body),
        external_id=body.get("external_id", ""),
        sender_name=body.get("sender_name", ""),
        thread=body.get("thread", ""),
    )


def decode_content(body: dict[str, Any]) -> Content:
    """Read the content of an inbox body back.

    Raises:
        PayloadError: the body was not written by `encode_incoming`.
    """
    try:
        kind = KINDS[body["kind"]]
        fields = dict(body["content"])
        if kind in (Photo, Voice):
            fields["file"] = FileRef(**fields["file"])
        if kind in (Letter, Form):
            fields["files"] = tuple(FileRef(**file) for file in fields["files"])
        if kind is Text and not fields["text"].strip():
            return Unsupported("empty")
        content: Content = kind(**fields)
    except (KeyError, TypeError, AttributeError) as error:
        raise PayloadError(f"inbox body of kind {body.get('kind')!r} cannot be read") from error
    return content
