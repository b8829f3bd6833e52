"""The Jinja environment of the console: filters for moments, durations and phones, and names of codes."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import phonenumbers
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

import epoch
from operators.console import identity_labels, labels

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"
MINUTE_MS = 60_000

# Russian names of codes, by the names that templates use.
LABELS: dict[str, object] = {
    "STATUSES": labels.STATUSES,
    "STATUS_ACTIONS": labels.STATUS_ACTIONS,
    "PRIORITIES": labels.PRIORITIES,
    "CHANNELS": labels.CHANNELS,
    "PUSHES": labels.PUSHES,
    "WAIT_REASONS": labels.WAIT_REASONS,
    "AUTHORS": labels.AUTHORS,
    "ACTORS": labels.ACTORS,
    "TICKET_ACTIONS": labels.TICKET_ACTIONS,
    "SEND_ERRORS": labels.SEND_ERRORS,
    "ROLES": labels.ROLES,
    "MERGE_REASONS": identity_labels.MERGE_REASONS,
    "UNREACHABLE": identity_labels.UNREACHABLE,
}


def environment(zone: ZoneInfo) -> Environment:
    """Return the environment: escaping is always on, and an unknown name is an error."""
    env = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(
        moment=lambda ms: moment(ms, zone),
        clock=lambda ms: clock(ms, zone),
        iso=lambda ms: iso(ms, zone),
        day=lambda ms: day(ms, zone),
        phone=phone,
        lines=with_breaks,
        read_json=json.loads,
    )
    env.globals.update(LABELS)
    env.globals.update(asset=asset, duration=duration, query=query, describe=lambda details: describe(details, zone))
    return env


def asset(name: str) -> str:
    """Return the address of a static file. It changes with the content, so browsers may cache it forever."""
    version = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/console/static/{name}?v={version}"


def local(ms: int, zone: ZoneInfo) -> datetime:
    return epoch.from_ms(ms, zone)


def moment(ms: int, zone: ZoneInfo) -> str:
    """Format date and time for people; a dash for 0, "never"."""
    return local(ms, zone).strftime("%d.%m.%Y %H:%M") if ms else "—"


def clock(ms: int, zone: ZoneInfo) -> str:
    return local(ms, zone).strftime("%H:%M")


def day(ms: int, zone: ZoneInfo) -> str:
    return local(ms, zone).strftime("%d.%m.%Y")


def iso(ms: int, zone: ZoneInfo) -> str:
    return local(ms, zone).isoformat(timespec="seconds")


def duration(ms: int) -> str:
    """Format a length of time in words that fit into a table cell."""
    minutes = max(0, ms) // MINUTE_MS
    if minutes < 1:
        return "меньше минуты"
    if minutes < 60:
        return f"{minutes} мин"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} ч {minutes:02d} мин"
    return f"{hours // 24} д {hours % 24} ч"


def phone(number: str) -> str:
    """Format E.164 as ``+7 903 123-45-67``; a text that is no number stays as it is."""
    try:
        parsed = phonenumbers.parse(number, "RU")
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def e164(number: str) -> str:
    """Return a typed phone as E.164; '' when it is not a valid number."""
    try:
        parsed = phonenumbers.parse(number, "RU")
    except phonenumbers.NumberParseException:
        return ""
    valid = phonenumbers.is_valid_number(parsed)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) if valid else ""


def describe(details: dict[str, Any], zone: ZoneInfo) -> list[str]:
    """Describe the changes of a ticket event in sentences; unknown details are left out."""
    sentences = []
    if details.get("old") in labels.STATUSES and details.get("new") in labels.STATUSES:
        sentences.append(f"{labels.STATUSES[details['old']]} → {labels.STATUSES[details['new']]}")
    if details.get("visit_ms"):
        sentences.append(moment(details["visit_ms"], zone))
    if fields := [label for name, label in labels.TICKET_FIELDS.items() if name in details.get("fields", ())]:
        sentences.append(", ".join(fields))
    for name in ("executor", "reason", "text", "comment", "problem_title", "title"):
        if details.get(name):
            sentences.append(str(details[name]))
    return sentences


def with_breaks(text: str) -> Markup:
    """Escape a text and keep its line breaks."""
    return Markup("<br>").join(escape(text).splitlines())


def query(**values: object) -> str:
    """Return a query string without empty values."""
    return urlencode({key: value for key, value in values.items() if value}, doseq=True)
