"""Write outgoing messages as bodies of the MAX Bot API. Pure: plain JSON objects out.

Texts are sent without `format`, because a resident's street or a dispatcher's reply may contain any characters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from channels.contract import Button, Outgoing

ROWS = 30
ROW_BUTTONS = 7
LABEL_LENGTH = 128
IMAGE_BYTES = 50_000_000
IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/tiff", "image/bmp", "image/heic")
ASKS = {
    "contact": ("request_contact", "📱 Отправить мой номер"),
    "location": ("request_geo_location", "📍 Отправить место"),
}

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    data: bytes = field(repr=False)
    mime: str
    name: str

    @property
    def kind(self) -> str:
        """The type of `POST /uploads` and of the attachment."""
        if self.mime in IMAGE_TYPES and len(self.data) <= IMAGE_BYTES:
            return "image"
        kind = self.mime.partition("/")[0]
        return kind if kind in ("audio", "video") else "file"


def body_for(message: Outgoing, attachment: Json | None) -> Json:
    """Return the `NewMessageBody` of `message`.

    attachment: the uploaded file. The list of attachments is always present, because an edit without it would keep the
    old buttons.
    """
    rows = rows_of(message.buttons, message.ask)
    keyboard = [{"type": "inline_keyboard", "payload": {"buttons": rows}}] if rows else []
    return {
        "text": message.text,
        "attachments": [*([attachment] if attachment else []), *keyboard],
        **({"notify": False} if message.silent else {}),
    }


def rows_of(buttons: Sequence[Sequence[Button]], ask: str) -> list[list[Json]]:
    """Return the keyboard. A request has its own row above the choices.

    Rows that are too long are split. If there are more rows than MAX takes, the buttons are packed into full rows.
    """
    above: list[list[Json]] = []
    if ask in ASKS:
        request, label = ASKS[ask]
        above = [[{"type": request, "text": label}]]
    rows = [part for row in buttons for part in _broken(row)]
    if len(above) + len(rows) > ROWS:
        rows = _broken([button for row in rows for button in row])
    return above + [[_callback(button) for button in row] for row in rows]


def _broken(row: Sequence[Button]) -> list[Sequence[Button]]:
    return [row[start : start + ROW_BUTTONS] for start in range(0, len(row), ROW_BUTTONS)]


def _callback(button: Button) -> Json:
    label = button.label if len(button.label) <= LABEL_LENGTH else button.label[: LABEL_LENGTH - 1] + "…"
    return {"type": "callback", "text": label, "payload": button.value}
