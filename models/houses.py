"""The register of served houses."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from models.database import TENANT, Connection


async def count(conn: Connection) -> int:
    row = await conn.fetch_one("SELECT COUNT(*) AS n FROM house WHERE tenant = ?", TENANT)
    return int(row["n"]) if row else 0


async def active(conn: Connection) -> list[dict[str, Any]]:
    """Return served houses: ``{"id", "address", "details"}``, details as JSON text, by id."""
    return await conn.fetch(
        "SELECT id, address, details FROM house WHERE tenant = ? AND active = 1 ORDER BY id", TENANT
    )


async def add(conn: Connection, houses: Iterable[tuple[str, Mapping[str, object]]]) -> None:
    """Add houses as (address, details); an address that is known gets the new details."""
    await conn.many(
        "INSERT INTO house (tenant, address, details) VALUES (?, ?, ?)"
        " ON CONFLICT (tenant, address) DO UPDATE SET details = excluded.details, active = 1",
        [(TENANT, address, json.dumps(dict(details), ensure_ascii=False)) for address, details in houses],
    )
