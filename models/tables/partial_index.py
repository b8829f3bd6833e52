"""An index over some rows of a table, for the Tortoise models."""

from __future__ import annotations

from tortoise.indexes import Index


class PartialIndex(Index):
    """A partial index with any condition; Tortoise's own knows only `column = value`."""

    def __init__(self, columns: tuple[str, ...], name: str, condition: str) -> None:
        super().__init__(fields=columns, name=name)
        self.condition = condition
        self.extra = f" WHERE {condition}"
