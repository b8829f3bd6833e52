"""Token buckets that limit the messages of one conversation and of one IP address."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable


class Throttle:
    """Buckets by key. The longest unused are forgotten. A forgotten bucket counts as full."""

    def __init__(self, burst: int, per_second: float, clock: Callable[[], float], keep: int = 20_000) -> None:
        self._burst = float(burst)
        self._per_second = per_second
        self._clock = clock
        self._keep = keep
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # key -> (tokens, at)

    def take(self, key: str) -> float:
        """Take one token and return 0; if there is none, return the seconds until the next."""
        now = self._clock()
        tokens, at = self._buckets.get(key, (self._burst, now))
        tokens = min(self._burst, tokens + (now - at) * self._per_second)
        wait = 0.0
        if tokens >= 1:
            tokens -= 1
        else:
            wait = (1 - tokens) / self._per_second
        self._buckets[key] = (tokens, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._keep:
            self._buckets.popitem(last=False)
        return wait
