"""Outages that dispatchers announce: what is off, in which houses, from when until when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from models.database.connection import TENANT, Connection
from models.database.sql_lists import padded, placeholders
from tickets.lifecycle.types import Resource

AHEAD_MS = 14 * 24 * 3_600_000  # how early the bot mentions an outage that is planned
LONGEST_MS = 60 * 24 * 3_600_000  # from the beginning to the end; a longer one is a slip of the pen
CHUNK = 200
MOST_LISTED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageRow:
    """An outage, apart from its houses."""

    id: int
    resource: str
    text: str
    from_ms: int
    until_ms: int


async def announce(
    conn: Connection,
    *,
    resource: Resource,
    text: str,
    houses: Sequence[int] | None,
    from_ms: int,
    until_ms: int,
    created_by: int,
    now_ms: int,
) -> int:
    """Announce an outage and return its id. houses: ids; None: all houses."""
    outage_id = await conn.insert(
        "INSERT INTO outage (tenant, resource, text, everywhere, from_ms, until_ms, created_ms, created_by)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        TENANT,
        resource.value,
        text,
        int(houses is None),
        from_ms,
        until_ms,
        now_ms,
        created_by,
    )
    rows = [(TENANT, outage_id, house_id) for house_id in sorted(set(houses or ()))]
    await conn.many("INSERT INTO outage_house (tenant, outage_id, house_id) VALUES (?, ?, ?)", rows)
    return outage_id


async def end(conn: Connection, outage_id: int, now_ms: int) -> bool:
    """End an outage now, or call off one that has not begun. False: it had ended."""
    changed = await conn.execute(
        "UPDATE outage SET until_ms = ? WHERE tenant = ? AND id = ? AND until_ms > ?", now_ms, TENANT, outage_id, now_ms
    )
    return changed == 1


async def prolong(conn: Connection, outage_id: int, until_ms: int, now_ms: int) -> bool:
    """Move the end of an outage. False: it had ended, or would end before it begins or last over `LONGEST_MS`."""
    changed = await conn.execute(
        "UPDATE outage SET until_ms = ? WHERE tenant = ? AND id = ? AND until_ms > ? AND from_ms < ? AND from_ms >= ?",
        until_ms,
        TENANT,
        outage_id,
        now_ms,
        until_ms,
        until_ms - LONGEST_MS,
    )
    return changed == 1


async def forget(conn: Connection, ids: Sequence[int]) -> None:
    """Delete outages and the lists of their houses."""
    await conn.execute(f"DELETE FROM outage_house WHERE outage_id IN ({placeholders(ids)})", *ids)  # noqa: S608  marks only
    await conn.execute(f"DELETE FROM outage WHERE id IN ({placeholders(ids)})", *ids)  # noqa: S608  marks only


async def of_houses(conn: Connection, house_ids: Iterable[int], now_ms: int) -> dict[int, list[OutageRow]]:
    """Return the outages of houses, under way or beginning within `AHEAD_MS`, the earliest first.

    Without a house nothing is asked of the database.
    """
    wanted = sorted(set(house_ids))
    outages_by_house: dict[int, list[OutageRow]] = defaultdict(list)
    for start in range(0, len(wanted), CHUNK):
        part = wanted[start : start + CHUNK]
        listed = padded(part)
        for row in await conn.fetch(
            "SELECT o.id, o.resource, o.text, o.from_ms, o.until_ms, h.house_id FROM outage o"  # noqa: S608  marks only
            f" LEFT JOIN outage_house h ON h.outage_id = o.id AND h.house_id IN ({placeholders(listed)})"
            " WHERE o.tenant = ? AND o.until_ms > ? AND o.from_ms < ?"
            " AND (o.everywhere = 1 OR h.house_id IS NOT NULL) ORDER BY o.from_ms, o.id",
            *listed,
            TENANT,
            now_ms,
            now_ms + AHEAD_MS,
        ):
            house_id = row.pop("house_id")
            outage = OutageRow(**row)
            for concerned in part if house_id is None else (house_id,):
                outages_by_house[concerned].append(outage)
    return outages_by_house


async def listed(conn: Connection, now_ms: int, outage_id: int | None = None) -> list[dict[str, Any]]:
    """Return the outages that have not ended, or only the one named, the earliest first, for the console.

    Each with `houses` (how many), `address` (of one of them) and `author`.
    """
    condition, args = (" AND o.id = ?", (outage_id,)) if outage_id is not None else ("", ())
    return await conn.fetch(
        "SELECT o.*, u.name AS author, (SELECT COUNT(*) FROM outage_house h WHERE h.outage_id = o.id) AS houses,"  # noqa: S608  `condition` is ours
        " (SELECT MIN(a.address) FROM outage_house h JOIN house a ON a.id = h.house_id WHERE h.outage_id = o.id)"
        " AS address FROM outage o LEFT JOIN operator_user u ON u.id = o.created_by"
        f" WHERE o.tenant = ? AND o.until_ms > ?{condition} ORDER BY o.from_ms, o.id LIMIT ?",
        TENANT,
        now_ms,
        *args,
        MOST_LISTED,
    )
