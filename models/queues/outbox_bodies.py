"""Bodies of messages in the outbox and of broadcasts, and their JSON: written and read only here.

Text and buttons are always written, anything else only where it is set. So a row reads the same whether an older or a
newer program wrote it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from channels.contract import Button, ButtonRows

_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # made once: every message needs it


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxBody:
    """The content of a message, without its address; the fields are those of `channels.contract.Outgoing`."""

    text: str
    buttons: ButtonRows = ()
    ask: str = ""
    silent: bool = False
    answers: str = ""
    thread: str = ""
    ticket: str = ""
    edits: str = ""
    file: str = ""  # stored name


_OPTIONAL = ("ask", "silent", "answers", "thread", "ticket", "edits", "file")


def encode(body: OutboxBody) -> str:
    """Return the JSON of `outbox.body`."""
    fields: dict[str, object] = {"text": body.text, "buttons": buttons_as_json(body.buttons)}
    for name in _OPTIONAL:
        if value := getattr(body, name):
            fields[name] = value
    return _JSON(fields)


def decode(text: str) -> OutboxBody:
    """Read the JSON of `encode` back; keys that this program does not know are left out."""
    fields = json.loads(text)
    return OutboxBody(
        text=fields["text"],
        buttons=buttons_of(fields.get("buttons", ())),
        **{name: fields[name] for name in _OPTIONAL if name in fields},
    )


def buttons_as_json(buttons: ButtonRows) -> list[list[list[str]]]:
    """Return rows of [label, value], as bodies and lines of transcripts hold them."""
    return [[[button.label, button.value] for button in row] for row in buttons]


def buttons_of(rows: Sequence[Sequence[Sequence[str]]]) -> ButtonRows:
    """Read what `buttons_as_json` returned, before or after it was stored."""
    return tuple(tuple(Button(*button) for button in row) for row in rows)
