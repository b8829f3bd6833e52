"""The world as a dialog sees it in one turn."""

from __future__ import annotations

from bot.turns.batch import Batch
from bot.turns.context import DialogContext
from bot.turns.known_outages import outages_of
from bot.turns.other_conversations import notification_targets_of, other_draft_of
from bot.turns.row_in_progress import RowInProgress
from dialogs.world import World

LETTERS, LETTERS_SECONDS = 10, 6 * 3600  # of one sender in this time are answered: automata come to rest


def world_of(context: DialogContext, batch: Batch, row: RowInProgress, *, storm: bool) -> World:
    """Return what the dialog may know when it decides about this row."""
    conversation = row.conversation
    capabilities = context.capabilities[conversation.channel]
    others = batch.others.get(conversation.resident.id, ())
    return World(
        now=context.now(),
        company=context.company,
        addresses=context.addresses,
        classifier=context.classifier,
        faq=context.faq,
        known=conversation.known(),
        tickets=conversation.tickets,
        claimed_by=conversation.row.claimed_name if conversation.row.claimed_by else "",
        waiting=bool(conversation.row.waiting_ms),
        letters=capabilities.letters,
        one_way=capabilities.one_way,
        contact_request=capabilities.contact_request,
        location_request=capabilities.location_request,
        listens=context.listens,
        sender_name=row.sender_name,
        storm=storm,
        arrived=row.at_ms // 1000,
        most_messages=LETTERS if capabilities.letters else context.throttle.messages,
        window_seconds=LETTERS_SECONDS if capabilities.letters else context.throttle.seconds,
        notification_targets=notification_targets_of(conversation, others),
        push=conversation.resident.push_conversation_id,
        other_draft=other_draft_of(batch, conversation, others),
        outages=outages_of(batch, conversation, context.quiet),
    )
