"""Other conversations of the same resident, as far as a dialog may know them."""

from __future__ import annotations

from collections.abc import Sequence

from bot.turns.batch import Batch
from bot.turns.conversation_state import ConversationState
from dialogs.report.reminders import CLOSE_AFTER
from dialogs.session import Session, decode
from dialogs.world import NotificationTarget, OtherDraft
from models.residents.rows import OtherConversation


def notification_targets_of(
    conversation: ConversationState, others: Sequence[OtherConversation]
) -> tuple[NotificationTarget, ...]:
    """Return where this resident can be written to: this conversation and the latest one of each other channel."""
    targets: dict[str, NotificationTarget] = {}
    for row in sorted(others, key=lambda row: bool(row.id != conversation.id)):  # this one first, the others by age
        if row.reachable or row.id == conversation.id:
            target = NotificationTarget(conversation_id=row.id, channel=row.channel, here=row.id == conversation.id)
            targets.setdefault(row.channel, target)
    return tuple(targets.values())


def other_draft_of(
    batch: Batch, conversation: ConversationState, others: Sequence[OtherConversation]
) -> OtherDraft | None:
    """Return the half-filled report of the resident's latest other conversation that has one not yet expired."""
    for row in others:
        if row.id == conversation.id:
            continue
        session = _session(batch, row)
        if session.draft.started and (session.touched + CLOSE_AFTER.total_seconds()) * 1000 > batch.now_ms:
            return OtherDraft(conversation_id=row.id, channel=row.channel, draft=session.draft, form=session.form)
    return None


def _session(batch: Batch, row: OtherConversation) -> Session:
    """As it is now: a conversation of this very batch is ahead of its row."""
    known = batch.conversations.get((row.channel, row.address))
    return known.session if known else decode(row.session)
