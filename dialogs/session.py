"""Session: the memory of a conversation between two turns, and its JSON.

A field that has its default value is not written. A session at rest is therefore ``{"v":1}``, and a field added later
is simply absent from older rows. Change `VERSION` only when an old field changes its meaning. A session that cannot be
read becomes a fresh one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from dialogs.frozen import replace

VERSION = 1
MAX_FILES = 10  # photos of one report


class State(StrEnum):
    """The question that the next message is expected to answer."""

    IDLE = "idle"  # no question is open
    CONSENT = "consent"  # "Продолжить" under the notice on personal data
    ADDRESS = "address"
    HOUSE = "house"  # one of the houses in `Session.options`
    APARTMENT = "apartment"
    PHONE = "phone"
    PROBLEM = "problem"
    KIND = "kind"  # one of the problems in `Session.kinds`
    PHOTO = "photo"
    SUMMARY = "summary"
    FILE = "file"  # which ticket a photo without a context belongs to
    COMMENT = "comment"  # words or photos for `Session.ticket_id`
    DROP = "drop"  # whether to cancel `Session.ticket_id`
    REASON = "reason"  # why the problem of `Session.ticket_id` is not solved
    SURVEY = "survey"  # whether the problem of `Session.ticket_id` is solved
    QUESTION = "question"  # a question in the resident's own words
    ANSWERED = "answered"  # whether the answer `Session.entry` helped
    FORGET = "forget"  # whether to delete personal data
    CODE = "code"  # the code that was shown in another channel
    TAKE = "take"  # whether to continue here the report begun in another channel


FORM = frozenset(
    {State.ADDRESS, State.HOUSE, State.APARTMENT, State.PHONE, State.PROBLEM, State.KIND, State.PHOTO, State.SUMMARY}
)


@dataclass(frozen=True, kw_only=True)  # no slots: see `dialogs.frozen`
class Draft:
    """A report that is being filled in; an empty field was not answered yet."""

    started: bool = False
    house_id: int = 0  # 0: the house is unknown
    address: str = ""  # as shown, or in the resident's words when the house is unknown
    apartment: str = ""
    no_apartment: bool = False  # the problem is not in a flat, or the resident did not want to say
    entrance: str = ""
    floor: str = ""
    phone: str = ""  # E.164
    no_phone: bool = False  # the question for the phone was skipped
    name: str = ""
    problem: str = ""  # code
    text: str = ""  # the description, in the resident's words
    files: tuple[str, ...] = ()  # stored names of photos
    voices: tuple[str, ...] = ()  # stored names of voice messages
    no_photo: bool = False  # the question for photos was skipped or is finished
    path: tuple[str, ...] = ()  # states asked before this one, for "назад"
    tried: str = ""  # the last address that was not recognised
    failures: int = 0  # addresses not recognised in a row
    emergency: str = ""  # key of the safety text that was shown
    ticket_id: int = 0  # the ticket of an emergency, opened before the form was complete

    @property
    def has_place(self) -> bool:
        return bool(self.house_id or self.address)


@dataclass(frozen=True, kw_only=True)  # no slots: see `dialogs.frozen`
class Session:
    """The memory of one conversation; the names of the fields are stored."""

    state: State = State.IDLE
    draft: Draft = field(default_factory=Draft)
    misunderstood: int = 0  # messages not understood in a row
    ticket_id: int = 0  # the ticket that the conversation is about
    outage: int = 0  # id of the announced outage that was described last ...
    asked: str = ""  # ... and the message it answered, for a ticket that is opened all the same
    entry: str = ""  # id of the FAQ entry answered last
    held: str = ""  # the resident's words from before the notice was continued
    options: tuple[int, ...] = ()  # ids of the houses offered
    kinds: tuple[str, ...] = ()  # codes of the problems offered
    offered: tuple[str, ...] = ()  # button values of the last question, for a typed number
    undo: str = ""  # JSON of the draft before one of its answers was taken back on the summary
    form: int = 0  # number of reports in this conversation; the token of their timers
    touched: int = 0  # epoch seconds of the resident's last message
    reminded: bool = False  # the reminder of the half-filled report was sent
    window_from: int = 0  # epoch seconds: the start of the window ...
    window_count: int = 0  # ... in which so many messages came
    storm_told: bool = False  # the notice of the current storm was sent
    heard: int = 0  # checksum of the last letter ...
    heard_at: int = 0  # ... and its time, epoch seconds
    receipt: int = 0  # epoch seconds: the time of the last receipt for a letter
    voices: int = 0  # voice messages in a row
    recognised: str = ""  # the text a transcriber heard, until the resident confirms or rejects it ...
    recognised_file: str = ""  # ... and the voice message it was heard in
    link: str = ""  # payload of the poster that was scanned, until a report takes its house
    declined: str = ""  # the report of another conversation that the resident did not want to continue here
    alarm: str = ""  # key of the last emergency ...
    alarm_ticket: int = 0  # ... and its ticket: a repeated emergency message opens no second one


_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_EMPTY, _FRESH = Draft(), Session()
_DEFAULTS: dict[type[Any], dict[str, Any]] = {type(default): dict(vars(default)) for default in (_EMPTY, _FRESH)}
_STATES = {state.value: state for state in State}


def encode(session: Session) -> str:
    """Return the JSON of a session."""
    return _JSON({"v": VERSION, **_changed_fields(session)})


def decode(text: str) -> Session:
    """Read a session back. An empty, unreadable or differently versioned text gives a fresh one; never raises."""
    try:
        data = json.loads(text) if text else {}
        if not isinstance(data, dict) or data.get("v") != VERSION:
            return _FRESH
        session: Session = _filled(_FRESH, data)
        return session
    except (ValueError, TypeError, RecursionError):
        return _FRESH


def pack(draft: Draft) -> str:
    """Return a draft as JSON, for `Session.undo`."""
    return _JSON(_changed_fields(draft))


def unpack(text: str) -> Draft:
    """Read a draft back; an unreadable text gives a fresh one."""
    try:
        draft: Draft = _filled(_EMPTY, dict(json.loads(text)))
        return draft
    except (ValueError, TypeError, RecursionError):
        return _EMPTY


def _changed_fields(stored: Session | Draft) -> dict[str, Any]:
    """Return the fields that have not their default values."""
    defaults = _DEFAULTS[type(stored)]
    fields = {name: value for name, value in vars(stored).items() if value != defaults[name]}
    if isinstance(draft := fields.get("draft"), Draft):
        fields["draft"] = _changed_fields(draft)
    return fields


def _filled(default: Any, data: dict[str, Any]) -> Any:
    """Return a default with the stored fields. Raises `ValueError` or `TypeError` when a value is of another type."""
    defaults = _DEFAULTS[type(default)]
    changes = {}
    for name, value in data.items():
        if name in defaults:
            is_plain = type(value) is type(defaults[name])  # a text, a number, a yes or no
            changes[name] = value if is_plain else _from_json(name, defaults[name], value)
    return replace(default, **changes)


def _from_json(name: str, default: Any, value: Any) -> Any:
    """Return a value whose type JSON lacks: a state, a draft, a tuple. Raises `TypeError` for any other."""
    if isinstance(default, State):
        if value in _STATES:
            return _STATES[value]
    elif isinstance(default, Draft) and isinstance(value, dict):
        return _filled(default, value)
    elif isinstance(default, tuple) and isinstance(value, list):
        item_type = int if name == "options" else str
        if all(type(item) is item_type for item in value):
            return tuple(value)
    raise TypeError(name)
