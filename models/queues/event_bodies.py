"""Bodies of the events that the program itself puts into the inbox, and their JSON: written and read only here.

What residents send is written by `bot/messages/event_codec.py`; `kind` tells both apart. A row may have been written by
an older program, so every field that was added later has a default.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, assert_never

from channels.contract import PayloadError

_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_SPACED = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketChangedBody:
    """News of a ticket. change: opened, status, visit, comment, term (see `dialogs.events.TicketChanged`)."""

    ticket_id: int
    change: str
    event_id: int = 0  # ticket_event.id
    comment: str = ""
    actor_name: str = ""  # empty for a follower
    joined: bool = False  # for a neighbour who follows the ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerBody:
    """A timer fired. kind: see `dialogs.events.TimerFired`."""

    kind: str
    ticket_id: int = 0  # 0: none
    token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverBody:
    """A dispatcher took the conversation or gave it back."""

    claimed: bool
    dispatcher_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRefusedBody:
    """A file cannot be kept. reason: not_allowed, too_big, lost."""

    file: str  # stored name
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognisedBody:
    """A voice message was transcribed; an empty text: it could not be."""

    file: str  # stored name
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedBody:
    """The outcome of a proof that two residents are one. outcome: see `dialogs.events.Merged`."""

    outcome: str
    channel: str = ""  # name of the other channel


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftMovedBody:
    """The report `form` goes on in another conversation."""

    form: int
    channel: str  # name of the other conversation's channel


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgottenBody:
    """The resident asked in another conversation to be forgotten."""


InternalBody = (
    TicketChangedBody
    | TimerBody
    | HandoverBody
    | FileRefusedBody
    | RecognisedBody
    | MergedBody
    | DraftMovedBody
    | ForgottenBody
)


def encode(body: InternalBody) -> str:
    """Return the JSON of `inbox.body`, or of `timer.body`."""
    match body:
        case TicketChangedBody():
            seen_by: dict[str, object] = {"joined": True} if body.joined else {"actor_name": body.actor_name}
            return _COMPACT(
                {
                    "kind": "ticket_changed",
                    "ticket_id": body.ticket_id,
                    "change": body.change,
                    "comment": body.comment,
                    "event_id": body.event_id,
                    **seen_by,
                }
            )
        case TimerBody():
            return _COMPACT({"kind": "timer", "timer": body.kind, "ticket_id": body.ticket_id, "token": body.token})
        case HandoverBody():
            return _SPACED({"kind": "handover", "claimed": body.claimed, "dispatcher_name": body.dispatcher_name})
        case FileRefusedBody():
            return _SPACED({"kind": "file_refused", "file": body.file, "reason": body.reason})
        case RecognisedBody():
            return _SPACED({"kind": "recognised", "file": body.file, "text": body.text})
        case MergedBody():
            return _COMPACT({"kind": "merged", "outcome": body.outcome, "channel": body.channel})
        case DraftMovedBody():
            return _COMPACT({"kind": "draft_moved", "form": body.form, "channel": body.channel})
        case ForgottenBody():
            return _COMPACT({"kind": "forgotten"})
    assert_never(body)


def decode(text: str) -> InternalBody:
    """Read the JSON of `encode` back. Raises `PayloadError`: it is none."""
    body = json.loads(text)
    if (internal := from_json(body)) is None:
        raise PayloadError(f"body of kind {body.get('kind')!r} is no event of the program")
    return internal


def from_json(body: dict[str, Any]) -> InternalBody | None:
    """Return the event of a decoded body; None: a resident sent it.

    Raises:
        PayloadError: a field is absent.
    """
    read = _READERS.get(body.get("kind", ""))
    try:
        return read(body) if read else None
    except KeyError as error:
        raise PayloadError(f"inbox body of kind {body['kind']!r} cannot be read") from error


_READERS: dict[str, Callable[[dict[str, Any]], InternalBody]] = {
    "ticket_changed": lambda body: TicketChangedBody(
        ticket_id=body["ticket_id"],
        change=body["change"],
        event_id=body.get("event_id", 0),
        comment=body.get("comment", ""),
        actor_name=body.get("actor_name", ""),
        joined=bool(body.get("joined")),
    ),
    "timer": lambda body: TimerBody(
        kind=body["timer"], ticket_id=body.get("ticket_id") or 0, token=body.get("token", "")
    ),
    "handover": lambda body: HandoverBody(claimed=body["claimed"], dispatcher_name=body.get("dispatcher_name", "")),
    "file_refused": lambda body: FileRefusedBody(file=body["file"], reason=body["reason"]),
    "recognised": lambda body: RecognisedBody(file=body["file"], text=body["text"]),
    "merged": lambda body: MergedBody(outcome=body["outcome"], channel=body.get("channel", "")),
    "draft_moved": lambda body: DraftMovedBody(form=body["form"], channel=body["channel"]),
    "forgotten": lambda body: ForgottenBody(),
}
