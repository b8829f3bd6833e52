"""One resident in many channels: merging two residents on proof, and taking a merge back.

The convention worth knowing: the owner of a conversation changes through this module only, under the lock "identity"
and with the lanes of all conversations of both residents locked. A turn holds its lanes while it has residents in
memory, so it never works with an owner that has changed meanwhile. A turn itself must not merge: it has lanes already
and would wait for others. It leaves a request (`merge_requests.ask`), and `bot/turns/merge_worker.py` carries it out.
See docs/decisions/0015.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from models.database.connection import TENANT, Connection
from models.database.sql_lists import placeholders
from models.erasure import PERSONAL
from models.residents import conversations, merge_contents, merge_fields
from models.residents.merge_types import BY_PROOF, Merge, MergeError
from tickets.lifecycle.types import Actor

__all__ = ["BY_PROOF", "Merge", "MergeError", "choose_push", "merge", "owner_of", "undo", "with_same_phone"]

Row = dict[str, Any]


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
    residents = await _locked(conn, (first, second))
    if len(residents) < 2:
        raise MergeError("same")
    await _check(conn, [resident["id"] for resident in residents], reason)
    survivor, merged = sorted(
        residents, key=lambda resident: (-merge_fields.count_known(resident), resident["created_ms"], resident["id"])
    )
    filled = merge_fields.filled(survivor, merged)
    moved = await merge_contents.contents_of(conn, merged["id"])
    await merge_contents.give(conn, moved, survivor["id"])
    push = survivor["push_conversation_id"] or merged["push_conversation_id"]
    await merge_fields.write(conn, survivor["id"], filled | {"push_conversation_id": push, "forgotten_ms": 0})
    await merge_fields.write(conn, merged["id"], {"merged_into": survivor["id"]})
    await conversations.count_conversations(conn, (survivor["id"], merged["id"]))
    details = {**moved, "fields": sorted(filled), "forgotten_ms": survivor["forgotten_ms"]}
    number = await conn.insert(
        "INSERT INTO identity_merge (tenant, kept_id, merged_id, moved, reason, actor_id, actor_name, at_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        TENANT,
        survivor["id"],
        merged["id"],
        json.dumps(details),
        reason,
        actor.id,
        actor.name,
        now_ms,
    )
    return Merge(id=number, kept_id=survivor["id"], merged_id=merged["id"])


async def undo(conn: Connection, merge_id: int, *, actor: Actor, now_ms: int) -> Merge:
    """Take a merge back: what moved and still belongs to the surviving resident goes back.

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
    returned = await merge_contents.still_of(conn, "conversation", holder["id"], moved["conversations"])
    await merge_contents.give(conn, {"conversations": returned}, back)
    for table, name in (("ticket", "tickets"), ("ticket_follower", "followers")):
        rows = await merge_contents.still_of(conn, table, holder["id"], moved[name])
        rows += await merge_contents.of_conversations(conn, table, holder["id"], returned)
        await merge_contents.give(conn, {name: rows}, back)
    await merge_fields.take_back(conn, row, moved)
    await merge_fields.write(conn, back, {"merged_into": 0})
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


async def _locked(conn: Connection, ids: Sequence[int]) -> list[Row]:
    """Lock the residents that these are now, and the lanes of their conversations; return their rows, each once.

    Lanes are taken in the order of their numbers. Turns never wait for a lane and others wait for one, so nobody waits
    in a circle. Everything is read after it is locked.
    """
    await conn.lock("identity")
    roots = sorted({await _root(conn, resident_id) for resident_id in ids})
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
