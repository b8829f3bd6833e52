"""Tables of tickets, their history, followers and files."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class Ticket(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    number = fields.TextField()
    conversation_id = fields.BigIntField(default=0)
    resident_id = fields.BigIntField(default=0)
    source = fields.TextField()
    status = fields.TextField()
    category = fields.TextField()
    problem = fields.TextField()
    problem_title = fields.TextField()
    priority = fields.TextField()
    emergency = fields.TextField(default="")
    house_id = fields.BigIntField(default=0)
    address = fields.TextField(default="")
    apartment = fields.TextField(default="")
    entrance = fields.TextField(default="")
    floor = fields.TextField(default="")
    name = fields.TextField(default="")
    phone = fields.TextField(default="")
    text = fields.TextField(default="")
    accepted_by = fields.TextField(default="")
    executor = fields.TextField(default="")
    reason = fields.TextField(default="")
    created_ms = fields.BigIntField()
    react_due_ms = fields.BigIntField()
    due_ms = fields.BigIntField()
    visit_ms = fields.BigIntField(default=0)
    informed_ms = fields.BigIntField(default=0)
    done_ms = fields.BigIntField(default=0)
    closed_ms = fields.BigIntField(default=0)
    version = fields.BigIntField(default=0)

    class Meta:
        table = "ticket"
        unique_together = (("tenant", "number"),)
        indexes = (
            Index(fields=("resident_id", "id"), name="ticket_resident"),
            Index(fields=("conversation_id",), name="ticket_conversation"),
            Index(fields=("tenant", "status", "due_ms"), name="ticket_status"),
            Index(fields=("tenant", "house_id", "id"), name="ticket_house"),
        )


class TicketEvent(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    ticket_id = fields.BigIntField()
    action = fields.TextField()
    actor_kind = fields.TextField()
    actor_id = fields.BigIntField(default=0)
    actor_name = fields.TextField(default="")
    details = fields.TextField(default="{}")
    at_ms = fields.BigIntField()

    class Meta:
        table = "ticket_event"
        indexes = (Index(fields=("ticket_id", "id"), name="ticket_event_ticket"),)


class TicketFollower(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    ticket_id = fields.BigIntField()
    conversation_id = fields.BigIntField()
    resident_id = fields.BigIntField()
    at_ms = fields.BigIntField()

    class Meta:
        table = "ticket_follower"
        unique_together = (("ticket_id", "conversation_id"),)
        indexes = (Index(fields=("resident_id",), name="ticket_follower_resident"),)


class TicketFile(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    ticket_id = fields.BigIntField()
    file = fields.TextField()
    at_ms = fields.BigIntField()

    class Meta:
        table = "ticket_file"
        unique_together = (("ticket_id", "file"),)
