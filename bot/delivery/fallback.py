"""Messages that one channel cannot deliver go out through the next channel of the same resident."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.messages.rendering import first_buttons, numbered, split_text
from channels.contract import Capabilities, SendPriority
from models.database.connection import Connection
from models.queues import fallback, outbox
from models.queues.outbox import DueRow
from models.residents import conversations
from models.residents.rows import ConversationRow
from models.rows import outbox_bodies
from models.rows.outbox_bodies import OutboxBody

logger = logging.getLogger(__name__)


class Rerouting:
    """Shared by all senders.

    Args:
        capabilities: of every channel that is switched on, by name.
    """

    def __init__(self, capabilities: Mapping[str, Capabilities]) -> None:
        self._capabilities = capabilities

    async def divert(
        self, conn: Connection, channel: str, rows: list[DueRow], now_ms: int
    ) -> tuple[list[DueRow], frozenset[str]]:
        """Move pushes and announcements of conversations known to be unreachable; return the rows that stay.

        One that can go nowhere else stays: perhaps the resident is back. Also returns the Topics to notify after the
        commit.
        """
        unasked = [row for row in rows if row.priority >= SendPriority.PUSH]
        if not unasked:
            return rows, frozenset()
        away = await fallback.unreachable(conn, channel, [row.conversation for row in unasked])
        refused = [(row, error) for row in unasked if (error := away.get(row.conversation))]
        moved = await self.move(conn, channel, refused, now_ms)
        results = [
            outbox.SendResult(id=row.id, state="moved", at_ms=now_ms, error=error)
            for row, error in refused
            if row.id in moved
        ]
        await outbox.settle(conn, results)
        return [row for row in rows if row.id not in moved], frozenset().union(*moved.values())

    async def move(
        self, conn: Connection, channel: str, refused: Sequence[tuple[DueRow, str]], now_ms: int
    ) -> dict[int, frozenset[str]]:
        """Queue refused messages (row, error code) in their residents' next reachable conversations.

        Return the Topics to notify after the commit, by row; a row that can go nowhere else is lacking. Lanes of all
        targets are locked first, in one order.
        """
        targets: list[tuple[DueRow, str, ConversationRow]] = []
        for row, error in refused:
            target = await fallback.next_conversation(conn, channel, row.conversation, self._capabilities, now_ms)
            if target is not None:
                targets.append((row, error, target))
        await conversations.lock_lanes(conn, {target.id for _, _, target in targets})
        moved: dict[int, frozenset[str]] = {}
        for row, error, target in targets:
            bodies = bodies_for(outbox_bodies.decode(row.body), self._capabilities[target.channel], target.thread)
            if not await fallback.write(conn, channel, row, target, bodies, error, now_ms):
                continue
            logger.info(
                "a message goes through another channel",
                extra={"action": "outbox.rerouted", "channel": channel, "to": target.channel, "code": error},
            )
            moved[row.id] = frozenset({"outbox", "console", f"conversation:{target.channel}:{target.address}"})
        return moved


def bodies_for(body: OutboxBody, capabilities: Capabilities, thread: str) -> list[OutboxBody]:
    """Return the bodies, in order, that say the same in a channel of these capabilities."""
    text = body.text
    if capabilities.buttons == 0 and body.buttons and not capabilities.one_way:
        text = f"{text}\n\n{numbered(body.buttons)}"
    *first, last = (
        OutboxBody(text=part, silent=body.silent, ticket=body.ticket, thread=thread)
        for part in split_text(text, capabilities.text_length)
    )
    offered = {"contact": capabilities.contact_request, "location": capabilities.location_request}.get(body.ask, False)
    end = replace(
        last,
        buttons=first_buttons(body.buttons, capabilities.buttons),
        ask=body.ask if offered else "",
        file=body.file,
    )
    return [*first, end]
