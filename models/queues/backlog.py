"""Lag: how long the oldest waiting message of each channel has waited; the storm that begins when that is too long."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.database.connection import Connection
from models.queues.inbox_claim import CHANNELS

REFRESH_MS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelLag:
    tenant: int
    channel: str
    seconds: float  # age of the oldest waiting inbox row


async def read(conn: Connection, now_ms: int) -> list[ChannelLag]:
    """Return the lag of every channel in which something waits: one row read per channel, by an index."""
    rows = await conn.fetch(f"{CHANNELS} SELECT tenant, channel, at_ms FROM head")  # noqa: S608
    return [
        ChannelLag(tenant=row["tenant"], channel=row["channel"], seconds=max(0, now_ms - row["at_ms"]) / 1000)
        for row in rows
    ]


@dataclass(slots=True, kw_only=True)
class Storm:
    """More is written than answered. Each process finds it out from the same rows, so none has to tell another.

    It begins when a channel lags more than `begin_seconds` (0: never) and ends when the lag has stayed below half of
    that for `leave_seconds`.
    """

    begin_seconds: int = 0
    leave_seconds: int = 60
    on: bool = False
    lag_seconds: int = 0  # the longest, at the last look
    _looked_ms: int = field(default=-REFRESH_MS)
    _calm_ms: int = 0  # since when the lag has been below half; 0: it is not

    async def look(self, conn: Connection, now_ms: int) -> bool:
        """Read the lag, at most once a second; say whether the storm is on."""
        if self.begin_seconds and not 0 <= now_ms - self._looked_ms < REFRESH_MS:
            self.note(max((lag.seconds for lag in await read(conn, now_ms)), default=0.0), now_ms)
        return self.on

    def note(self, lag_seconds: float, now_ms: int) -> None:
        self._looked_ms, self.lag_seconds = now_ms, int(lag_seconds)
        if lag_seconds > self.begin_seconds:
            self.on, self._calm_ms = True, 0
        elif lag_seconds * 2 >= self.begin_seconds:
            self._calm_ms = 0
        else:
            self._calm_ms = self._calm_ms or now_ms
            self.on = self.on and now_ms - self._calm_ms < self.leave_seconds * 1000
