"""Results of sends: the row's next state, figures and logs, and the pause that the channel asked for."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import epoch
from bot.delivery.policy.rate_limiter import RateLimiter
from bot.delivery.policy.retry import RetryDecision, decide_retry
from bot.monitoring.metrics import Metrics
from bot.settings.schema import DeliverySettings
from channels.contract import Channel, SendError, SendPriority
from models.queues.outbox import DueRow, SendResult

logger = logging.getLogger(__name__)


class Results:
    """Turns a channel's answers into results to settle."""

    def __init__(
        self,
        channel: Channel,
        settings: DeliverySettings,
        now: Callable[[], datetime],
        metrics: Metrics,
        rate_limiter: RateLimiter,
    ) -> None:
        self._channel = channel
        self._settings = settings
        self._now = now
        self._metrics = metrics
        self._rate_limiter = rate_limiter
        self._pause_until_ms = 0
        self.sent = 0
        self.failed = 0

    def of(self, row: DueRow, answer: str | SendError) -> SendResult:
        return self._failed(row, answer) if isinstance(answer, SendError) else self._succeeded(row, answer)

    def take_pause(self) -> int:
        """Return until when the channel wants to be left alone since the last call; 0: it asked for no pause."""
        until_ms, self._pause_until_ms = self._pause_until_ms, 0
        return until_ms

    def _succeeded(self, row: DueRow, provider_id: str) -> SendResult:
        self.sent += 1
        self._metrics.sends.labels(self._channel.name, "sent").inc()
        logger.info("message sent", extra={"action": "outbox.sent", "channel": self._channel.name})
        return SendResult(
            id=row.id,
            state="sent",
            provider_id=provider_id,
            at_ms=self._now_ms(),
            tries=row.tries,
            error=row.error if row.error == "unknown" else "",  # it may be there twice
        )

    def _failed(self, row: DueRow, error: SendError) -> SendResult:
        self.failed += 1
        self._metrics.sends.labels(self._channel.name, error.code).inc()
        self._keep_pause(row, error)
        unconfirmed = row.error == "unknown"  # an earlier send of it may have arrived
        decision = self._decide(row, error, unconfirmed=unconfirmed)
        logger.warning(
            "message not sent",
            extra={
                "action": "outbox.failed",
                "channel": self._channel.name,
                "code": error.code,
                "final": decision.state == "dead",
            },
        )
        stays_unconfirmed = (unconfirmed or error.code == "unknown") and decision.state == "retry"
        keeps_start = stays_unconfirmed and self._channel.capabilities.idempotent
        at_ms = self._now_ms() if decision.state == "dead" else 0
        return SendResult(
            id=row.id,
            state=decision.state,
            error="unknown" if stays_unconfirmed else error.code,
            at_ms=epoch.to_ms(decision.at) if decision.at else at_ms,
            tries=row.tries,
            spent=error.code != "throttled",
            since_ms=row.sending_ms if decision.state == "unknown" or keeps_start else 0,
        )

    def _decide(self, row: DueRow, error: SendError, *, unconfirmed: bool) -> RetryDecision:
        return decide_retry(
            error,
            attempt=row.tries,
            now=self._now(),
            priority=row.priority,
            max_attempts=self._settings.max_attempts,
            longest_pause=timedelta(seconds=self._settings.longest_pause_seconds),
            unknown_pause=timedelta(seconds=self._settings.unknown_pause_seconds),
            idempotent=self._channel.capabilities.idempotent,
            unconfirmed=unconfirmed,
        )

    def _keep_pause(self, row: DueRow, error: SendError) -> None:
        """The channel asked for a pause: of all it is sent, or of this conversation."""
        if not error.retry_after:
            return
        seconds, now = error.retry_after.total_seconds(), time.monotonic()
        if error.whole_channel:
            self._rate_limiter.pause(seconds, now)
            self._pause_until_ms = max(self._pause_until_ms, self._now_ms() + int(seconds * 1000))
        elif error.code == "throttled" and row.priority < SendPriority.ANNOUNCEMENT:
            # An announcement waits alone; replies of the conversation go on.
            self._rate_limiter.pause_conversation(row.conversation, seconds, now)

    def _now_ms(self) -> int:
        return epoch.to_ms(self._now())
