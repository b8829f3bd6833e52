"""Write outgoing messages as parameters of `messages.send`. Pure.

Buttons are of VK's type ``text``. Their press arrives as a message of the resident, in order and in the history of Long
Poll. Buttons of type ``callback`` could edit their message, but have three drawbacks. They need one more setting of the
community (the usual reason why buttons "do nothing"). Old clients do not know them. Their press has no number that
orders it. Presses of both types are read.

VK has no way to send a message without sound (API 5.199): `Outgoing.silent` changes nothing here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from channels.contract import Button, Command, Outgoing

TEXT_LENGTH = 4096  # UTF-16 units
LABEL_LENGTH = 40
PAYLOAD_BYTES = 255
ROW_BUTTONS = 5
INLINE_ROWS, INLINE_BUTTONS = 6, 10
STANDARD_ROWS, STANDARD_BUTTONS = 10, 40
INT31 = 2**31 - 1
CHANNEL_MARK = "keyboard="  # in `Outgoing.thread`, written by `channels.vk.incoming`

Parameters = dict[str, str | int | float]
Rows = Sequence[Sequence[Button]]
Keyboard = dict[str, Any]

NO_KEYBOARD: Keyboard = {"one_time": True, "buttons": []}  # removes an open one


def random_id(key: str, part: int = 0) -> int:
    """Return the number, 1..2³¹-1, by which VK recognises a repeat for an hour. It is the same for each retry."""
    digest = hashlib.sha256(f"{key}\n{part}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % INT31 + 1


def parameters_for(message: Outgoing, attachment: str, menu: Sequence[Command]) -> list[Parameters]:
    """Return the calls of `messages.send` for `message`, in order. The last one has the keyboard.

    attachment: VK's name of an uploaded file, or empty. menu: the keyboard of a message without buttons.

    Raises:
        ValueError: the address is not a person of VK.
    """
    texts = texts_of(message)
    layout = keyboard(message, menu)
    calls: list[Parameters] = []
    for part, text in enumerate(texts):
        call: Parameters = {
            "peer_id": peer_of(message),
            "random_id": random_id(message.key, part),
            "message": text,
            "dont_parse_links": 1,
            "disable_mentions": 1,
        }
        if attachment and not part:
            call["attachment"] = attachment
        if layout is not None and part == len(texts) - 1:
            call["keyboard"] = as_json(layout)
        calls.append(call)
    return calls


def texts_of(message: Outgoing) -> list[str]:
    """Return the text in one part, or in two when it does not fit.

    The choices are added as a list when buttons cannot show them.
    """
    text, choices = message.text, [button.label for row in message.buttons for button in row]
    if not choices or (shows_buttons(message) and all(utf16_length(label) <= LABEL_LENGTH for label in choices)):
        return [text]
    listed = "\n".join(f"{number}. {label}" for number, label in enumerate(choices, 1))
    joined = f"{text}\n\n{listed}".strip()
    return [joined] if utf16_length(joined) <= TEXT_LENGTH else [text, listed]


def shows_buttons(message: Outgoing) -> bool:
    return message.thread != f"{CHANNEL_MARK}none"


def keyboard(message: Outgoing, menu: Sequence[Command]) -> Keyboard | None:
    """Return the keyboard of a message; ``None`` when the application shows no keyboards.

    A message without buttons replaces the keyboard below the text field by the menu, or removes it.
    """
    if not shows_buttons(message):
        return None
    if message.ask == "location":
        return _standard(message.buttons, location=True)
    if message.buttons:
        can_inline = message.thread != f"{CHANNEL_MARK}standard"
        rows = fitted(message.buttons, INLINE_ROWS, INLINE_BUTTONS) if can_inline else None
        if rows is not None:
            return {"inline": True, "one_time": False, "buttons": [[_text(button) for button in row] for row in rows]}
        return _standard(message.buttons, location=False)
    return menu_keyboard(menu) if menu else NO_KEYBOARD


def menu_keyboard(menu: Sequence[Command]) -> Keyboard:
    """Return the menu as a permanent keyboard below the text field, because VK has no list of commands."""
    buttons = [
        {"action": {"type": "text", "label": cut(command.description), "payload": as_json({"command": command.name})}}
        for command in menu[:STANDARD_BUTTONS]
    ]
    wide = max(2, -(-len(buttons) // STANDARD_ROWS))
    return {"one_time": False, "buttons": [buttons[at : at + wide] for at in range(0, len(buttons), wide)]}


def _standard(buttons: Rows, *, location: bool) -> Keyboard:
    """Return a keyboard below the text field that closes after a press."""
    first = [[{"action": {"type": "location", "payload": as_json({"ask": "location"})}}]] if location else []
    room = STANDARD_ROWS - len(first)
    flat = [button for row in buttons for button in row][: STANDARD_BUTTONS - len(first)]
    wide = -(-len(flat) // room)
    rows = fitted(buttons, room, STANDARD_BUTTONS - len(first)) or [
        flat[at : at + wide] for at in range(0, len(flat), wide or 1)
    ]
    return {"one_time": True, "buttons": [*first, *([_text(button) for button in row] for row in rows)]}


def fitted(buttons: Rows, row_limit: int, button_limit: int) -> list[list[Button]] | None:
    """Split rows that are too long; ``None`` when the buttons still do not fit."""
    rows = [list(row[at : at + ROW_BUTTONS]) for row in buttons for at in range(0, len(row), ROW_BUTTONS)]
    fits = len(rows) <= row_limit and sum(map(len, rows)) <= button_limit
    return rows if fits else None


def _text(button: Button) -> dict[str, Any]:
    """Return a text button. A value too long for VK is left out; then the press sends only the label."""
    action = {"type": "text", "label": cut(button.label)}
    payload = as_json({"press": button.value})
    if button.value and len(payload.encode()) <= PAYLOAD_BYTES:
        action["payload"] = payload
    return {"action": action}


def cut(label: str) -> str:
    """Shorten a label to VK's limit. The whole label is in the message text."""
    if utf16_length(label) <= LABEL_LENGTH:
        return label
    while utf16_length(label) >= LABEL_LENGTH:
        label = label[:-1]
    return f"{label.rstrip()}…"


def peer_of(message: Outgoing) -> int:
    """Return the peer to write to. Raises `ValueError`."""
    peer = int(message.conversation)
    if peer <= 0:
        raise ValueError(message.conversation)
    return peer


def as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
