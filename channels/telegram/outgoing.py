"""Write outgoing messages as calls of the Bot API. Pure: names of methods and their JSON parameters.

Texts are sent without `parse_mode`, because a resident's street or a dispatcher's reply may contain any characters.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from channels.contract import Button, Outgoing

CAPTION_LENGTH = 1024  # UTF-16 units
CALLBACK_BYTES = 64
PHOTO_BYTES = 10_000_000
PHOTO_TYPES = ("image/jpeg", "image/png", "image/webp")
ROW_BUTTONS = 8
LABEL_MARK = "~label:"
ASKS = {
    "contact": ("request_contact", "📱 Отправить мой номер"),
    "location": ("request_location", "📍 Отправить место"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    data: bytes = field(repr=False)
    mime: str
    name: str

    @property
    def is_photo(self) -> bool:
        return self.mime in PHOTO_TYPES and len(self.data) <= PHOTO_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. method: its name in the Bot API. upload: the file for the parameter `upload_as`, if any."""

    method: str
    parameters: dict[str, Any]
    upload: Upload | None = None
    upload_as: str = ""


def calls_for(message: Outgoing, upload: Upload | None) -> tuple[Call, ...]:
    """Return the requests that send `message`, in order. The last one has the buttons.

    A text too long for a caption is sent separately after its photo.
    """
    common: dict[str, Any] = {
        "chat_id": int(message.conversation),
        **({"disable_notification": True} if message.silent else {}),
    }
    markup = {"reply_markup": keyboard(message.buttons, message.ask)}
    if upload is None:
        return (Call(method="sendMessage", parameters={**common, "text": message.text, **markup}),)
    if utf16_length(message.text) > CAPTION_LENGTH:
        text = Call(method="sendMessage", parameters={**common, "text": message.text, **markup})
        return file_call(common, upload, as_photo=upload.is_photo), text
    caption = {"caption": message.text} if message.text else {}
    return (file_call({**common, **caption, **markup}, upload, as_photo=upload.is_photo),)


def edit_for(message: Outgoing) -> Call | None:
    """Return the request that replaces our message `message.edits`; None: a new message is needed."""
    if not message.edits.isdecimal() or message.file is not None or message.ask in ASKS:
        return None
    markup = {"reply_markup": keyboard(message.buttons, "")} if any(message.buttons) else {}
    parameters = {"chat_id": int(message.conversation), "message_id": int(message.edits), "text": message.text}
    return Call(method="editMessageText", parameters={**parameters, **markup})


def file_call(parameters: dict[str, Any], upload: Upload, *, as_photo: bool) -> Call:
    if as_photo:
        return Call(method="sendPhoto", parameters=parameters, upload=upload, upload_as="photo")
    return Call(method="sendDocument", parameters=parameters, upload=upload, upload_as="document")


def keyboard(buttons: Sequence[Sequence[Button]], ask: str) -> dict[str, Any]:
    """Return `reply_markup`.

    Only a keyboard below the text field can ask for a phone number. Pressing a choice there sends its label as text. A
    message without buttons removes such a keyboard, so that an answered question does not stay open.
    """
    rows = [list(row[start : start + ROW_BUTTONS]) for row in buttons for start in range(0, len(row), ROW_BUTTONS)]
    if ask in ASKS:
        request, label = ASKS[ask]
        below = [[{"text": button.label} for button in row] for row in rows]
        return {
            "keyboard": [[{"text": label, request: True}], *below],
            "resize_keyboard": True,
            "one_time_keyboard": True,
        }
    if rows:
        inline = [[{"text": button.label, "callback_data": callback_data(button)} for button in row] for row in rows]
        return {"inline_keyboard": inline}
    return {"remove_keyboard": True}


def callback_data(button: Button) -> str:
    """Return the button's value, or a label mark when Telegram would refuse the value."""
    if 0 < len(button.value.encode()) <= CALLBACK_BYTES and not is_label_mark(button.value):
        return button.value
    return LABEL_MARK + hashlib.sha256(f"{button.value}\n{button.label}".encode()).hexdigest()[:24]


def is_label_mark(data: str) -> bool:
    return data.startswith(LABEL_MARK)


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
