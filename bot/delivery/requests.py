"""Requests of a sender: which due rows go together, and what the channel answers."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from channels.contract import Bulk, Channel, FileRef, Outgoing, SendError, SendPriority
from models.queues.outbox import DueRow
from models.rows import outbox_bodies

logger = logging.getLogger(__name__)


def divide(rows: list[DueRow], most: int, bulk: int) -> list[list[DueRow]]:
    """Divide due rows among at most `most` requests: each its own, but announcements by `bulk` when there is such."""
    if bulk == 1:
        return [[row] for row in rows[:most]]
    alone = [row for row in rows if row.priority < SendPriority.ANNOUNCEMENT][:most]
    together = [row for row in rows if row.priority >= SendPriority.ANNOUNCEMENT]
    chunks = [together[start : start + bulk] for start in range(0, len(together), bulk)]
    return [*([row] for row in alone), *chunks][:most]


async def send(channel: Channel, rows: list[DueRow]) -> Sequence[str | SendError]:
    """Send rows in one request; return for each the channel's id of the message or why it was not sent.

    Never raises; if the whole request fails, every row gets that error.
    """
    return await (_send_many(channel, rows) if len(rows) > 1 else _send_one(channel, rows[0]))


async def _send_one(channel: Channel, row: DueRow) -> list[str | SendError]:
    try:
        return [await channel.send(as_outgoing(row))]
    except SendError as error:
        return [error]
    except Exception:
        logger.exception("channel broke its contract", extra={"action": "outbox.bug", "channel": channel.name})
        return [SendError("internal", retryable=True)]


async def _send_many(channel: Channel, rows: list[DueRow]) -> Sequence[str | SendError]:
    try:
        assert isinstance(channel, Bulk)  # noqa: S101  only then is there more than one row
        answers = await channel.send_many([as_outgoing(row) for row in rows])
        if len(answers) == len(rows):
            return answers
        logger.error("a bulk was not answered whole", extra={"action": "outbox.bug", "channel": channel.name})
    except Exception:
        logger.exception("channel broke its contract", extra={"action": "outbox.bug", "channel": channel.name})
    return [SendError("unknown", retryable=True)] * len(rows)  # perhaps some of them arrived


def as_outgoing(row: DueRow) -> Outgoing:
    """Return what adapters send for an outbox row; its send is already counted in `tries`."""
    body = outbox_bodies.decode(row.body)
    return Outgoing(
        key=row.key,
        conversation=row.conversation,
        text=body.text,
        buttons=body.buttons,
        ask=body.ask,
        file=FileRef(remote_id=body.file) if body.file else None,
        silent=body.silent,
        attempt=row.tries,
        answers=body.answers,
        thread=body.thread,
        ticket=body.ticket,
        priority=row.priority,
        human=row.key.startswith("d"),
        edits=body.edits,
    )
