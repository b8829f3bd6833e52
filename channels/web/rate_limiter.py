"""Token buckets: how often one conversation and one IP address may write."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable


class Throttle:
    """Buckets by key; the longest unused are forgotten, and a forgotten bucket is a full one."""

    def __init__(self, burst: int, per_second: float, clock: Callable[[], float], keep: int = 20_000) -> None:
        self._burst = float(burst)
        self._per_second = per_second
        self._clock = clock
        self._keep = keep
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # key -> (tokens, at)

    def take(self, key: str) -> float:
        """Take one token; return 0, or the seconds until there is one (nothing is taken then)."""
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
