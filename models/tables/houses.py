"""Tables of the served houses and their outages."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class House(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    address = fields.TextField()
    details = fields.TextField(default="{}")
    active = fields.IntField(default=1)

    class Meta:
        table = "house"
        unique_together = (("tenant", "address"),)


class Outage(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    resource = fields.TextField()
    text = fields.TextField(default="")
    everywhere = fields.IntField(default=0)
    from_ms = fields.BigIntField()
    until_ms = fields.BigIntField()
    created_ms = fields.BigIntField()
    created_by = fields.BigIntField(default=0)

    class Meta:
        table = "outage"
        indexes = (Index(fields=("tenant", "until_ms"), name="outage_until"),)


class OutageHouse(Model):
    id = fields.BigIntField(primary_key=True)
    tenant = fields.BigIntField()
    outage_id = fields.BigIntField()
    house_id = fields.BigIntField()

    class Meta:
        table = "outage_house"
        unique_together = (("outage_id", "house_id"),)
        indexes = (Index(fields=("house_id", "outage_id"), name="outage_house_house"),)
