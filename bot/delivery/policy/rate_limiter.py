"""Rate limits of one channel token: plain in-memory arithmetic, because a token has one sender.

A channel that allows N requests a second counts them in any second of its own clock, when they arrive
(`channels.round_trips`). A request that is not answered yet holds its place; no N + 1 requests fall into a `SECOND` of
such times. Besides, requests are spaced evenly, so that an urgent message never waits for a crowd to pass.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

from channels.round_trips import SECOND, RoundTrips

SPACED_SECOND = 1.01  # in which N requests are spread evenly: what is late by less can be made up for
CATCH_UP_SECONDS = 0.1  # of lateness that is made up for; what a busy machine or a slow disk costs


@dataclass(slots=True)
class RateLimiter:
    """Says when the next request of the token, or the next message of a conversation, may start.

    Times are seconds of any monotonic clock that the caller uses throughout.
    """

    per_second: float
    per_conversation_second: float
    _free_at: float = 0.0  # even spacing
    _silent_until: float = 0.0
    _under_way: int = 0
    _arrived: list[float] = field(default_factory=list)  # heap: when answered requests of the last second arrived
    _trips: RoundTrips = field(init=False)
    _conversations: dict[str, float] = field(default_factory=dict)  # when the next message of each may start
    _paused: dict[str, float] = field(default_factory=dict)  # conversations that the channel wants silent

    def __post_init__(self) -> None:
        self._trips = RoundTrips(self.per_second)

    def wait_seconds(self, now: float) -> float:
        """Seconds until the channel may be sent its next request; 0: at once. An answer may make it sooner."""
        while self._arrived and self._arrived[0] <= now - SECOND:
            heapq.heappop(self._arrived)
        full = 0.0
        if self._under_way + len(self._arrived) >= self._most:
            full = (self._arrived[0] if self._arrived else now) + SECOND
        return max(0.0, self._free_at - now, self._silent_until - now, full - now)

    def may_start(self, now: float) -> int:
        """Return how many requests may start now."""
        if self.wait_seconds(now) > 0.0:
            return 0
        late = int((now - max(self._free_at, now - CATCH_UP_SECONDS)) / self._step) + 1
        return min(late, self._most - self._under_way - len(self._arrived))

    def take(self, now: float) -> None:
        """Count one request that starts at `now`; `answered` must follow."""
        self._free_at = max(self._free_at, now - CATCH_UP_SECONDS) + self._step
        self._under_way += 1

    def answered(self, started: float, now: float) -> None:
        """A request was answered, or failed: it arrived at the latest when the fastest way back began."""
        self._under_way -= 1
        heapq.heappush(self._arrived, self._trips.arrived(started, now))

    def blocked(self, now: float) -> dict[str, float]:
        """Conversations that may not be sent anything yet, each with the seconds it still has to wait."""
        self._conversations = {name: at for name, at in self._conversations.items() if at > now}
        self._paused = {name: at for name, at in self._paused.items() if at > now}
        waits = {name: at - now for name, at in self._conversations.items()}
        for name, at in self._paused.items():
            waits[name] = max(at - now, waits.get(name, 0.0))
        return waits

    def ended(self, conversation: str, now: float) -> None:
        """A message of the conversation ended at `now`: the channel has counted it by then, whenever it did."""
        self._conversations[conversation] = now + 1 / self.per_conversation_second

    def pause(self, seconds: float, now: float) -> None:
        """The channel asked the whole token to be silent."""
        self._silent_until = max(self._silent_until, now + seconds)

    def pause_conversation(self, conversation: str, seconds: float, now: float) -> None:
        """The channel asked one conversation to be silent."""
        self._paused[conversation] = max(self._paused.get(conversation, 0.0), now + seconds)

    @property
    def _step(self) -> float:
        return SPACED_SECOND / self.per_second

    @property
    def _most(self) -> int:
        return max(1, int(self.per_second))
