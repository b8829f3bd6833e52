"""The register of served houses."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from errors import ConfigError
from models.database.connection import TENANT, Connection


async def count(conn: Connection) -> int:
    row = await conn.fetch_one("SELECT COUNT(*) AS n FROM house WHERE tenant = ?", TENANT)
    return int(row["n"]) if row else 0


async def active(conn: Connection) -> list[dict[str, Any]]:
    """Return served houses: ``{"id", "address", "details"}``, details as JSON text, by id."""
    return await conn.fetch(
        "SELECT id, address, details FROM house WHERE tenant = ? AND active = 1 ORDER BY id", TENANT
    )


async def merge(conn: Connection, houses: Sequence[tuple[str, Mapping[str, object]]]) -> tuple[int, int]:
    """Take houses into the register; return how many are new and how many were known.

    A house is known by its own id, by its code of ФИАС, or by its address; it keeps its row and its tickets, gets the
    new address and details, and details that the file does not name stay.

    Raises:
        ConfigError: two rows mean one house, or an address belongs to another one; nothing is written.
    """
    rows = await conn.fetch("SELECT id, address, details FROM house WHERE tenant = ? ORDER BY id", TENANT)
    known: dict[tuple[str, object], dict[str, Any]] = {}
    for row in rows:
        row["details"] = json.loads(row["details"])
        for key in _keys(row["address"], row["details"]):
            known.setdefault(key, row)
    fresh: list[tuple[str, Mapping[str, object]]] = []
    changed: dict[int, tuple[str, str, int]] = {}
    for address, details in houses:
        old = _first(known, _keys(address, details))
        if old is None:
            fresh.append((address, details))
        elif old["id"] in changed:
            raise ConfigError(f"дом {address}: две строки об одном и том же доме; проверьте id, код ФИАС и адрес")
        else:
            text = json.dumps(old["details"] | dict(details), ensure_ascii=False)
            changed[old["id"]] = (address, text, old["id"])
    new = {address for address, *_ in changed.values()}
    if other := next((row for row in rows if row["address"] in new and row["id"] not in changed), None):
        raise ConfigError(f"дом {other['address']} уже есть под другим id или кодом ФИАС; исправьте строку")
    # Two houses may swap their addresses: first all of them make room.
    before = {row["id"]: row["address"] for row in rows}
    moved = [(str(row_id), row_id) for row_id, (address, *_) in changed.items() if address != before[row_id]]
    await conn.many("UPDATE house SET address = '#' || ? WHERE id = ?", moved)
    await conn.many("UPDATE house SET address = ?, details = ?, active = 1 WHERE id = ?", list(changed.values()))
    await add(conn, fresh)
    return len(fresh), len(changed)


def _first(
    known: Mapping[tuple[str, object], dict[str, Any]], keys: Iterable[tuple[str, object]]
) -> dict[str, Any] | None:
    for key in keys:
        if key in known:
            return known[key]
    return None


def _keys(address: str, details: Mapping[str, object]) -> list[tuple[str, object]]:
    """Return what a house is known by, the surest first."""
    keys: list[tuple[str, object]] = [(name, details[name]) for name in ("id", "fias_guid") if details.get(name)]
    return [*keys, ("address", " ".join(address.lower().replace("ё", "е").split()))]


async def add(conn: Connection, houses: Iterable[tuple[str, Mapping[str, object]]]) -> None:
    """Add houses as (address, details); an address that is known gets the new details."""
    await conn.many(
        "INSERT INTO house (tenant, address, details) VALUES (?, ?, ?)"
        " ON CONFLICT (tenant, address) DO UPDATE SET details = excluded.details, active = 1",
        [(TENANT, address, json.dumps(dict(details), ensure_ascii=False)) for address, details in houses],
    )
