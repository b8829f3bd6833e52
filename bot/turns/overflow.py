"""Throttled messages go into the transcript in one go, unanswered; an emergency message gets its turn after all.

`models/queues/inbox_claim.py` throttles rows without looking into them, so that others do not wait. Here each text is
classified; of each kind of emergency the first message of a conversation goes back into the queue.
"""

from __future__ import annotations

import logging
from collections import Counter

import epoch
from bot.messages.event_codec import SentBody
from bot.turns.batch import Batch
from bot.turns.context import DialogContext
from bot.turns.conversation_state import ConversationState
from bot.turns.event_reader import decode, line_of, stored
from channels.contract import Content, PayloadError, Photo, Press, Start, Text, Voice
from dialogs.session import Session
from models.coordination.wakeup import Wakeup
from models.database.connection import Connection
from models.database.database import Database
from models.queues import inbox_claim
from models.queues import turn_batch as rows
from models.queues.inbox_claim import ClaimedRow
from models.residents import conversations
from models.residents.rows import ResidentRow

logger = logging.getLogger(__name__)

AT_ONCE = 200  # rows in one transaction, so that turns wait only for a moment


class OverflowWorker:
    """Runs beside the turns, in any number of processes: each transaction has one lane to itself."""

    def __init__(self, context: DialogContext, database: Database, wakeup: Wakeup) -> None:
        self._context = context
        self._database = database
        self._wakeup = wakeup

    async def run(self) -> None:
        """Work until cancelled."""
        listener = self._wakeup.listen("aside")
        while True:
            if not await self.work():
                await listener.wait(5.0)

    async def work(self) -> int:
        """Write one portion; return how many rows were dealt with."""
        done, topics = await self._database.transaction(self._portion)
        if done:
            logger.warning("messages of a flood were set aside", extra={"action": "inbox.set_aside", "count": done})
        for topic in topics:
            self._wakeup.notify(topic)
        return done

    async def _portion(self, conn: Connection) -> tuple[int, set[str]]:
        taken = await inbox_claim.take_throttled(conn, AT_ONCE)
        if not taken:
            return 0, set()
        batch = Batch(conn=conn, now_ms=epoch.now_ms(), topics={"console"})
        conversation_rows = await rows.conversations(
            conn, [(row.channel, row.conversation) for row in taken], batch.now_ms
        )
        batch.conversations = {
            pair: ConversationState(row=row, resident=ResidentRow(id=row.resident_id), session=Session())
            for pair, row in conversation_rows.items()
        }
        emergencies: dict[tuple[int, str], int] = {}  # conversation and kind of emergency -> inbox row
        counts: Counter[int] = Counter()
        for row in taken:
            conversation = batch.conversations[row.channel, row.conversation]
            content = _content(row)
            key = self._context.classifier.emergency(_words(content))
            if key and emergencies.setdefault((conversation.id, key), row.id) == row.id:
                continue
            counts[conversation.id] += 1
            await _write(batch, conversation, content)
        await batch.flush()
        for conversation_id, count in counts.items():
            await conversations.count_throttled(conn, conversation_id, count, batch.now_ms)
        await self._settle(batch, [row.id for row in taken], set(emergencies.values()))
        return len(taken), batch.topics

    async def _settle(self, batch: Batch, ids: list[int], back: set[int]) -> None:
        await inbox_claim.settle_throttled(batch.conn, [row_id for row_id in ids if row_id not in back], sorted(back))
        if back:
            batch.topics.add("inbox")


def _content(row: ClaimedRow) -> Content | None:
    """Return what was sent; None: it cannot be read."""
    try:
        body = decode(row.body)
    except (PayloadError, ValueError):
        return None
    return body.content if isinstance(body, SentBody) else None


def _words(content: Content | None) -> str:
    match content:
        case Text(text):
            return text
        case Photo(_, caption):
            return caption
    return ""


async def _write(batch: Batch, conversation: ConversationState, content: Content | None) -> None:
    """Add the resident's line, as a turn would."""
    match content:
        case None | Start():
            return
        case Text(text) | Press(text):
            batch.log(conversation, "resident", text)
        case Photo(file, caption):
            batch.log(conversation, "resident", caption, file=await stored(batch, conversation, file))
        case Voice(file):
            batch.log(conversation, "resident", line_of(content), file=await stored(batch, conversation, file))
        case _:
            batch.log(conversation, "resident", line_of(content))
