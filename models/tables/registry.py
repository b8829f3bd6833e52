"""The modules that hold the tables as Tortoise models; Tortoise and the schema test load exactly these.

The schema itself comes from ``models/migrations``; a test compares it with the models. `counter` and `file_content`
have no model, because Tortoise knows no key of two columns. The models are for reading only: changes go through
``tickets/service.py`` and the statements of ``models/``, never through ``save()``.
"""

from __future__ import annotations

TABLE_MODULES = (
    "models.tables.queues",
    "models.tables.conversations",
    "models.tables.residents",
    "models.tables.houses",
    "models.tables.tickets",
    "models.tables.operators",
    "models.tables.feedback",
)
