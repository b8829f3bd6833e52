"""Parse updates of MAX into events of the contract. Pure: plain JSON objects in, frozen events out.

Source: MAX Bot API, schema of 1 July 2026, type `Update`; `chat_type` ``dialog`` from the vendor's samples.

An update has no id. A message is identified by its `mid`, an edit by mid and time, a press by callback and time,
anything else by kind, chat, user and time. The order within a conversation is the update's time in milliseconds, the
only value that messages, presses and starts have in common (`seq` numbers only messages). Parts of one message have the
same time and keep the order in which they are handed over.
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
SILENT = (  # known kinds that need no reaction
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
DOWNLOAD_BYTES = 20_000_000  # our limit; MAX takes files of up to 4 GB
MILLISECONDS_FROM = 10_000_000_000  # smaller values are in seconds

Raw = Mapping[str, Any]


def kind_of(update: object) -> str:
    """Return the update's type.

    Raises:
        PayloadError: `update` has no type.
    """
    kind = update.get("update_type") if isinstance(update, Mapping) else None
    if not isinstance(kind, str) or not kind:
        raise PayloadError("update_type is missing")
    return kind


def callback_of(update: object) -> tuple[str, str]:
    """Return the id and the chat of the press to answer; empty: nothing to answer."""
    if not isinstance(update, Mapping) or update.get("update_type") != "message_callback":
        return "", ""
    callback, message = update.get("callback"), update.get("message")
    number = callback.get("callback_id") if isinstance(callback, Mapping) else None
    recipient = message.get("recipient") if isinstance(message, Mapping) else None
    chat = recipient.get("chat_id") if isinstance(recipient, Mapping) else None
    return (number, str(chat or "")) if isinstance(number, str) else ("", "")


def parse_update(update: Raw, token: str) -> list[Incoming]:
    """Return the events of one update; empty for groups, other bots and unknown kinds.

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
    """Return the event of a press. A press on a deleted message names no chat and gives none."""
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
        # An edit may correct an address or add a smell of gas, so its text counts. Its attachments are already stored.
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
    """Return the contents of a message. Its text joins a leading picture, or comes first as a content of its own."""
    link, forwarded = _part(message, "link") or {}, False
    if not body.get("text") and not body.get("attachments") and link.get("type") == "forward":
        body, forwarded = _part(link, "message") or {}, True
    text = body.get("text")
    text = clean(text) if isinstance(text, str) else ""
    given = body.get("attachments") or []
    attachments = given if isinstance(given, list) else [given]
    read = [_attachment_or_kind(attachment, sender, "" if forwarded else token) for attachment in attachments]
    contents = [content for content in read if content is not None]
    if contents and isinstance(contents[0], Photo):
        contents[0] = Photo(contents[0].file, text)
    elif text.strip():
        contents.insert(0, _text_content(text))
    shared = any(isinstance(attachment, Mapping) and attachment.get("type") == "share" for attachment in attachments)
    return contents or [Unsupported("message" if shared else "empty")]


def _attachment_or_kind(attachment: object, sender: Raw, token: str) -> Content | None:
    """Return the content of one attachment. A malformed one gives `Unsupported`, so that the rest is not lost."""
    if not isinstance(attachment, Mapping):
        return Unsupported("message")
    try:
        return _attachment(attachment, sender, token)
    except PayloadError:
        return Unsupported(str(attachment.get("type")))  # a kind that `_attachment` knows


def _attachment(attachment: Raw, sender: Raw, token: str) -> Content | None:
    """Return the content of one attachment; ``None`` if it adds nothing to the text. Raises `PayloadError`."""
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
    mime = mimetypes.guess_type(name, strict=False)[0] or ""  # a guess; the content decides later
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
    """Return the id of a private chat; ``None`` for a group, where we are silent."""
    recipient = _required(message, "recipient")
    return _integer(recipient, "chat_id") if recipient.get("chat_type") == "dialog" else None


def clean(text: str) -> str:
    """Drop NUL and lone surrogates, which JSON can contain but no database stores."""
    return text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "ignore")


def _url(attachment: Raw) -> str:
    url = _required(attachment, "payload").get("url")
    if not isinstance(url, str) or not url:
        raise PayloadError("an attachment has no url")
    return url


def _part(holder: Raw, name: str) -> Raw | None:
    """Return an object inside an object; ``None`` if absent. Raises `PayloadError` if it is not an object."""
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
