"""Tables of dispatchers: accounts, sessions, attempts to log in, handovers of conversations."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class OperatorUser(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    login = fields.TextField()
    name = fields.TextField()
    role = fields.TextField()
    password_hash = fields.TextField()
    active = fields.IntField(default=1)
    on_duty_ms = fields.BigIntField(default=0)
    created_ms = fields.BigIntField()

    class Meta:
        table = "operator_user"
        unique_together = (("tenant", "login"),)


class OperatorSession(Model):
    token_hash = fields.CharField(max_length=64, primary_key=True)
    user_id = fields.BigIntField()
    csrf = fields.TextField()
    created_ms = fields.BigIntField()
    seen_ms = fields.BigIntField()

    class Meta:
        table = "operator_session"


class LoginAttempt(Model):
    id = fields.BigIntField(primary_key=True)
    login = fields.TextField()
    address = fields.TextField()
    at_ms = fields.BigIntField()

    class Meta:
        table = "login_attempt"
        indexes = (Index(fields=("at_ms",), name="login_attempt_at"),)


class HandoverEvent(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    conversation_id = fields.BigIntField()
    action = fields.TextField()
    actor_id = fields.BigIntField(default=0)
    actor_name = fields.TextField(default="")
    details = fields.TextField(default="{}")
    at_ms = fields.BigIntField()

    class Meta:
        table = "handover_event"
        indexes = (Index(fields=("conversation_id", "id"), name="handover_event_conversation"),)
