"""Parse updates of Telegram into events of the contract. Pure: plain JSON objects in, frozen events out.

Source: Bot API 10.1, type `Update`. The raw object is read instead of a library's model, because an update that the
model refuses would block all updates behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from channels.contract import (
    Contact,
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
from channels.telegram.outgoing import is_label_mark

CHANNEL = "telegram"
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
DOWNLOAD_BYTES = 20 * 1024 * 1024  # the largest file of the Bot API

Raw = Mapping[str, Any]

# Kinds that the answer names. An animation also carries a `document`, so these are checked before the files.
UNSUPPORTED = ("sticker", "animation", "poll", "dice", "story")
VOICES = ("voice", "video_note", "audio")
FILES = ("video", "document")
# Service messages and empty parts that need no answer.
SILENT = (
    "pinned_message",
    "message_auto_delete_timer_changed",
    "write_access_allowed",
    "connected_website",
    "chat_background_set",
    "forum_topic_created",
    "forum_topic_edited",
    "forum_topic_closed",
    "forum_topic_reopened",
    "boost_added",
    "successful_payment",
    "refunded_payment",
)


def update_id_of(update: object) -> int:
    """Return the update's id.

    Raises:
        PayloadError: `update` has no id.
    """
    number = update.get("update_id") if isinstance(update, Mapping) else None
    if isinstance(number, bool) or not isinstance(number, int):
        raise PayloadError("update_id is missing")
    return number


def callback_id_of(update: Raw) -> str:
    """Return the id of the button press to answer, or an empty string."""
    query = update.get("callback_query")
    number = query.get("id") if isinstance(query, Mapping) else None
    return number if isinstance(number, str) else ""


def parse_update(update: Raw, bot_id: str, received_at: datetime) -> Incoming | None:
    """Return the event of one update; ``None`` for groups, other bots and service messages.

    received_at: aware; stands for the time of a press, which has none.

    Raises:
        PayloadError: a required field is absent or of another type.
    """
    number = update_id_of(update)
    if (query := _part(update, "callback_query")) is not None:
        parsed = _parse_press(query, received_at)
    elif (member := _part(update, "my_chat_member")) is not None:
        parsed = _parse_member(member)
    elif (message := _part(update, "message")) is not None:
        parsed = _parse_message(message, _content(message))
    elif (edited := _part(update, "edited_message")) is not None:
        parsed = _parse_message(edited, _edited_content(edited))
    else:
        return None
    if parsed is None:
        return None
    content, sender, chat_id, sent_at = parsed
    return Incoming(
        channel=CHANNEL,
        conversation=str(chat_id),
        external_id=f"{bot_id}:{number}",  # another bot may use the same numbers
        order_key=number,
        sent_at=sent_at,
        content=content,
        sender_name=clean(f"{sender.get('first_name') or ''} {sender.get('last_name') or ''}".strip()),
    )


Parsed = tuple[Content, Raw, int, datetime]  # content, sender, chat, time


def _parse_message(message: Raw, content: Content | None) -> Parsed | None:
    chat_id, sender = _private_chat(message), _part(message, "from")
    if chat_id is None or sender is None or sender.get("is_bot") or content is None:
        return None
    return content, sender, chat_id, _moment(message, "edit_date" if "edit_date" in message else "date")


def _parse_press(query: Raw, received_at: datetime) -> Parsed | None:
    sender = _required(query, "from")
    message = _part(query, "message")
    chat_id = _private_chat(message) if message is not None else _integer(sender, "id")
    data = query.get("data")
    if chat_id is None or not isinstance(data, str):
        return None  # pressed in a group, or a game's button
    return _press_content(data, message), sender, chat_id, received_at


def _press_content(data: str, message: Raw | None) -> Content:
    """Return the content of a press. A label mark stands for a value too long, and gives the label as text."""
    if not is_label_mark(data):
        return Press(clean(data), _editable(message))
    keyboard = (_part(message, "reply_markup") or {}).get("inline_keyboard") if message is not None else None
    for row in keyboard if isinstance(keyboard, list) else ():
        for button in row if isinstance(row, list) else ():
            if isinstance(button, Mapping) and button.get("callback_data") == data:
                return Text(clean(str(button.get("text", ""))))
    return Unsupported("button")


def _editable(message: Raw | None) -> str:
    """Return the id of the message with the button; "": too old to edit, in which case it has no date."""
    return str(_integer(message, "message_id")) if message is not None and message.get("date") else ""


def _parse_member(member: Raw) -> Parsed | None:
    chat_id = _private_chat(member)
    status = _required(member, "new_chat_member").get("status")
    if chat_id is None or not isinstance(status, str):
        return None
    return Reachability(status not in ("kicked", "left")), _required(member, "from"), chat_id, _moment(member, "date")


def _content(message: Raw) -> Content | None:
    """Return the content of a message; ``None`` for service messages."""
    if isinstance(text := message.get("text"), str):
        return _text_content(clean(text))
    if "photo" in message:
        return _photo(message)
    if (contact := _part(message, "contact")) is not None:
        return _contact(contact, _part(message, "from") or {})
    if (location := _part(message, "location")) is not None:
        return Location(_number(location, "latitude"), _number(location, "longitude"))
    for kind in UNSUPPORTED:
        if kind in message:
            return Unsupported(kind)
    for kind in (*VOICES, *FILES):
        if (described := _part(message, kind)) is not None:
            return _voice(described, kind, message) if kind in VOICES else _file(described, kind, _caption(message))
    return None if any(part in message for part in SILENT) else Unsupported("message")


def _edited_content(message: Raw) -> Content | None:
    """Return the text of an edit as new content; ``None`` for other edits.

    An edit may correct an address or add a smell of gas. Other edits need no reaction: a live location moves every few
    seconds, and a photo is already stored.
    """
    text = message.get("text") or message.get("caption")
    return _text_content(clean(text)) if isinstance(text, str) else None


def _text_content(text: str) -> Content:
    command, _, payload = text.partition(" ")
    if command == "/start" or command.startswith("/start@"):
        return Start(payload.strip())
    if command.startswith("/") and "@" in command:
        return Text(f"{command.partition('@')[0]} {payload}".strip())
    return Text(text) if text.strip() else Unsupported("empty")


def _photo(message: Raw) -> Content:
    """Return the largest of the sizes that Telegram gives of a photo."""
    sizes = message["photo"]
    known = [size for size in sizes if isinstance(size, Mapping)] if isinstance(sizes, list) else []
    if not known:
        raise PayloadError("photo has no sizes")
    largest = max(known, key=lambda size: _integer(size, "width") * _integer(size, "height"))
    return _file({**largest, "mime_type": "image/jpeg"}, "photo", _caption(message))


def _file(described: Raw, field: str, caption: str) -> Content:
    remote_id, size = described.get("file_id"), described.get("file_size")
    if not isinstance(remote_id, str) or not remote_id:
        raise PayloadError(f"{field} has no file_id")
    size = size if isinstance(size, int) else 0
    if size > DOWNLOAD_BYTES:
        return Unsupported("too_big")
    name, mime = str(described.get("file_name") or ""), str(described.get("mime_type") or "")
    return Photo(FileRef(remote_id=remote_id, name=clean(name), mime=mime, size=size), caption)


def _voice(described: Raw, field: str, message: Raw) -> Content:
    """Return a voice message. With a caption it becomes a file, so that the caption is read."""
    content = _file(described, field, _caption(message))
    if not isinstance(content, Photo) or content.caption:
        return content
    mime = content.file.mime or ("video/mp4" if field == "video_note" else "audio/ogg")
    seconds = described.get("duration")
    return Voice(replace(content.file, mime=mime), seconds if isinstance(seconds, int) and seconds > 0 else 0)


def _contact(contact: Raw, sender: Raw) -> Contact:
    """Return a contact. Only the sender's own number is proven by Telegram, and that is international."""
    phone = contact.get("phone_number")
    if not isinstance(phone, str):
        raise PayloadError("contact has no phone_number")
    own = contact.get("user_id") is not None and contact.get("user_id") == sender.get("id")
    name = f"{contact.get('first_name') or ''} {contact.get('last_name') or ''}".strip()
    return Contact(clean(f"+{phone}" if own and phone[:1].isdigit() else phone), clean(name), own)


def _caption(message: Raw) -> str:
    caption = message.get("caption")
    return clean(caption) if isinstance(caption, str) else ""


def clean(text: str) -> str:
    """Drop NUL and lone surrogates, which JSON can contain but no database stores."""
    return text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "ignore")


def _private_chat(holder: Raw) -> int | None:
    chat = _required(holder, "chat")
    return _integer(chat, "id") if chat.get("type") == "private" else None


def _moment(holder: Raw, name: str) -> datetime:
    try:
        return datetime.fromtimestamp(_integer(holder, name), UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise PayloadError(f"{name} is no time") from error


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
    if isinstance(number, bool) or not isinstance(number, int):
        raise PayloadError(f"{name} must be a whole number")
    return number


def _number(holder: Raw, name: str) -> float:
    number = holder.get(name)
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise PayloadError(f"{name} must be a number")
    return float(number)
