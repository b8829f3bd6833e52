"""Fields of the surviving resident that a merge fills, and that taking it back empties again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from models.database.connection import Connection
from models.residents.merge_types import MergeError

Row = dict[str, Any]

# Merging fills empty fields of the surviving resident, whole groups at a time.
GROUPS = (("name",), ("phone", "phone_verified_ms"), ("house_id", "apartment"), ("notice_version", "notified_ms"))
REFUSED = "announcements"  # who refused them in one channel has refused them in both


def count_known(resident: Row) -> int:
    """Count what is known of a resident; a phone that a channel vouched for counts twice."""
    return sum(bool(resident[name]) for group in GROUPS for name in group)


def filled(survivor: Row, merged: Row) -> dict[str, object]:
    """Return what the surviving resident gets of the other: only where it has nothing."""
    changes: dict[str, object] = {}
    for group in GROUPS:
        first = group[0]
        if not survivor[first]:
            changes |= {name: merged[name] for name in group if merged[name]}
        elif survivor[first] == merged[first]:
            changes |= {name: merged[name] for name in group if merged[name] and not survivor[name]}
    if survivor[REFUSED] and not merged[REFUSED]:
        changes[REFUSED] = 0
    return changes


async def take_back(conn: Connection, row: Row, moved: dict[str, Any]) -> None:
    """Take filled fields back, also from residents whom the survivor was merged into. Changes since stay."""
    merged = await read(conn, row["merged_id"])
    fields, target = set(moved["fields"]), row["kept_id"]
    if moved["forgotten_ms"]:
        await conn.execute(
            "UPDATE resident SET forgotten_ms = ? WHERE id = ? AND forgotten_ms = 0", moved["forgotten_ms"], target
        )
    while fields:
        survivor = await read(conn, target)
        groups = (*GROUPS, (REFUSED,))
        emptied = {name for group in groups for name in group if name in fields and _same(survivor, merged, group)}
        nothing = {name: "" if isinstance(survivor[name], str) else int(name == REFUSED) for name in emptied}
        await write(conn, target, nothing)
        further = await conn.fetch_one(
            "SELECT kept_id, moved FROM identity_merge WHERE merged_id = ? AND undone_ms = 0", target
        )
        if further is None:
            return
        fields &= set(json.loads(further["moved"])["fields"])
        target = further["kept_id"]


def _same(survivor: Row, merged: Row, group: Sequence[str]) -> bool:
    return bool(survivor[group[0]] == merged[group[0]])


async def read(conn: Connection, resident_id: int) -> Row:
    row = await conn.fetch_one("SELECT * FROM resident WHERE id = ?", resident_id)
    if row is None:
        raise MergeError("unknown")
    return row


async def write(conn: Connection, resident_id: int, changes: Mapping[str, object]) -> None:
    """Write columns whose names come from this module only."""
    if changes:
        columns = ", ".join(f"{name} = ?" for name in changes)
        await conn.execute(f"UPDATE resident SET {columns} WHERE id = ?", *changes.values(), resident_id)  # noqa: S608
