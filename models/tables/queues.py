"""Tables of the queues: partitions, inbox, outbox, channels, timers, broadcasts."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.tables.partial_index import PartialIndex


class Lane(Model):
    id = fields.IntField(primary_key=True, generated=False)

    class Meta:
        table = "lane"


class Inbox(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    lane = fields.IntField()
    channel = fields.TextField()
    key = fields.TextField()
    order_key = fields.BigIntField()
    conversation = fields.TextField()
    body = fields.TextField()
    at_ms = fields.BigIntField()
    state = fields.IntField(default=0)
    tries = fields.IntField(default=0)
    error = fields.TextField(default="")

    class Meta:
        table = "inbox"
        unique_together = (("tenant", "channel", "key"),)
        indexes = (
            PartialIndex(("lane", "tenant", "channel", "id"), "inbox_waiting", "state = 0"),
            PartialIndex(("tenant", "channel", "id"), "inbox_arrival", "state = 0"),
            PartialIndex(("tenant", "channel", "conversation", "id"), "inbox_sender", "state = 0"),
            PartialIndex(("lane", "id"), "inbox_aside", "state = 3"),
            PartialIndex(("id",), "inbox_quarantined", "state = 2"),
        )


class Outbox(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    channel = fields.TextField()
    conversation = fields.TextField()
    key = fields.TextField()
    body = fields.TextField()
    priority = fields.IntField()
    due_ms = fields.BigIntField()
    created_ms = fields.BigIntField()
    tries = fields.IntField(default=0)
    state = fields.IntField(default=0)
    sent_ms = fields.BigIntField(default=0)
    sending_ms = fields.BigIntField(default=0)  # of the send under way; 0: none
    provider_id = fields.TextField(default="")
    error = fields.TextField(default="")

    class Meta:
        table = "outbox"
        unique_together = (("tenant", "key"),)
        indexes = (
            PartialIndex(("tenant", "channel", "priority", "due_ms", "id"), "outbox_waiting", "state = 0"),
            PartialIndex(("tenant", "channel", "conversation", "priority", "id"), "outbox_head", "state = 0"),
            PartialIndex(("tenant", "id"), "outbox_dead", "state = 2"),
            PartialIndex(("tenant", "channel", "due_ms"), "outbox_unknown", "state = 4"),
        )


class Channel(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    name = fields.TextField()
    cursor = fields.TextField(default="")
    paused_until_ms = fields.BigIntField(default=0)

    class Meta:
        table = "channel"
        unique_together = (("tenant", "name"),)


class Timer(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    lane = fields.IntField()
    channel = fields.TextField()
    conversation = fields.TextField()
    key = fields.TextField()
    body = fields.TextField()
    due_ms = fields.BigIntField()
    state = fields.IntField(default=0)

    class Meta:
        table = "timer"
        unique_together = (("tenant", "key"),)
        indexes = (
            PartialIndex(("due_ms",), "timer_waiting", "state = 0"),
            PartialIndex(("tenant", "channel", "conversation"), "timer_conversation", "state = 0"),
        )


class Broadcast(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    key = fields.TextField()
    body = fields.TextField()
    audience = fields.TextField()
    lane = fields.IntField(default=0)
    cursor = fields.BigIntField(default=0)
    state = fields.IntField(default=0)
    total = fields.BigIntField(default=0)
    queued = fields.BigIntField(default=0)
    created_ms = fields.BigIntField()
    created_by = fields.BigIntField(default=0)

    class Meta:
        table = "broadcast"
        unique_together = (("tenant", "key"),)
        indexes = (PartialIndex(("id",), "broadcast_running", "state = 0"),)
