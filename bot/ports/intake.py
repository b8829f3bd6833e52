"""Intake: what adapters hand over becomes inbox rows; only then may the channel be told that it arrived."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

import epoch
from bot.messages.event_codec import encode_incoming
from bot.monitoring.metrics import Metrics
from channels.contract import Incoming
from models.coordination.wakeup import Wakeup
from models.database.connection import TENANT
from models.queues.inbox import GroupCommit, InboxRow

logger = logging.getLogger(__name__)


class Intake:
    """Callable as `channels.contract.Accept`."""

    def __init__(self, commits: GroupCommit, wakeup: Wakeup, metrics: Metrics | None = None) -> None:
        self._commits = commits
        self._wakeup = wakeup
        self._metrics = metrics or Metrics()

    async def __call__(self, items: Sequence[Incoming]) -> int:
        now_ms = epoch.now_ms()
        started = time.perf_counter()
        new = await self._commits.accept([_row(item, now_ms) for item in items])
        self._metrics.intake_seconds.observe(time.perf_counter() - started)
        if items:
            self._metrics.accepted.labels(items[0].channel).inc(new)  # an adapter hands over its own channel only
            if new < len(items):
                self._metrics.repeated.labels(items[0].channel).inc(len(items) - new)
        if new:
            self._wakeup.notify("inbox")
        return new


def _row(item: Incoming, now_ms: int) -> InboxRow:
    return InboxRow(
        tenant=TENANT,
        channel=item.channel,
        key=item.external_id,
        order_key=item.order_key,
        conversation=item.conversation,
        body=encode_incoming(item),
        at_ms=now_ms,
    )
