"""Parse events of virtual residents into events of the contract. Pure: JSON in, frozen events out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from channels.contract import (
    Contact,
    Content,
    Incoming,
    Location,
    PayloadError,
    Press,
    Reachability,
    Start,
    Text,
    Unsupported,
)

CHANNEL = "simulator"
MOST_EVENTS = 500  # of one request
LONGEST_NAME = 200  # characters of an id or a conversation
LONGEST_TEXT = 20_000
LARGEST_ORDER = 2**63 - 1

Raw = Mapping[str, Any]


def parse_body(body: bytes, received_at: datetime) -> list[Incoming]:
    """Read one event or a list of events: ``{"id", "conversation", "order"?, "at"?, "kind", ...}``.

    received_at: aware; stands for the time of events without one.

    Raises:
        PayloadError: the body is neither. The text names the event and the field, and repeats no value.
    """
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise PayloadError("the body is no JSON") from None
    events = data if isinstance(data, list) else [data]
    if len(events) > MOST_EVENTS:
        raise PayloadError(f"more than {MOST_EVENTS} events in one request")
    return [_event(raw, number, received_at) for number, raw in enumerate(events, 1)]


def _event(raw: object, number: int, received_at: datetime) -> Incoming:
    if not isinstance(raw, dict):
        raise PayloadError(f"event {number}: an object is needed")
    try:
        return Incoming(
            channel=CHANNEL,
            conversation=_text(raw, "conversation", LONGEST_NAME),
            external_id=_text(raw, "id", LONGEST_NAME),
            order_key=_order(raw),
            sent_at=_moment(raw, received_at),
            content=_content(raw),
            sender_name=_text(raw, "name", LONGEST_NAME, needed=False),
        )
    except PayloadError as error:
        raise PayloadError(f"event {number}: {error}") from None


def _content(raw: Raw) -> Content:
    match raw.get("kind"):
        case "text":
            return Text(_text(raw, "text", LONGEST_TEXT))
        case "press":
            return Press(_text(raw, "value", LONGEST_NAME))
        case "start":
            return Start(_text(raw, "payload", LONGEST_NAME, needed=False))
        case "contact":
            return Contact(_text(raw, "phone", LONGEST_NAME), verified=raw.get("verified") is True)
        case "location":
            return Location(_degrees(raw, "latitude", 90), _degrees(raw, "longitude", 180))
        case "sticker" | "voice" | "video" as kind:
            return Unsupported(kind)
        case "blocked" | "unblocked" as kind:
            return Reachability(kind == "unblocked")
    kinds = "text, press, start, contact, location, sticker, voice, video, blocked, unblocked"
    raise PayloadError(f"kind: one of {kinds} is needed")


def _text(raw: Raw, key: str, longest: int, *, needed: bool = True) -> str:
    value = raw.get(key, None if needed else "")
    if not isinstance(value, str) or len(value) > longest or (needed and not value):
        raise PayloadError(f"{key}: a text of 1 to {longest} characters is needed")
    if "\0" in value or not _is_encodable(value):
        raise PayloadError(f"{key}: a character that no database takes")
    return value


def _is_encodable(value: str) -> bool:
    """Whether the value has no lone surrogate, which JSON allows and UTF-8 forbids."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _order(raw: Raw) -> int:
    value = raw.get("order", 0)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_ORDER:
        raise PayloadError("order: a whole number from 0 is needed")
    return value


def _moment(raw: Raw, received_at: datetime) -> datetime:
    value = raw.get("at")
    if value is None:
        return received_at
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise PayloadError("at: a moment with its zone is needed, such as 2026-11-24T12:00:00+03:00")
    return moment.astimezone(UTC)


def _degrees(raw: Raw, key: str, limit: int) -> float:
    value = raw.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not -limit <= value <= limit:
        raise PayloadError(f"{key}: degrees from -{limit} to {limit} are needed")
    return float(value)
