"""One open transaction, as every module of `models/` sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from errors import DomovoyError

TENANT = 1  # an installation serves one company (docs/decisions/0025)


class Unavailable(DomovoyError):
    """The database cannot do it now.

    Nothing of the transaction was done, unless the connection broke during the commit.
    """


class Connection(Protocol):
    """One open transaction; valid only inside the work it was handed to. Placeholders are `?` on every database."""

    dialect: str  # "sqlite" or "postgres"

    async def fetch(self, sql: str, *args: object) -> list[dict[str, Any]]:
        """Return all rows of a SELECT or of a statement with RETURNING."""
        ...

    async def fetch_one(self, sql: str, *args: object) -> dict[str, Any] | None:
        """Return the first row, if any."""
        ...

    async def execute(self, sql: str, *args: object) -> int:
        """Return how many rows were written."""
        ...

    async def insert(self, sql: str, *args: object) -> int:
        """Insert one row into a table that numbers its rows; return its id. Neither RETURNING nor ON CONFLICT."""
        ...

    async def many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Run one statement for each row of values."""

    async def lock(self, name: str) -> None:
        """Wait until no other transaction holds this name, and hold it until this transaction ends.

        SQLite has one transaction at a time.
        """
