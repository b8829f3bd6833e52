"""One resident in many channels: merging two residents on proof, and taking a merge back.

The convention worth knowing: the owner of a conversation changes here only, under the lock "identity" and with the
lanes of all conversations of both residents locked. A turn holds its lanes while it has residents in memory, so it
never works with an owner that has changed meanwhile. A turn itself must not merge: it has lanes already and would wait
for others; it leaves a request (`ask`), and `bot/turns/merge_worker.py` carries it out. See docs/decisions/0015.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from errors import DomovoyError
from models.database.connection import TENANT, Connection
from models.database.sql_lists import padded, placeholders
from models.erasure import PERSONAL
from models.residents import conversations
from tickets.lifecycle.types import Actor

Row = dict[str, Any]

MOST_IN_LIST = 500
# What a merge fills where the kept resident has nothing; those of one group only together.
GROUPS = (("name",), ("phone", "phone_verified_ms"), ("house_id", "apartment"), ("notice_version", "notified_ms"))
REFUSED = "announcements"  # who refused them in one channel has refused them in both


class MergeError(DomovoyError):
    """Residents are not merged. code: ``same``, ``unknown``, ``forgetting``, ``separated``, ``undone``."""

    def __init__(self, code: str) -> None:
        super().__init__(f"residents are not merged: {code}")
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    id: int
    kept_id: int
    merged_id: int


BY_PROOF = Actor(kind="resident")  # nobody decides, the residents have proved it


async def ask(conn: Connection, conversation_id: int, other_id: int, reason: str, now_ms: int) -> None:
    """Leave a request inside a turn. other_id: of the conversation that showed the code; 0: search by phone."""
    await conn.insert(
        "INSERT INTO identity_request (tenant, conversation_id, other_id, reason, at_ms) VALUES (?, ?, ?, ?, ?)",
        TENANT,
        conversation_id,
        other_id,
        reason,
        now_ms,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeRequest:
    """A request that a turn left with `ask`."""

    id: int
    conversation_id: int
    other_id: int  # conversation that showed the code; 0: search by phone
    reason: str  # "code", "contact"


async def take_request(conn: Connection) -> MergeRequest | None:
    """Take the oldest request that nobody else has; it is gone when the transaction commits."""
    skip = " FOR UPDATE SKIP LOCKED" if conn.dialect == "postgres" else ""
    row = await conn.fetch_one(
        f"SELECT id, conversation_id, other_id, reason FROM identity_request ORDER BY id LIMIT 1{skip}"  # noqa: S608
    )
    if row is None:
        return None
    await drop_request(conn, row["id"])
    return MergeRequest(**row)


async def drop_request(conn: Connection, request_id: int) -> None:
    """Give a request up that cannot be carried out."""
    await conn.execute("DELETE FROM identity_request WHERE id = ?", request_id)


async def owner_of(conn: Connection, conversation_id: int) -> int:
    """Return the resident of a conversation. Raises `MergeError` (unknown)."""
    row = await conn.fetch_one(
        "SELECT resident_id FROM conversation WHERE tenant = ? AND id = ?", TENANT, conversation_id
    )
    if row is None:
        raise MergeError("unknown")
    return int(row["resident_id"])


async def with_same_phone(conn: Connection, resident_id: int) -> list[int]:
    """Return other residents whose channel vouched for the very phone this one's channel vouched for, oldest first."""
    rows = await conn.fetch(
        "SELECT o.id FROM resident r JOIN resident o ON o.tenant = r.tenant AND o.phone = r.phone AND o.id <> r.id"
        " WHERE r.id = ? AND r.phone <> '' AND r.phone_verified_ms > 0 AND o.phone_verified_ms > 0"
        " AND o.merged_into = 0 ORDER BY o.id",
        resident_id,
    )
    return [row["id"] for row in rows]


async def merge(
    conn: Connection, first: int, second: int, *, reason: str, actor: Actor = BY_PROOF, now_ms: int
) -> Merge:
    """Make two residents one; the one of whom more is known is kept, of equals the older.

    Conversations, tickets and what they follow move; empty fields are filled, nothing is overwritten.

    Raises:
        MergeError: ``same``: they are one already; ``unknown``; ``forgetting``: one asked to be forgotten and the work
            on a ticket goes on; ``separated``: a dispatcher took their merge back, a phone is no proof any more.
    """
    people = await _locked(conn, (first, second))
    if len(people) < 2:
        raise MergeError("same")
    await _check(conn, [one["id"] for one in people], reason)
    kept, merged = sorted(people, key=lambda one: (-_known(one), one["created_ms"], one["id"]))
    filled = _filled(kept, merged)
    moved = await _contents(conn, merged["id"])
    await _give(conn, moved, kept["id"])
    push = kept["push_conversation_id"] or merged["push_conversation_id"]
    await _write(conn, kept["id"], filled | {"push_conversation_id": push, "forgotten_ms": 0})
    await _write(conn, merged["id"], {"merged_into": kept["id"]})
    await conversations.count_conversations(conn, (kept["id"], merged["id"]))
    told = {**moved, "fields": sorted(filled), "forgotten_ms": kept["forgotten_ms"]}
    number = await conn.insert(
        "INSERT INTO identity_merge (tenant, kept_id, merged_id, moved, reason, actor_id, actor_name, at_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        TENANT,
        kept["id"],
        merged["id"],
        json.dumps(told),
        reason,
        actor.id,
        actor.name,
        now_ms,
    )
    return Merge(id=number, kept_id=kept["id"], merged_id=merged["id"])


async def undo(conn: Connection, merge_id: int, *, actor: Actor, now_ms: int) -> Merge:
    """Take a merge back: what moved and still belongs to the kept resident goes back.

    So does what was begun meanwhile in the conversations that go back: it is of the person who writes there. When the
    kept resident was merged further on, things go back from there.

    Raises:
        MergeError: ``unknown``; ``undone``: it was taken back before.
    """
    row = await conn.fetch_one("SELECT kept_id FROM identity_merge WHERE tenant = ? AND id = ?", TENANT, merge_id)
    if row is None:
        raise MergeError("unknown")
    (holder,) = await _locked(conn, (row["kept_id"],))
    row = await conn.fetch_one("SELECT * FROM identity_merge WHERE id = ?", merge_id)
    if row is None or row["undone_ms"]:
        raise MergeError("undone")
    moved, back = json.loads(row["moved"]), row["merged_id"]
    returned = await _still(conn, "conversation", holder["id"], moved["conversations"])
    await _give(conn, {"conversations": returned}, back)
    for table, name in (("ticket", "tickets"), ("ticket_follower", "followers")):
        rows = await _still(conn, table, holder["id"], moved[name])
        rows += await _of_conversations(conn, table, holder["id"], returned)
        await _give(conn, {name: rows}, back)
    await _empty(conn, row, moved)
    await _write(conn, back, {"merged_into": 0})
    await conversations.count_conversations(conn, (holder["id"], back))
    await conn.execute(
        "UPDATE resident SET push_conversation_id = 0 WHERE id = ? AND push_conversation_id NOT IN"
        " (SELECT id FROM conversation WHERE resident_id = ?)",
        holder["id"],
        holder["id"],
    )
    await conn.execute(
        "UPDATE identity_merge SET undone_ms = ?, undone_by = ? WHERE id = ?", now_ms, actor.name, merge_id
    )
    return Merge(id=merge_id, kept_id=row["kept_id"], merged_id=back)


async def choose_push(conn: Connection, resident_id: int, conversation_id: int) -> bool:
    """Let news of tickets go to one of the resident's conversations; 0: to that of the ticket. False: not theirs."""
    changed = await conn.execute(
        "UPDATE resident SET push_conversation_id = ? WHERE tenant = ? AND id = ? AND (CAST(? AS BIGINT) = 0 OR EXISTS"
        " (SELECT 1 FROM conversation c WHERE c.id = ? AND c.resident_id = resident.id))",
        conversation_id,
        TENANT,
        resident_id,
        conversation_id,
        conversation_id,
    )
    return changed == 1


# --- locks ---------------------------------------------------------------------------------------------------------


async def _locked(conn: Connection, ids: Sequence[int]) -> list[Row]:
    """Lock the residents that these are now, and the lanes of their conversations; return their rows, each once.

    Lanes are taken in the order of their numbers. Turns never wait for a lane and others wait for one, so nobody waits
    in a circle. Everything is read after it is locked.
    """
    await conn.lock("identity")
    roots = sorted({await _root(conn, one) for one in ids})
    if conn.dialect == "postgres":
        await conn.fetch(
            "SELECT l.id FROM lane l WHERE l.id IN (SELECT c.lane FROM conversation c"  # noqa: S608  marks only
            f" WHERE c.resident_id IN ({placeholders(roots)})) ORDER BY l.id FOR NO KEY UPDATE",
            *roots,
        )
    lock = " FOR UPDATE" if conn.dialect == "postgres" else ""
    return await conn.fetch(
        f"SELECT * FROM resident WHERE id IN ({placeholders(roots)}) ORDER BY id{lock}",  # noqa: S608  marks only
        *roots,
    )


async def _root(conn: Connection, resident_id: int) -> int:
    """Return the resident that this one has become."""
    while True:
        row = await conn.fetch_one("SELECT merged_into FROM resident WHERE tenant = ? AND id = ?", TENANT, resident_id)
        if row is None:
            raise MergeError("unknown")
        if not row["merged_into"]:
            return resident_id
        resident_id = row["merged_into"]


async def _check(conn: Connection, ids: Sequence[int], reason: str) -> None:
    forgetting = await conn.fetch_one(
        f"SELECT 1 AS found FROM ticket WHERE resident_id IN ({placeholders(ids)}) AND {PERSONAL}"  # noqa: S608  marks only
        " AND created_ms <= (SELECT forgotten_ms FROM resident WHERE resident.id = ticket.resident_id) LIMIT 1",
        *ids,
    )
    if forgetting:
        raise MergeError("forgetting")
    if reason == "contact" and await conn.fetch_one(  # also between residents that have become these two since
        "WITH RECURSIVE same (id, root) AS"  # noqa: S608  marks only
        f" (SELECT r.id, r.id FROM resident r WHERE r.id IN ({placeholders(ids)})"
        " UNION SELECT r.id, s.root FROM same s JOIN resident r ON r.merged_into = s.id)"
        " SELECT 1 AS found FROM same a JOIN identity_merge m ON m.kept_id = a.id AND m.undone_ms > 0"
        " JOIN same b ON b.id = m.merged_id AND b.root <> a.root LIMIT 1",
        *ids,
    ):
        raise MergeError("separated")


# --- what moves ----------------------------------------------------------------------------------------------------

TABLES = {"conversations": "conversation", "tickets": "ticket", "followers": "ticket_follower"}


async def _contents(conn: Connection, resident_id: int) -> dict[str, list[int]]:
    """Return the ids of what a resident has; tickets are locked in the order in which others lock them."""
    found = {}
    for name, table in TABLES.items():
        lock = " FOR UPDATE" if conn.dialect == "postgres" else ""
        rows = await conn.fetch(f"SELECT id FROM {table} WHERE resident_id = ? ORDER BY id{lock}", resident_id)  # noqa: S608
        found[name] = [row["id"] for row in rows]
    return found


async def _give(conn: Connection, things: Mapping[str, Sequence[int]], resident_id: int) -> None:
    for name, ids in things.items():
        for part in _parts(ids):
            await conn.execute(
                f"UPDATE {TABLES[name]} SET resident_id = ? WHERE id IN ({placeholders(part)})",  # noqa: S608
                resident_id,
                *part,
            )


async def _still(conn: Connection, table: str, resident_id: int, ids: Sequence[int]) -> list[int]:
    """Return those of the ids that belong to the resident."""
    found: list[int] = []
    for part in _parts(ids):
        rows = await conn.fetch(
            f"SELECT id FROM {table} WHERE resident_id = ? AND id IN ({placeholders(part)}) ORDER BY id",  # noqa: S608
            resident_id,
            *part,
        )
        found += [row["id"] for row in rows]
    return found


async def _of_conversations(conn: Connection, table: str, resident_id: int, returned: Sequence[int]) -> list[int]:
    found: list[int] = []
    for part in _parts(returned):
        rows = await conn.fetch(
            f"SELECT id FROM {table} WHERE resident_id = ? AND conversation_id IN ({placeholders(part)}) ORDER BY id",  # noqa: S608
            resident_id,
            *part,
        )
        found += [row["id"] for row in rows]
    return found


def _parts(ids: Sequence[int]) -> Iterable[list[int]]:
    return [padded(ids[start : start + MOST_IN_LIST]) for start in range(0, len(ids), MOST_IN_LIST)]


# --- fields --------------------------------------------------------------------------------------------------------


def _known(resident: Row) -> int:
    """Count what is known of a resident; a phone that a channel vouched for counts twice."""
    return sum(bool(resident[name]) for group in GROUPS for name in group)


def _filled(kept: Row, merged: Row) -> dict[str, object]:
    """Return what the kept resident gets of the other: only where it has nothing."""
    changes: dict[str, object] = {}
    for group in GROUPS:
        first = group[0]
        if not kept[first]:
            changes |= {name: merged[name] for name in group if merged[name]}
        elif kept[first] == merged[first]:
            changes |= {name: merged[name] for name in group if merged[name] and not kept[name]}
    if kept[REFUSED] and not merged[REFUSED]:
        changes[REFUSED] = 0
    return changes


async def _empty(conn: Connection, row: Row, moved: dict[str, Any]) -> None:
    """Take filled fields back, also from residents whom the kept one was merged into; what was changed since stays."""
    merged = await _resident(conn, row["merged_id"])
    fields, target = set(moved["fields"]), row["kept_id"]
    if moved["forgotten_ms"]:
        await conn.execute(
            "UPDATE resident SET forgotten_ms = ? WHERE id = ? AND forgotten_ms = 0", moved["forgotten_ms"], target
        )
    while fields:
        kept = await _resident(conn, target)
        groups = (*GROUPS, (REFUSED,))
        emptied = {name for group in groups for name in group if name in fields and _same(kept, merged, group)}
        nothing = {name: "" if isinstance(kept[name], str) else int(name == REFUSED) for name in emptied}
        await _write(conn, target, nothing)
        further = await conn.fetch_one(
            "SELECT kept_id, moved FROM identity_merge WHERE merged_id = ? AND undone_ms = 0", target
        )
        if further is None:
            return
        fields &= set(json.loads(further["moved"])["fields"])
        target = further["kept_id"]


def _same(kept: Row, merged: Row, group: Sequence[str]) -> bool:
    return bool(kept[group[0]] == merged[group[0]])


async def _resident(conn: Connection, resident_id: int) -> Row:
    row = await conn.fetch_one("SELECT * FROM resident WHERE id = ?", resident_id)
    if row is None:
        raise MergeError("unknown")
    return row


async def _write(conn: Connection, resident_id: int, changes: Mapping[str, object]) -> None:
    """Write columns whose names come from this module only."""
    if changes:
        columns = ", ".join(f"{name} = ?" for name in changes)
        await conn.execute(f"UPDATE resident SET {columns} WHERE id = ?", *changes.values(), resident_id)  # noqa: S608
