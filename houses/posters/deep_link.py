"""What the link of a house's poster carries: `house-<id>`, or `house-<id>-<entrance>`. Pure."""

from __future__ import annotations

import re

_MARK = re.compile(r"house-([1-9]\d{0,8})(?:-([1-9]\d?))?")


def start_payload(house_id: int, entrance: int = 0) -> str:
    """Return the payload of a house, or of one of its entrances (1..99)."""
    return f"house-{house_id}-{entrance}" if entrance else f"house-{house_id}"


def read(payload: str) -> tuple[int, str]:
    """Return the id of the house (0: it names none) and the entrance ('' unknown)."""
    found = _MARK.fullmatch(payload)
    return (int(found[1]), found[2] or "") if found else (0, "")
