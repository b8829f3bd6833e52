"""Conditions that find rows with something personal."""

from __future__ import annotations

# Of a ticket. An address of the register is no secret; without a house it stands there in the resident's words.
PERSONAL = (
    "(name <> '' OR phone <> '' OR apartment <> '' OR text <> '' OR reason <> '' OR (house_id = 0 AND address <> ''))"
)
