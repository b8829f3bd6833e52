"""When a request arrived at a service that counts requests in any second of its own clock. Pure.

We know only when a request was started and when it was answered. So a request slower than the fastest ones counts as
arrived late: at the latest when the fastest way back began.
"""

from __future__ import annotations

from collections import deque

SECOND = 1.005  # one second with a margin, because its clock and ours are read at different places
FEW_TRIPS = 50  # the fewest round trips that show the fastest one
TRIP_SECONDS = 2.5  # of the full rate are remembered; in a shorter time a busy machine may have had no fast ones


class RoundTrips:
    """Remembers how long the last requests took. Times are seconds of any monotonic clock.

    Args:
        per_second: requests that the service allows in any second.
    """

    def __init__(self, per_second: float) -> None:
        self._seconds: deque[float] = deque(maxlen=max(FEW_TRIPS, int(TRIP_SECONDS * per_second)))

    def arrived(self, started: float, answered: float) -> float:
        """Count a request that was answered, or failed; return the latest time at which it may have arrived."""
        self._seconds.append(answered - started)
        fastest = min(self._seconds) if len(self._seconds) >= FEW_TRIPS else 0.0
        return max(started, answered - fastest)
