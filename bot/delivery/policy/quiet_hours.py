"""Quiet hours: news that nobody waits for does not come at night. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import epoch
from dialogs.events import Event, TicketChanged, TimerFired


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """begins, ends: hours of the house's day; equal: there are no quiet hours."""

    begins: int = 0
    ends: int = 0
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))  # of houses without one of their own
    zones: Mapping[int, ZoneInfo] = field(default_factory=dict)  # by house

    def due_ms(self, now_ms: int, *house_ids: int) -> int:
        """Return when to say something: now, or when the night ends where the first known house of these stands."""
        house_id = next((known for known in house_ids if known), 0)
        return self._after(now_ms, self.zones.get(house_id, self.zone))

    def due_in(self, now_ms: int, zone_name: str) -> int:
        """The same in a time zone by its name; one that is empty or unknown is the default."""
        return self._after(now_ms, epoch.zone_named(zone_name) or self.zone)

    def _after(self, now_ms: int, zone: ZoneInfo) -> int:
        if self.begins == self.ends:
            return now_ms
        here = epoch.from_ms(now_ms, zone)
        across = self.begins > self.ends  # the night holds a midnight
        late, early = here.hour >= self.begins, here.hour < self.ends
        if not ((late or early) if across else (late and early)):
            return now_ms
        day = here.date() + timedelta(days=1) if across and late else here.date()
        morning = datetime(day.year, day.month, day.day, self.ends, tzinfo=zone)
        return epoch.to_ms(morning)


def may_wait_until_morning(event: Event) -> bool:
    """Say whether news of this event is as good in the morning.

    Not of an emergency, not the planned term, which the law wants told within half an hour, not the number of a
    ticket that was just opened for a caller, and not that somebody is about to come.
    """
    match event:
        case TicketChanged(ticket=ticket, kind=kind):
            return not ticket.emergency and kind not in ("term", "opened")
        case TimerFired(ticket=ticket, kind=kind):
            return not (ticket and ticket.emergency) and kind not in ("ticket_term", "ticket_visit")
    return False
