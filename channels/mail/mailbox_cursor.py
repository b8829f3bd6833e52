"""The saved position in the mailbox. Pure.

Mails are numbered upwards within one ``UIDVALIDITY``. After the server renumbers the box the old number is useless.
Then the mails of the last days are read again, and the inbox recognises those it has.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta

OVERLAP = timedelta(days=1)  # the server compares days in its own time zone


@dataclass(frozen=True, slots=True)
class Place:
    """uid: the last mail taken. day: the UTC day on which the position was saved."""

    uidvalidity: int
    uid: int
    day: date

    @property
    def since(self) -> date:
        return self.day - OVERLAP


def packed(place: Place) -> str:
    return json.dumps({"uidvalidity": place.uidvalidity, "uid": place.uid, "day": place.day.isoformat()})


def unpacked(text: str) -> Place | None:
    """Return the position in `text`; ``None`` when `text` is empty or not written by `packed`."""
    try:
        fields = json.loads(text) if text else {}
        return Place(int(fields["uidvalidity"]), int(fields["uid"]), date.fromisoformat(fields["day"]))
    except (ValueError, KeyError, TypeError):
        return None
