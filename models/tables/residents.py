"""Tables of residents, of merging two of them, and of the codes that link their conversations."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.tables.partial_index import PartialIndex


class Resident(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    name = fields.TextField(default="")
    phone = fields.TextField(default="")
    house_id = fields.BigIntField(default=0)
    apartment = fields.TextField(default="")
    notice_version = fields.TextField(default="")
    notified_ms = fields.BigIntField(default=0)
    forgotten_ms = fields.BigIntField(default=0)  # asked to be forgotten; 0: never
    created_ms = fields.BigIntField()
    phone_verified_ms = fields.BigIntField(default=0)  # a channel vouched for the phone; 0: it was only typed
    push_conversation_id = fields.BigIntField(default=0)  # where news go; 0: to the conversation of the ticket
    merged_into = fields.BigIntField(default=0)  # the resident this one turned out to be
    announcements = fields.IntField(default=1)  # 0: only urgent ones
    several = fields.IntField(default=0)  # 1: has more than one conversation

    class Meta:
        table = "resident"
        indexes = (
            Index(fields=("tenant", "phone"), name="resident_phone"),
            PartialIndex(("tenant", "forgotten_ms"), "resident_forgotten", "forgotten_ms > 0"),
            PartialIndex(("merged_into",), "resident_merged", "merged_into > 0"),
        )


class IdentityMerge(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    kept_id = fields.BigIntField()
    merged_id = fields.BigIntField()
    moved = fields.TextField()
    reason = fields.TextField()
    actor_id = fields.BigIntField(default=0)
    actor_name = fields.TextField(default="")
    at_ms = fields.BigIntField()
    undone_ms = fields.BigIntField(default=0)
    undone_by = fields.TextField(default="")

    class Meta:
        table = "identity_merge"
        indexes = (
            Index(fields=("kept_id",), name="identity_merge_kept"),
            Index(fields=("merged_id",), name="identity_merge_merged"),
        )


class IdentityRequest(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    conversation_id = fields.BigIntField()
    other_id = fields.BigIntField(default=0)
    reason = fields.TextField()
    at_ms = fields.BigIntField()

    class Meta:
        table = "identity_request"


class IdentityCode(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    conversation_id = fields.BigIntField()
    hash = fields.TextField()
    expires_ms = fields.BigIntField()
    used_ms = fields.BigIntField(default=0)

    class Meta:
        table = "identity_code"
        unique_together = (("tenant", "hash"),)
        indexes = (Index(fields=("conversation_id",), name="identity_code_conversation"),)


class IdentityTry(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    conversation_id = fields.BigIntField()
    at_ms = fields.BigIntField()

    class Meta:
        table = "identity_try"
        indexes = (
            Index(fields=("conversation_id", "at_ms"), name="identity_try_conversation"),
            Index(fields=("at_ms",), name="identity_try_at"),
        )
