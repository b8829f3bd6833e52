"""Tables of conversations, their messages and their files."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.tables.partial_index import PartialIndex


class Conversation(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    lane = fields.IntField()
    channel = fields.TextField()
    address = fields.TextField()
    resident_id = fields.BigIntField()
    session = fields.TextField(default="")
    version = fields.BigIntField(default=0)
    reachable = fields.IntField(default=1)
    unreachable_reason = fields.TextField(default="")  # "blocked", "bounced"
    thread = fields.TextField(default="")  # `Incoming.thread` of the last message that had one
    sender_name = fields.TextField(default="")
    waiting_ms = fields.BigIntField(default=0)
    wait_reason = fields.TextField(default="")
    urgent = fields.IntField(default=0)
    alerted_ms = fields.BigIntField(default=0)
    claimed_by = fields.BigIntField(default=0)
    claimed_ms = fields.BigIntField(default=0)
    unread = fields.IntField(default=0)
    aside = fields.BigIntField(default=0)  # messages of a flood that were not answered
    aside_ms = fields.BigIntField(default=0)
    created_ms = fields.BigIntField()
    last_ms = fields.BigIntField()

    class Meta:
        table = "conversation"
        unique_together = (("tenant", "channel", "address"),)
        indexes = (
            PartialIndex(("tenant", "waiting_ms"), "conversation_waiting", "waiting_ms > 0"),
            PartialIndex(("tenant", "claimed_by"), "conversation_claimed", "claimed_by > 0"),
            Index(fields=("resident_id",), name="conversation_resident"),
            Index(fields=("tenant", "last_ms"), name="conversation_last"),
            Index(fields=("lane", "id"), name="conversation_lane"),
        )


class Message(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    conversation_id = fields.BigIntField()
    author = fields.TextField()
    author_id = fields.BigIntField(default=0)
    author_name = fields.TextField(default="")
    text = fields.TextField()
    buttons = fields.TextField(default="")
    file = fields.TextField(default="")
    at_ms = fields.BigIntField()

    class Meta:
        table = "message"
        indexes = (Index(fields=("conversation_id", "id"), name="message_conversation"),)


class Attachment(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    name = fields.TextField()
    channel = fields.TextField()
    remote = fields.TextField()
    title = fields.TextField(default="")
    mime = fields.TextField(default="")
    size = fields.BigIntField(default=0)
    state = fields.IntField(default=0)
    tries = fields.IntField(default=0)
    due_ms = fields.BigIntField(default=0)
    error = fields.TextField(default="")
    created_ms = fields.BigIntField()
    hash = fields.TextField(default="")
    conversation_id = fields.BigIntField(default=0)
    voice = fields.IntField(default=0)
    transcript = fields.TextField(default="")

    class Meta:
        table = "attachment"
        unique_together = (("tenant", "name"),)
        indexes = (
            PartialIndex(("due_ms",), "attachment_waiting", "state = 0"),
            Index(fields=("tenant", "hash"), name="attachment_hash"),
            PartialIndex(("id",), "attachment_unheard", "voice = 1"),
        )
