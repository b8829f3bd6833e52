"""Read at once what a batch of turns needs to know."""

from __future__ import annotations

from collections.abc import Sequence

from bot.turns.batch import Batch
from bot.turns.conversation_state import state_from_rows
from bot.turns.known_outages import houses_of
from models import outages
from models.queues import turn_batch as rows
from models.queues.inbox_claim import ClaimedRow
from tickets import service


async def load(batch: Batch, claimed: Sequence[ClaimedRow]) -> None:
    """Read conversations, residents, tickets and outages of these rows into the batch, a statement or two each."""
    pairs = [(row.channel, row.conversation) for row in claimed]
    conversations = await rows.conversations(batch.conn, pairs, batch.now_ms)
    residents = await rows.residents(batch.conn, [row.resident_id for row in conversations.values()])
    views = await service.views_of_residents(batch.conn, list(residents), batch.now_ms)
    if several := [resident.id for resident in residents.values() if resident.several]:
        batch.others = await rows.other_conversations(batch.conn, several)
    for pair, row in conversations.items():
        resident = residents[row.resident_id]
        batch.conversations[pair] = state_from_rows(row, resident, views.get(resident.id, ()))
    houses = {house for conversation in batch.conversations.values() for house in houses_of(conversation)}
    batch.outages = await outages.of_houses(batch.conn, houses, batch.now_ms)
