"""What MAX tells us, read into the shape of the contract. Pure: plain JSON objects in, frozen events out.

Source: MAX Bot API, schema of 1 July 2026, type `Update`; `chat_type` ``dialog`` from the vendor's samples.

An update has no id. A message is recognised by its `mid`, an edit by mid and time, a press by callback and time,
anything else by what, where, who and when. The order within a conversation is the update's time in milliseconds: it is
the only value that messages, presses and starts have in common (`seq` numbers messages only). Parts of one message have
the same time and keep the order in which they are handed over.
"""

from __future__ import annotations

import math
import mimetypes
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from channels.contract import (
    Content,
    FileRef,
    Incoming,
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
from channels.max.contact_card import contact_of

CHANNEL = "max"
UPDATE_TYPES = (
    "bot_started",
    "message_created",
    "message_edited",
    "message_callback",
    "bot_stopped",
    "dialog_removed",
)
SILENT = (  # known, and they ask nothing of us
    "message_removed",
    "dialog_cleared",
    "dialog_muted",
    "dialog_unmuted",
    "bot_added",
    "bot_removed",
    "user_added",
    "user_removed",
    "chat_title_changed",
)
DOWNLOAD_BYTES = 20_000_000  # ours; MAX takes files of up to 4 GB
MILLISECONDS_FROM = 10_000_000_000  # a time below is in seconds

Raw = Mapping[str, Any]


def kind_of(update: object) -> str:
    """Return the update's type.

    Raises:
        PayloadError: this is no update.
    """
    kind = update.get("update_type") if isinstance(update, Mapping) else None
    if not isinstance(kind, str) or not kind:
        raise PayloadError("update_type is missing")
    return kind


def callback_of(update: object) -> tuple[str, str]:
    """Return the id of the press to answer and the chat it happened in; empty: nothing to answer."""
    if not isinstance(update, Mapping) or update.get("update_type") != "message_callback":
        return "", ""
    callback, message = update.get("callback"), update.get("message")
    number = callback.get("callback_id") if isinstance(callback, Mapping) else None
    recipient = message.get("recipient") if isinstance(message, Mapping) else None
    chat = recipient.get("chat_id") if isinstance(recipient, Mapping) else None
    return (number, str(chat or "")) if isinstance(number, str) else ("", "")


def parse_update(update: Raw, token: str) -> list[Incoming]:
    """Read one update; empty when it asks nothing of us: groups, other bots, what we do not know.

    token: proves that a shared phone number is the sender's own. A message with several attachments is several events.

    Raises:
        PayloadError: a required field is absent or of another type.
    """
    kind = kind_of(update)
    if kind in ("bot_started", "bot_stopped", "dialog_removed"):
        return [_about_dialog(update, kind)]
    if kind == "message_callback":
        return _press(update)
    if kind in ("message_created", "message_edited"):
        return _message(update, token, edited=kind == "message_edited")
    return []


def _about_dialog(update: Raw, kind: str) -> Incoming:
    user, chat = _required(update, "user"), _integer(update, "chat_id")
    payload = update.get("payload")
    content: Content = Reachability(False, "blocked")
    if kind == "bot_started":
        content = Start(clean(payload) if isinstance(payload, str) else "")
    key = f"{kind}:{chat}:{_integer(user, 'user_id')}:{_integer(update, 'timestamp')}"
    return _incoming(update, chat, key, user, content)


def _press(update: Raw) -> list[Incoming]:
    """A press on a message that is gone names no chat: nothing can be said there."""
    callback, message = _required(update, "callback"), _part(update, "message")
    payload = callback.get("payload")
    chat = _dialog(message) if message is not None else None
    if chat is None or message is None or not isinstance(payload, str):
        return []
    number, mid = callback.get("callback_id"), (_part(message, "body") or {}).get("mid")
    if not isinstance(number, str) or not number:
        raise PayloadError("callback_id is missing")
    key = f"{number}:{_integer(callback, 'timestamp')}"
    content = Press(clean(payload), mid if isinstance(mid, str) else "")
    return [_incoming(update, chat, key, _required(callback, "user"), content)]


def _message(update: Raw, token: str, *, edited: bool) -> list[Incoming]:
    message = _required(update, "message")
    chat, sender = _dialog(message), _part(message, "sender")
    if chat is None or sender is None or sender.get("is_bot"):
        return []
    body = _part(message, "body") or {}
    key = body.get("mid") or f"message:{chat}:{sender.get('user_id')}:{_integer(update, 'timestamp')}"
    if not isinstance(key, str):
        raise PayloadError("mid must be a text")
    if edited:
        # Who corrects an address, or adds a smell of gas, expects to be heard; attachments have been stored already.
        text = body.get("text")
        contents = [_text_content(clean(text))] if isinstance(text, str) and text.strip() else []
        key = f"{key}:edited:{_integer(update, 'timestamp')}"
    else:
        contents = _contents(message, body, sender, token)
    return [
        _incoming(update, chat, f"{key}:{number}" if number else key, sender, content)
        for number, content in enumerate(contents)
    ]


def _contents(message: Raw, body: Raw, sender: Raw, token: str) -> list[Content]:
    """What a message says, part by part: its text goes with the first picture, or by itself before the rest."""
    link, forwarded = _part(message, "link") or {}, False
    if not body.get("text") and not body.get("attachments") and link.get("type") == "forward":
        body, forwarded = _part(link, "message") or {}, True
    text = body.get("text")
    text = clean(text) if isinstance(text, str) else ""
    given = body.get("attachments") or []
    attachments = given if isinstance(given, list) else [given]
    read = [_attachment_or_kind(attachment, sender, "" if forwarded else token) for attachment in attachments]
    found = [content for content in read if content is not None]
    if found and isinstance(found[0], Photo):
        found[0] = Photo(found[0].file, text)
    elif text.strip():
        found.insert(0, _text_content(text))
    shared = any(isinstance(attachment, Mapping) and attachment.get("type") == "share" for attachment in attachments)
    return found or [Unsupported("message" if shared else "empty")]


def _attachment_or_kind(attachment: object, sender: Raw, token: str) -> Content | None:
    """Read one attachment; of one that lacks what its kind must have only the kind is told, the rest is not lost."""
    if not isinstance(attachment, Mapping):
        return Unsupported("message")
    try:
        return _attachment(attachment, sender, token)
    except PayloadError:
        return Unsupported(str(attachment.get("type")))  # one of those read below


def _attachment(attachment: Raw, sender: Raw, token: str) -> Content | None:
    """Return what one attachment says; ``None`` when it says nothing beside the text. Raises `PayloadError`."""
    match attachment.get("type"):
        case "image":
            return Photo(FileRef(remote_id=_url(attachment), mime="image/jpeg"))
        case "audio":
            seconds = attachment.get("duration")
            return Voice(FileRef(remote_id=_url(attachment)), seconds if isinstance(seconds, int) else 0)
        case "file":
            return _file(attachment)
        case "contact":
            return contact_of(_required(attachment, "payload"), sender, token) or Unsupported("contact")
        case "location":
            return Location(_number(attachment, "latitude"), _number(attachment, "longitude"))
        case "video" | "sticker" as kind:
            return Unsupported(kind)
        case "share" | "inline_keyboard":
            return None
    return Unsupported("message")


def _file(attachment: Raw) -> Content:
    name, size = attachment.get("filename"), attachment.get("size")
    name = clean(name) if isinstance(name, str) else ""
    size = size if isinstance(size, int) else 0
    mime = mimetypes.guess_type(name, strict=False)[0] or ""  # a guess: what it is, its content tells
    if size > DOWNLOAD_BYTES:
        return Unsupported("too_big")
    return Photo(FileRef(remote_id=_url(attachment), name=name, mime=mime, size=size))


def _text_content(text: str) -> Content:
    command, _, payload = text.partition(" ")
    if command == "/start":
        return Start(payload.strip())
    return Text(text) if text.strip() else Unsupported("empty")


def _incoming(update: Raw, chat: int, key: str, user: Raw, content: Content) -> Incoming:
    name = f"{user.get('first_name') or ''} {user.get('last_name') or ''}".strip()
    moment = _integer(update, "timestamp")
    return Incoming(
        channel=CHANNEL,
        conversation=str(chat),
        external_id=clean(key),
        order_key=moment,
        sent_at=_time(moment),
        content=content,
        sender_name=clean(name),
    )


def _time(moment: int) -> datetime:
    try:
        return datetime.fromtimestamp(moment / 1000 if moment >= MILLISECONDS_FROM else moment, UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise PayloadError("timestamp is no time") from error


def _dialog(message: Raw) -> int | None:
    """Return the chat's id when it is a person's own; in groups we are silent."""
    recipient = _required(message, "recipient")
    return _integer(recipient, "chat_id") if recipient.get("chat_type") == "dialog" else None


def clean(text: str) -> str:
    """Drop what no database takes: NUL and halves of surrogate pairs, which JSON can spell."""
    return text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "ignore")


def _url(attachment: Raw) -> str:
    url = _required(attachment, "payload").get("url")
    if not isinstance(url, str) or not url:
        raise PayloadError("an attachment has no url")
    return url


def _part(holder: Raw, name: str) -> Raw | None:
    """Return an object inside an object. Raises `PayloadError` when it is there but no object."""
    part = holder.get(name)
    if part is not None and not isinstance(part, Mapping):
        raise PayloadError(f"{name} must be an object")
    return part


def _required(holder: Raw, name: str) -> Raw:
    part = _part(holder, name)
    if part is None:
        raise PayloadError(f"{name} is missing")
    return part


def _integer(holder: Raw, name: str) -> int:
    number = holder.get(name)
    if isinstance(number, bool) or not isinstance(number, int) or not -(2**63) <= number < 2**63:
        raise PayloadError(f"{name} must be a whole number")
    return number


def _number(holder: Raw, name: str) -> float:
    number = holder.get(name)
    if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
        raise PayloadError(f"{name} must be a number")
    return float(number)
