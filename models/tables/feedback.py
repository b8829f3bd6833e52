"""Tables of feedback: unanswered questions, ratings of answers, corrections of the classifier."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.tables.partial_index import PartialIndex


class Unanswered(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    text = fields.TextField()
    count = fields.BigIntField(default=1)
    first_ms = fields.BigIntField()
    last_ms = fields.BigIntField()

    class Meta:
        table = "unanswered"
        unique_together = (("tenant", "text"),)


class FaqRating(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    entry_id = fields.TextField()
    helped = fields.IntField()
    at_ms = fields.BigIntField()

    class Meta:
        table = "faq_rating"


class Correction(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    conversation_id = fields.BigIntField(default=0)
    ticket_id = fields.BigIntField(default=0)
    text = fields.TextField()
    guessed = fields.TextField()
    chosen = fields.TextField()
    who = fields.TextField()
    at_ms = fields.BigIntField()
    learned_ms = fields.BigIntField(default=0)

    class Meta:
        table = "correction"
        indexes = (
            PartialIndex(("conversation_id",), "correction_conversation", "conversation_id > 0"),
            PartialIndex(("ticket_id",), "correction_ticket", "ticket_id > 0"),
            PartialIndex(("tenant", "id"), "correction_learned", "learned_ms > 0"),
        )
