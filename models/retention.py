"""Deletion of what has been kept long enough. Idempotent; any number of nodes may do it at once.

The convention worth knowing: a rule walks its table by id, at most `Rule.slice_rows` rows per transaction, so nobody
waits for it longer than for one turn. Rows are locked in the order of their ids and looked at again under the lock;
what another node has done already is not found any more.

Sources: Law 152-FZ, art. 5 part 7 and art. 21 (data go when their purpose is reached); Rules 416, point 37 (appeals
are kept for three years).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from models import attachments, erasure, outages
from models.database.connection import Connection
from models.database.database import Database
from models.queues.states import InboxState, TimerState

DAY_MS = 86_400_000
SLICE_ROWS = 1000

Act = Callable[[Connection, Sequence[int]], Awaitable[None]]

# A ticket `k` that somebody may still need. `?` is the moment before which finished work is old.
NEEDED = "(k.status NOT IN ('done', 'closed', 'cancelled') OR (k.status = 'done' AND k.done_ms >= ?))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Rows that go from one table.

    key: of the settings, ``retention.<key>_days``. age: column with the row's time, epoch ms. goes: which of the old
    rows `t` go; each `?` is the moment before which a row is old. act: deletes or empties rows by id. in_order: ages
    grow with ids, so the walk ends at the first slice with nothing old.
    """

    key: str
    table: str
    age: str
    goes: str = "1 = 1"
    act: Act | None = None
    in_order: bool = True
    slice_rows: int = SLICE_ROWS


async def forget_people(conn: Connection, ids: Sequence[int]) -> None:
    """Residents lose name, phone and flat, their conversations what was remembered for the next word."""
    placeholders = ", ".join("?" * len(ids))
    await conn.execute(
        "UPDATE resident SET name = '', phone = '', phone_verified_ms = 0, house_id = 0, apartment = '',"  # noqa: S608
        f" notice_version = '', notified_ms = 0 WHERE id IN ({placeholders})",
        *ids,
    )
    await erasure.forget_addresses(conn, ids)
    await conn.execute(
        f"UPDATE conversation SET sender_name = '', session = '' WHERE resident_id IN ({placeholders})",  # noqa: S608
        *ids,
    )


async def forget_photos(conn: Connection, ids: Sequence[int]) -> None:
    placeholders = ", ".join("?" * len(ids))
    rows = await conn.fetch(f"SELECT name FROM attachment WHERE id IN ({placeholders})", *ids)  # noqa: S608
    await attachments.forget(conn, [row["name"] for row in rows])


RULES = (
    Rule(
        key="tickets",
        table="ticket",
        age="created_ms",
        goes="t.status IN ('done', 'closed', 'cancelled') AND t.done_ms < ? AND t.closed_ms < ?"
        f" AND {erasure.PERSONAL}",
        act=erasure.forget_tickets,
        slice_rows=200,
    ),
    Rule(
        key="transcripts",
        table="message",
        age="at_ms",
        goes=f"NOT EXISTS (SELECT 1 FROM ticket k WHERE k.conversation_id = t.conversation_id AND {NEEDED})",  # noqa: S608
    ),
    Rule(
        key="residents",
        table="resident",
        age="created_ms",
        goes="(t.name <> '' OR t.phone <> '' OR t.house_id <> 0 OR t.apartment <> '' OR EXISTS (SELECT 1 FROM"  # noqa: S608
        " conversation c WHERE c.resident_id = t.id AND (c.sender_name <> '' OR c.session <> '' OR"
        f" {erasure.CONTACT})))"
        " AND NOT EXISTS (SELECT 1 FROM conversation c WHERE c.resident_id = t.id AND c.last_ms >= ?)"
        f" AND NOT EXISTS (SELECT 1 FROM ticket k WHERE k.resident_id = t.id AND {NEEDED})",
        act=forget_people,
        slice_rows=200,
    ),
    Rule(
        key="photos",
        table="attachment",
        age="created_ms",
        goes=f"t.name NOT IN (SELECT f.file FROM ticket_file f JOIN ticket k ON k.id = f.ticket_id WHERE {NEEDED})",  # noqa: S608
        act=forget_photos,
        slice_rows=200,
    ),
    Rule(key="handovers", table="handover_event", age="at_ms"),
    Rule(key="questions", table="unanswered", age="last_ms", in_order=False),
    Rule(key="corrections", table="correction", age="at_ms"),
    Rule(key="outages", table="outage", age="until_ms", act=outages.forget, in_order=False, slice_rows=200),
    Rule(key="outbox", table="outbox", age="created_ms", goes=erasure.SETTLED),
    Rule(key="inbox", table="inbox", age="at_ms", goes=f"t.state = {InboxState.DONE}"),
    Rule(
        key="timers",
        table="timer",
        age="due_ms",
        goes=f"t.state IN ({TimerState.FIRED}, {TimerState.CANCELLED})",
        in_order=False,
    ),
)


async def forget_old(
    database: Database, days: Mapping[str, int], now_ms: int, *, dry_run: bool = False
) -> dict[str, int]:
    """Carry out every rule; return how many rows went, by `Rule.key`.

    days: how long rows are kept, by `Rule.key`; 0: forever. dry_run: count them and change nothing.
    """
    gone = {}
    for rule in RULES:
        if days[rule.key]:
            gone[rule.key] = await _walk(database, rule, now_ms - days[rule.key] * DAY_MS, dry_run=dry_run)
    return gone


async def _walk(database: Database, rule: Rule, before_ms: int, *, dry_run: bool) -> int:
    gone, after = 0, 0
    while True:
        last, rows = await database.transaction(
            lambda conn, after=after: _slice(conn, rule, before_ms, after, dry_run=dry_run)  # type: ignore[misc]  # lambda default
        )
        gone += rows
        if not last:
            return gone
        after = last


async def _slice(conn: Connection, rule: Rule, before_ms: int, after: int, *, dry_run: bool) -> tuple[int, int]:
    """Do the next rows after an id; return the last id looked at (0: the walk has ended) and how many went."""
    edge = await conn.fetch_one(
        f"SELECT max(id) AS last, min({rule.age}) AS oldest FROM"  # noqa: S608
        f" (SELECT id, {rule.age} FROM {rule.table} WHERE id > ? ORDER BY id LIMIT ?) AS part",
        after,
        rule.slice_rows,
    )
    if edge is None or edge["last"] is None or (rule.in_order and edge["oldest"] >= before_ms):
        return 0, 0
    lock = " FOR UPDATE OF t" if conn.dialect == "postgres" and not dry_run else ""
    rows = await conn.fetch(
        f"SELECT t.id FROM {rule.table} t WHERE t.id > ? AND t.id <= ? AND t.{rule.age} < ? AND {rule.goes}"  # noqa: S608
        f" ORDER BY t.id{lock}",
        after,
        edge["last"],
        before_ms,
        *([before_ms] * rule.goes.count("?")),
    )
    ids = [row["id"] for row in rows]
    if ids and not dry_run:
        await (rule.act(conn, ids) if rule.act else _delete(conn, rule.table, ids))
    return edge["last"], len(ids)


async def _delete(conn: Connection, table: str, ids: Sequence[int]) -> None:
    await conn.execute(f"DELETE FROM {table} WHERE id IN ({', '.join('?' * len(ids))})", *ids)  # noqa: S608
