"""Rate limits of one channel token: plain in-memory arithmetic, because a token has one sender."""

from __future__ import annotations

from dataclasses import dataclass, field

LONGEST_MEMORY = 10_000  # conversations remembered before the oldest are forgotten
SLACK_SECONDS = 0.02  # messages of one such moment may start together; the mean rate is kept


@dataclass(slots=True)
class Pace:
    """Even spacing: a message may start when the clock has (nearly) reached the slot after the last one.

    Times are seconds of any monotonic clock that the caller uses throughout.
    """

    per_second: float
    per_conversation_second: float
    _free_at: float = 0.0
    _conversation_free_at: dict[str, float] = field(default_factory=dict)

    def wait_seconds(self, now: float) -> float:
        """Seconds until the channel may send its next message; 0: at once."""
        wait = self._free_at - now
        return wait if wait > SLACK_SECONDS else 0.0

    def conversation_wait_seconds(self, conversation: str, now: float) -> float:
        return max(0.0, self._conversation_free_at.get(conversation, 0.0) - now)

    def take(self, conversation: str, now: float) -> None:
        """Count one message that starts at `now`."""
        self._free_at = max(now, self._free_at) + 1 / self.per_second
        self._conversation_free_at.pop(conversation, None)
        self._conversation_free_at[conversation] = now + 1 / self.per_conversation_second
        if len(self._conversation_free_at) > LONGEST_MEMORY:
            self._conversation_free_at.pop(next(iter(self._conversation_free_at)))

    def pause(self, seconds: float, now: float) -> None:
        """The channel asked the whole token to be silent."""
        self._free_at = max(self._free_at, now + seconds)
