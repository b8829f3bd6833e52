"""Parse events of VK into events of the contract. Pure: plain JSON objects in, frozen events out.

Callback API and Bots Long Poll give the same objects: ``{"type", "event_id", "group_id", "object": {…}}``.

Source: VK API 5.199, `callback/objects.json` and `messages/objects.json`. Its list of types lacks `message_event`. The
`payload` of that event arrives as an object, though the schema calls it a string. Both are read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from channels.contract import (
    Content,
    Incoming,
    PayloadError,
    Press,
    Reachability,
    Start,
    Text,
    Unsupported,
)
from channels.vk.incoming_attachments import clean, contents_of, mapping

CHANNEL = "vk"
FIRST_CHAT = 2_000_000_000  # peers above are group chats
LARGEST = 2**63 - 1  # that a database stores
MOST_ID = 100  # characters; VK's have 40
NEEDED_EVENTS = ("message_new", "message_allow", "message_deny", "message_edit")
PRESS_EVENT = "message_event"
PASSED_OVER = (  # known and ignored; message_reply is our own message, or an administrator's written in VK
    "message_reply",
    "message_read",
    "message_typing_state",
    "message_reaction_event",
)

Raw = Mapping[str, Any]


def type_of(event: object) -> str:
    """Return the event's type.

    Raises:
        PayloadError: `event` has no type.
    """
    name = event.get("type") if isinstance(event, Mapping) else None
    if not isinstance(name, str) or not name:
        raise PayloadError("type is missing")
    return name


def is_known(name: str) -> bool:
    return name in (*NEEDED_EVENTS, *PASSED_OVER, PRESS_EVENT, "confirmation")


def press_of(event: Raw) -> tuple[str, int, int] | None:
    """Return `event_id`, user and peer to answer a pressed callback button, or ``None``."""
    if type_of(event) != PRESS_EVENT:
        return None
    held = mapping(event, "object")
    number = held.get("event_id")
    return (number, _integer(held, "user_id"), _integer(held, "peer_id")) if isinstance(number, str) else None


def cropped_of(event: Raw) -> tuple[int, int] | None:
    """Return peer and number of a message that came cropped and must be fetched, or ``None``."""
    message = _message_of(event)
    if message is None or message.get("is_cropped") is not True or _resident_of(message) is None:
        return None
    return _integer(message, "peer_id"), _integer(message, "conversation_message_id")


def with_message(event: Raw, whole: Raw) -> Raw:
    """Return the event with the fetched message for the cropped one. Fields that only the event has stay."""
    held = mapping(event, "object")
    cut = _message_of(event) or {}
    extras = {name: cut[name] for name in ("ref", "payload") if name in cut}
    return {**event, "object": {**held, "message": {**extras, **whole, "is_cropped": False}}}


def parse_event(event: Raw, received_at: datetime) -> tuple[Incoming, ...]:
    """Return the items of one event; empty for group chats, communities, our own messages and other types.

    A message with several files gives one item per file. received_at: aware; stands for the time of events without one.

    Raises:
        PayloadError: a required field is absent or of another type.
    """
    name = type_of(event)
    if name in ("message_new", "message_edit"):
        return _parse_message(event, is_edit=name == "message_edit")
    if name == PRESS_EVENT:
        return _parse_press(event, received_at)
    if name in ("message_allow", "message_deny"):
        allowed = name == "message_allow"
        resident = _integer(mapping(event, "object"), "user_id")
        content = Reachability(allowed, "" if allowed else "blocked")
        return (_incoming(event, resident, content, received_at, key=f"{name}.{resident}.{received_at.timestamp()}"),)
    return ()


def _parse_message(event: Raw, *, is_edit: bool) -> tuple[Incoming, ...]:
    message = _message_of(event)
    if message is None:
        raise PayloadError("message is missing")
    resident = _resident_of(message)
    if resident is None or message.get("action"):
        return ()
    number = _integer(message, "conversation_message_id")
    contents = _edited(message) if is_edit else _contents(message)
    sent_at = _moment(message, "update_time" if "update_time" in message and is_edit else "date")
    thread = _thread(mapping(event, "object"))
    order = 0 if is_edit else number  # an edit counts as written now
    key = f"{resident}.{number}" + (f".{sent_at.timestamp():.0f}" if is_edit else "")
    return tuple(
        _incoming(event, resident, content, sent_at, key=key, order_key=order, thread=thread, place=place)
        for place, content in enumerate(contents)
    )


def _parse_press(event: Raw, received_at: datetime) -> tuple[Incoming, ...]:
    held = mapping(event, "object")
    resident = _integer(held, "user_id")
    if _integer(held, "peer_id") != resident:
        return ()  # pressed in a group chat
    number = held.get("conversation_message_id")
    value = _payload(held.get("payload")).get("press")
    content: Content = Unsupported("button")
    if isinstance(value, str) and value:
        content = Press(clean(value), f"c{number}" if isinstance(number, int) else "")
    return (
        _incoming(event, resident, content, received_at, key=f"press.{clean(str(held.get('event_id')))[:MOST_ID]}"),
    )


def _incoming(
    event: Raw,
    resident: int,
    content: Content,
    sent_at: datetime,
    *,
    key: str,
    order_key: int = 0,
    thread: str = "",
    place: int = 0,
) -> Incoming:
    """key: used when VK left `event_id` out. place: the index of this item among those of one event."""
    event_id = event.get("event_id")
    known = clean(event_id)[:MOST_ID] if isinstance(event_id, str) and event_id else key
    return Incoming(
        channel=CHANNEL,
        conversation=str(resident),
        external_id=f"{_integer(event, 'group_id')}:{known}" + (f":{place}" if place else ""),
        order_key=order_key,
        sent_at=sent_at,
        content=content,
        thread=thread,
    )


def _message_of(event: Raw) -> Raw | None:
    """Return the message: ``object.message`` of a new one, or ``object`` of an edited one; else ``None``."""
    name = type_of(event)
    if name == "message_edit":
        held = mapping(event, "object")
        return mapping(held, "message") if "message" in held else held
    return mapping(mapping(event, "object"), "message") if name == "message_new" else None


def _resident_of(message: Raw) -> int | None:
    """Return the peer of a private message from a person, or ``None``."""
    peer, sender = _integer(message, "peer_id"), _integer(message, "from_id")
    is_ours = 0 < peer < FIRST_CHAT and sender == peer and not message.get("out")
    return peer if is_ours else None


def _contents(message: Raw) -> Sequence[Content]:
    """Return the contents of a message. `ref`, the payload of our link, comes with the first message after it."""
    payload = _payload(message.get("payload"))
    ref = clean(message["ref"]) if isinstance(message.get("ref"), str) else ""
    if (command := payload.get("command")) == "start":
        return [Start(ref)]
    started: list[Content] = [Start(ref)] if ref else []
    if isinstance(value := payload.get("press"), str) and value:
        return [*started, Press(clean(value))]
    if isinstance(command, str) and command and isinstance(message.get("text"), str):
        return [*started, Text(f"/{clean(command)}")]
    return [*started, *contents_of(message)]


def _edited(message: Raw) -> Sequence[Content]:
    """Return the text of an edit as new content, because it may correct an address or add a smell of gas.

    An edit without a time is VK's own, which adds a preview to a link. It gives nothing.
    """
    if not isinstance(message.get("update_time"), int):
        return []
    text = clean(message["text"]) if isinstance(message.get("text"), str) else ""
    return [Text(text)] if text.strip() else []


def _payload(payload: object) -> Raw:
    """Return a button's payload, JSON in a string; empty when it is not an object. Other programs' may be anything."""
    if isinstance(payload, str):
        try:
            payload = json.loads(payload)
        except (ValueError, RecursionError):
            return {}
    return payload if isinstance(payload, Mapping) else {}


def _thread(held: Raw) -> str:
    """Return which keyboards the resident's application shows, as the answer needs to know; empty: unknown."""
    client = held.get("client_info")
    if not isinstance(client, Mapping) or not client:
        return ""
    if client.get("inline_keyboard") is not False:
        return "keyboard=inline"
    return "keyboard=none" if client.get("keyboard") is False else "keyboard=standard"


def _moment(holder: Raw, name: str) -> datetime:
    try:
        return datetime.fromtimestamp(_integer(holder, name), UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise PayloadError(f"{name} is no time") from error


def _integer(holder: Raw, name: str) -> int:
    number = holder.get(name)
    if isinstance(number, bool) or not isinstance(number, int) or abs(number) > LARGEST:
        raise PayloadError(f"{name} must be a whole number")
    return number
