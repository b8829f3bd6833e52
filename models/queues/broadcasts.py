"""Broadcasts: one message to many conversations, written into the outbox slice by slice.

A slice is one transaction: its rows of the outbox, their lines in the transcripts, and the cursor. So a process may be
killed anywhere and any number of nodes may expand the same broadcast; every recipient gets the message once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from channels.contract import SendPriority
from channels.registry import names_of
from models.database.connection import TENANT, Connection
from models.database.sql_lists import literals
from models.queues import outbox_bodies
from models.queues.inbox import LANES
from models.queues.states import BroadcastState

DueIn = Callable[[int, str], int]  # (now in ms, name of a time zone or '') -> ms
SLICE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The outcome of one call of `expand`."""

    broadcast: int
    queued: int  # rows written; 0 is possible before the end
    done: bool


async def start(
    conn: Connection,
    *,
    key: str,
    body: str,
    houses: Sequence[int] | None,
    created_by: int,
    now_ms: int,
    urgent: bool = False,
) -> int:
    """Start a broadcast and return its id; a key that is known starts nothing and returns the id it has.

    Args:
        body: JSON as in the outbox: ``{"text": …, "buttons": [[[label, value]]]}``; the text fits every channel.
        houses: only conversations of residents of these houses; None: all. Unreachable conversations are left out.
        urgent: quiet hours do not hold it back.
    """
    audience: dict[str, Any] = {} if houses is None else {"houses": sorted(set(houses))}
    if urgent:
        audience["urgent"] = True
    row = await conn.fetch_one(
        "INSERT INTO broadcast (tenant, key, body, audience, total, created_ms, created_by)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (tenant, key) DO NOTHING RETURNING id",
        TENANT,
        key,
        body,
        json.dumps(audience),
        await count(conn, houses, urgent=urgent),
        now_ms,
        created_by,
    )
    if row is None:
        row = await conn.fetch_one("SELECT id FROM broadcast WHERE tenant = ? AND key = ?", TENANT, key)
    if row is None:
        raise LookupError("a broadcast that was just written is not there")
    return int(row["id"])


async def count(conn: Connection, houses: Sequence[int] | None, *, urgent: bool = False) -> int:
    """Return how many conversations such a broadcast would address now."""
    people, values = _residents_of(houses)
    people += "" if urgent else _WANTED
    row = await conn.fetch_one(
        f"SELECT count(*) AS number FROM conversation c WHERE c.tenant = ? AND c.reachable = 1{people}",  # noqa: S608
        TENANT,
        *values,
    )
    return int(row["number"]) if row else 0


async def get(conn: Connection, broadcast_id: int) -> dict[str, Any] | None:
    """Return a broadcast as its row."""
    return await conn.fetch_one("SELECT * FROM broadcast WHERE tenant = ? AND id = ?", TENANT, broadcast_id)


async def pause(conn: Connection, broadcast_id: int) -> bool:
    """Write no further slice until `resume`; what is in the outbox is sent. False: it does not run."""
    return await _change(conn, broadcast_id, BroadcastState.PAUSED, BroadcastState.RUNNING)


async def resume(conn: Connection, broadcast_id: int) -> bool:
    """Go on where `pause` came. False: it is not paused."""
    return await _change(conn, broadcast_id, BroadcastState.RUNNING, BroadcastState.PAUSED)


async def stop(conn: Connection, broadcast_id: int) -> bool:
    """Write no further slice ever; what is in the outbox is sent. False: it had ended."""
    return await _change(conn, broadcast_id, BroadcastState.STOPPED, BroadcastState.RUNNING, BroadcastState.PAUSED)


async def _change(conn: Connection, broadcast_id: int, state: BroadcastState, *before: BroadcastState) -> bool:
    """Change the state if it is one of those `before`."""
    allowed = ", ".join(str(state_before.value) for state_before in before)
    changed = await conn.execute(
        f"UPDATE broadcast SET state = ? WHERE tenant = ? AND id = ? AND state IN ({allowed})",  # noqa: S608
        state,
        TENANT,
        broadcast_id,
    )
    return changed == 1


async def expand(conn: Connection, now_ms: int, limit: int = SLICE, due_in: DueIn | None = None) -> Slice | None:
    """Write one slice of the oldest running broadcast: of the next `limit` conversations those that are addressed.

    None: nothing is left, or other nodes have it in hand. The lane is locked as a turn locks it: lines of one
    conversation are then committed in the order of their ids, and no reader of a transcript misses one.

    due_in: when news is due where a recipient's house stands; None: at once.
    """
    skip = " FOR UPDATE SKIP LOCKED" if conn.dialect == "postgres" else ""
    row = await conn.fetch_one(
        "SELECT id, tenant, body, audience, lane, cursor FROM broadcast"  # noqa: S608
        f" WHERE state = {BroadcastState.RUNNING} ORDER BY id LIMIT 1{skip}"
    )
    if row is None:
        return None
    if conn.dialect == "postgres":
        await conn.fetch("SELECT id FROM lane WHERE id = ? FOR NO KEY UPDATE", row["lane"])
    last, more = await _end_of_slice(conn, row, limit)
    queued = await _queue(conn, row, last, now_ms, due_in) if last > row["cursor"] else 0
    lane, cursor = (row["lane"], last) if more else (row["lane"] + 1, 0)
    await conn.execute(
        "UPDATE broadcast SET lane = ?, cursor = ?, queued = queued + ?, state = ? WHERE id = ?",
        lane,
        cursor,
        queued,
        BroadcastState.DONE if lane == LANES else BroadcastState.RUNNING,
        row["id"],
    )
    return Slice(broadcast=row["id"], queued=queued, done=lane == LANES)


async def _end_of_slice(conn: Connection, row: dict[str, Any], limit: int) -> tuple[int, bool]:
    """Return the last conversation.id of the slice and whether the lane may hold more."""
    rows = await conn.fetch(
        "SELECT id FROM conversation WHERE lane = ? AND id > ? ORDER BY id LIMIT ?", row["lane"], row["cursor"], limit
    )
    return (int(rows[-1]["id"]) if rows else row["cursor"]), len(rows) == limit


async def _queue(conn: Connection, row: dict[str, Any], last: int, now_ms: int, due_in: DueIn | None) -> int:
    """Write outbox rows and transcript lines of the addressed conversations from the cursor up to `last`."""
    body, audience = outbox_bodies.decode(row["body"]), json.loads(row["audience"])
    people, values = _residents_of(audience.get("houses"))
    people += "" if audience.get("urgent") else _WANTED
    due, moments = await _due(conn, now_ms, None if audience.get("urgent") else due_in)
    some = f"c.lane = ? AND c.id > ? AND c.id <= ? AND c.tenant = ? AND c.reachable = 1{people} ORDER BY c.id"
    chosen = (row["lane"], row["cursor"], last, row["tenant"], *values)
    await conn.execute(
        "INSERT INTO message (tenant, conversation_id, author, text, buttons, at_ms)"  # noqa: S608
        f" SELECT c.tenant, c.id, 'bot', ?, ?, ? FROM conversation c WHERE {some}",
        body.text,
        json.dumps(outbox_bodies.buttons_as_json(body.buttons), ensure_ascii=False) if body.buttons else "",
        now_ms,
        *chosen,
    )
    return await conn.execute(
        "INSERT INTO outbox (tenant, channel, conversation, key, body, priority, due_ms, created_ms)"  # noqa: S608
        f" SELECT c.tenant, c.channel, c.address, 'b{row['id']}:' || c.id, ?, {SendPriority.ANNOUNCEMENT}, {due},"
        f" ? FROM conversation c WHERE {some}",
        row["body"],
        *moments,
        now_ms,
        *chosen,
    )


_WANTED = " AND NOT EXISTS (SELECT 1 FROM resident u WHERE u.id = c.resident_id AND u.announcements = 0)"
_SHOWN_AT_ONCE = f"channel NOT IN ({literals(names_of(lambda info: info.only_when_open))})"
# A resident with several conversations gets it once: where news were wished for, else in the oldest one whose channel
# shows a message at once.
_ONCE = (
    " AND NOT EXISTS (SELECT 1 FROM resident s JOIN conversation o ON o.resident_id = s.id WHERE s.id = c.resident_id"  # noqa: S608
    " AND s.several = 1 AND o.reachable = 1 AND o.id <> c.id AND (o.id = s.push_conversation_id"
    f" OR (c.id <> s.push_conversation_id AND ((o.{_SHOWN_AT_ONCE}) > (c.{_SHOWN_AT_ONCE})"
    f" OR ((o.{_SHOWN_AT_ONCE}) = (c.{_SHOWN_AT_ONCE}) AND o.id < c.id)))))"
)


async def _due(conn: Connection, now_ms: int, due_in: DueIn | None) -> tuple[str, Sequence[object]]:
    """Return the expression of when a row for conversation `c` is due, and its values."""
    if due_in is None:
        return "CAST(? AS BIGINT)", (now_ms,)
    zone = "details::jsonb ->> 'timezone'" if conn.dialect == "postgres" else "json_extract(details, '$.timezone')"
    named = await conn.fetch(f"SELECT DISTINCT {zone} AS name FROM house WHERE tenant = ?", TENANT)  # noqa: S608
    default = due_in(now_ms, "")
    others = {row["name"]: at for row in named if row["name"] and (at := due_in(now_ms, row["name"])) != default}
    if not others:
        return "CAST(? AS BIGINT)", (default,)
    cases = " WHEN ? THEN CAST(? AS BIGINT)" * len(others)
    return (
        f"CASE (SELECT {zone} FROM house h JOIN resident r ON r.house_id = h.id WHERE r.id = c.resident_id)"  # noqa: S608
        f"{cases} ELSE CAST(? AS BIGINT) END",
        (*(value for pair in others.items() for value in pair), default),
    )


def _residents_of(houses: Sequence[int] | None) -> tuple[str, Sequence[int]]:
    """Return the condition on conversation `c` for an audience, and its values."""
    if houses is None:
        return _ONCE, ()
    placeholders = ", ".join("?" for _ in houses) or "NULL"
    sql = f"{_ONCE} AND EXISTS (SELECT 1 FROM resident r WHERE r.id = c.resident_id AND r.house_id IN ({placeholders}))"  # noqa: S608
    return sql, houses
