"""Announced outages of a resident's houses, read once for a batch."""

from __future__ import annotations

import epoch
from bot.delivery.policy.quiet_hours import QuietHours
from bot.turns.batch import Batch
from bot.turns.conversation_state import ConversationState
from tickets.lifecycle.types import Outage, Resource

KNOWN = frozenset(Resource)


def houses_of(conversation: ConversationState) -> set[int]:
    """Return the ids of the houses a resident may ask about: the known one and that of a half-filled report."""
    return {conversation.resident.house_id, conversation.session.draft.house_id} - {0}


def outages_of(batch: Batch, conversation: ConversationState, zones: QuietHours) -> tuple[Outage, ...]:
    """Return the outages of a resident's houses in the houses' own time."""
    known = []
    for house_id in sorted(houses_of(conversation)):
        zone = zones.zones.get(house_id, zones.zone)
        known += [
            Outage(
                id=row.id,
                resource=Resource(row.resource),
                house_id=house_id,
                begins=epoch.from_ms(row.from_ms, zone),
                ends=epoch.from_ms(row.until_ms, zone),
                text=row.text,
            )
            for row in batch.outages.get(house_id, ())
            if row.resource in KNOWN  # a newer program may know more
        ]
    return tuple(known)
