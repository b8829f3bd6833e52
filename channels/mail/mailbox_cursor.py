"""Where in the mailbox reading goes on. Pure.

Mails are numbered upwards within one ``UIDVALIDITY``. When the server numbers the box anew, the old number says
nothing: the mails of the last days are looked at again, and the inbox knows those it has.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta

OVERLAP = timedelta(days=1)  # the server compares days of its own time zone


@dataclass(frozen=True, slots=True)
class Place:
    """uid: of the last mail taken. day: UTC, when that was written down."""

    uidvalidity: int
    uid: int
    day: date

    @property
    def since(self) -> date:
        return self.day - OVERLAP


def packed(place: Place) -> str:
    return json.dumps({"uidvalidity": place.uidvalidity, "uid": place.uid, "day": place.day.isoformat()})


def unpacked(text: str) -> Place | None:
    """Read it back; ``None`` when nothing was written or it was not written by `packed`."""
    try:
        found = json.loads(text) if text else {}
        return Place(int(found["uidvalidity"]), int(found["uid"]), date.fromisoformat(found["day"]))
    except (ValueError, KeyError, TypeError):
        return None
