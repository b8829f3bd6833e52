"""What a conversation remembers between two turns, and its JSON. A session that cannot be read is a fresh one.

The convention worth knowing: a value that is its field's default is not written, so a session at rest is ``{"v":1}``
and a field added later is simply absent from older rows. Change `VERSION` only when an old field changes its meaning.
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
    """What the next message is expected to answer."""

    IDLE = "idle"  # nothing was asked
    CONSENT = "consent"  # "Продолжить" under the notice on personal data
    ADDRESS = "address"
    HOUSE = "house"  # one of the houses in `Session.options`
    APARTMENT = "apartment"
    PHONE = "phone"
    PROBLEM = "problem"
    KIND = "kind"  # one of the problems in `Session.kinds`
    PHOTO = "photo"
    SUMMARY = "summary"
    FILE = "file"  # what a photo that came by itself belongs to
    COMMENT = "comment"  # words or photos for `Session.ticket_id`
    DROP = "drop"  # whether to cancel `Session.ticket_id`
    REASON = "reason"  # why `Session.ticket_id` is not solved
    SURVEY = "survey"  # whether `Session.ticket_id` is solved
    QUESTION = "question"  # a question in the resident's own words
    ANSWERED = "answered"  # whether the answer `Session.entry` helped
    FORGET = "forget"  # whether to delete personal data
    CODE = "code"  # a code that was shown in another channel
    TAKE = "take"  # whether the report begun in another channel goes on here


FORM = frozenset(
    {State.ADDRESS, State.HOUSE, State.APARTMENT, State.PHONE, State.PROBLEM, State.KIND, State.PHOTO, State.SUMMARY}
)


@dataclass(frozen=True, kw_only=True)  # no slots: see `dialogs.frozen`
class Draft:
    """A report being filled in."""

    started: bool = False
    house_id: int = 0
    address: str = ""  # as shown, or in the resident's words when the house is unknown
    apartment: str = ""
    no_apartment: bool = False  # the problem is not in a flat, or the resident would not say
    entrance: str = ""
    floor: str = ""
    phone: str = ""  # E.164
    no_phone: bool = False  # skipped, only in an emergency
    name: str = ""
    problem: str = ""  # code
    text: str = ""  # in the resident's words
    files: tuple[str, ...] = ()
    voices: tuple[str, ...] = ()  # stored names of voice messages
    no_photo: bool = False
    path: tuple[str, ...] = ()  # states asked before this one, for "назад"
    tried: str = ""  # the last address nobody recognised
    failures: int = 0  # addresses not recognised in a row
    emergency: str = ""  # key of the safety text that was shown
    ticket_id: int = 0  # the ticket of an emergency, opened before the form was complete

    @property
    def has_place(self) -> bool:
        return bool(self.house_id or self.address)


@dataclass(frozen=True, kw_only=True)  # no slots: see `dialogs.frozen`
class Session:
    state: State = State.IDLE
    draft: Draft = field(default_factory=Draft)
    misunderstood: int = 0  # in a row
    ticket_id: int = 0  # the ticket talked about
    outage: int = 0  # the announced outage that was told last ...
    asked: str = ""  # ... and what it answered, for a ticket that is opened all the same
    entry: str = ""  # id of the FAQ entry answered last
    held: str = ""  # what was said before the notice was continued
    options: tuple[int, ...] = ()  # ids of the houses offered
    kinds: tuple[str, ...] = ()  # codes of the problems offered
    offered: tuple[str, ...] = ()  # button values of the last question, for a typed number
    undo: str = ""  # JSON of the report before one of its answers was taken back on the summary
    form: int = 0  # counts the reports of this conversation; the token of its timers
    touched: int = 0  # epoch seconds of the resident's last word
    reminded: bool = False  # of the half-filled report
    window_from: int = 0  # epoch seconds: since when ...
    window_count: int = 0  # ... so many messages came
    storm_told: bool = False
    heard: int = 0  # checksum of the last letter ...
    heard_at: int = 0  # ... and when it came, epoch seconds
    receipt: int = 0  # epoch seconds: when a letter about a ticket was last acknowledged
    voices: int = 0  # voice messages in a row
    recognised: str = ""  # what a transcriber heard, until the resident says whether it is right
    recognised_file: str = ""  # ... and the voice message it was heard in
    link: str = ""  # payload of the poster that was scanned, until a report takes its house
    declined: str = ""  # the report of another conversation that was not to go on here
    alarm: str = ""  # key of the last emergency ...
    alarm_ticket: int = 0  # ... and its ticket, so that a repeated cry opens no second one


_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_EMPTY, _FRESH = Draft(), Session()
_DEFAULTS: dict[type[Any], dict[str, Any]] = {type(one): dict(vars(one)) for one in (_EMPTY, _FRESH)}
_STATES = {one.value: one for one in State}


def encode(session: Session) -> str:
    """Return the JSON of a session."""
    return _JSON({"v": VERSION, **_changed_fields(session)})


def decode(text: str) -> Session:
    """Read a session back; empty, unreadable or of another version: a fresh one. Never raises."""
    try:
        data = json.loads(text) if text else {}
        if not isinstance(data, dict) or data.get("v") != VERSION:
            return _FRESH
        session: Session = _filled(_FRESH, data)
        return session
    except (ValueError, TypeError, RecursionError):
        return _FRESH


def pack(draft: Draft) -> str:
    """Return a report as JSON, for `Session.undo`."""
    return _JSON(_changed_fields(draft))


def unpack(text: str) -> Draft:
    """Read a report back; one that cannot be read is a fresh one."""
    try:
        draft: Draft = _filled(_EMPTY, dict(json.loads(text)))
        return draft
    except (ValueError, TypeError, RecursionError):
        return _EMPTY


def _changed_fields(thing: Session | Draft) -> dict[str, Any]:
    """Return the fields that are not their defaults."""
    defaults = _DEFAULTS[type(thing)]
    found = {name: value for name, value in vars(thing).items() if value != defaults[name]}
    if isinstance(draft := found.get("draft"), Draft):
        found["draft"] = _changed_fields(draft)
    return found


def _filled(default: Any, data: dict[str, Any]) -> Any:
    """Fill a default with what was told. Raises `ValueError` or `TypeError` when a value is of another type."""
    defaults = _DEFAULTS[type(default)]
    changes = {}
    for name, told in data.items():
        if name in defaults:
            plain = type(told) is type(defaults[name])  # a text, a number, a yes or no
            changes[name] = told if plain else _value(name, defaults[name], told)
    return replace(default, **changes)


def _value(name: str, default: Any, told: Any) -> Any:
    """Return what JSON has no type for."""
    if isinstance(default, State):
        if told in _STATES:
            return _STATES[told]
    elif isinstance(default, Draft) and isinstance(told, dict):
        return _filled(default, told)
    elif isinstance(default, tuple) and isinstance(told, list):
        kind = int if name == "options" else str
        if all(type(item) is kind for item in told):
            return tuple(told)
    raise TypeError(name)
