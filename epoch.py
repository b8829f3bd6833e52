"""Moments as this program stores them: whole milliseconds since 1970 UTC; and time zones by their names."""

from __future__ import annotations

import time
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def now_ms() -> int:
    """Read this computer's clock."""
    return int(time.time() * 1000)


def to_ms(moment: datetime) -> int:
    """Return an aware moment in milliseconds, rounded: so ``to_ms(from_ms(ms)) == ms`` for every `ms`."""
    return round(moment.timestamp() * 1000)


def from_ms(at_ms: int, zone: tzinfo | None = UTC) -> datetime:
    """Return the moment, aware, in this time zone; None: in that of this computer."""
    return datetime.fromtimestamp(at_ms / 1000, zone)


def zone_named(name: object) -> ZoneInfo | None:
    """Return the time zone of a house's register row; None: it names none that exists."""
    try:
        return ZoneInfo(name) if isinstance(name, str) and name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None
