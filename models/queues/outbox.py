"""The outbox: what is to be sent, most urgent first, in order within each conversation.

Hot statements: `due` and `settle`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from models.database.connection import TENANT, Connection
from models.rows.states import OutboxState

STATES = {  # of `SendResult.state`
    "sent": OutboxState.SENT,
    "retry": OutboxState.WAITING,
    "dead": OutboxState.DEAD,
    "moved": OutboxState.DEAD_SEEN,
    "unknown": OutboxState.UNCONFIRMED,
}
UNREACHABLE = {"blocked_by_resident": "blocked", "not_found": "not_found"}  # error -> conversation.unreachable_reason


@dataclass(frozen=True, slots=True, kw_only=True)
class SendResult:
    """The result of a send. at_ms: when it was sent, when to try again, or when to decide (0: it is decided)."""

    id: int
    state: str  # "sent", "retry", "dead", "moved" (it goes through another channel), "unknown"
    at_ms: int
    provider_id: str = ""
    error: str = ""
    spent: bool = True  # False: the channel did not even look at it, so the try does not count
    tries: int = 0  # of the send this tells of; one that was overtaken by another changes nothing. 0: any
    since_ms: int = 0  # start of the first send whose fate is unknown; 0: none


@dataclass(slots=True, kw_only=True)
class DueRow:
    """A row of the outbox that is to be sent; the sender counts its send in `tries` and `sending_ms`."""

    id: int
    conversation: str  # the channel's own address
    key: str
    body: str  # JSON, see `models/rows/outbox_bodies.py`
    priority: int  # `channels.contract.SendPriority`
    tries: int
    error: str  # of the last send; "unknown": it may have arrived
    sending_ms: int  # start of the first send whose fate is unknown; 0: none


_DUE_COLUMNS = ", ".join(f"o.{column.name}" for column in fields(DueRow))


async def due(
    conn: Connection, channel: str, now_ms: int, limit: int, *, exclude_conversations: Sequence[str] = ()
) -> list[DueRow]:
    """Return the rows to send now, at most one per conversation: its most urgent, then oldest, waiting row.

    A conversation whose head waits for another try is left alone, so its messages stay in order; a more urgent message
    is a new head and goes first. A message whose first try lies in the future holds nothing up. A paused channel has
    nothing due. Most urgent first, then what has been due longest.
    """
    rows: list[DueRow] = []
    for priority in await _waiting_priorities(conn, channel, now_ms):
        if len(rows) < limit:
            rows += await _due(conn, channel, priority, now_ms, limit - len(rows), exclude_conversations)
    return rows


async def _waiting_priorities(conn: Connection, channel: str, now_ms: int) -> list[int]:
    """Return the priorities of waiting rows, most urgent first; none while the channel is paused."""
    rows = await conn.fetch(
        "WITH RECURSIVE p (priority) AS ("  # noqa: S608
        f"SELECT MIN(priority) FROM outbox WHERE state = {OutboxState.WAITING} AND tenant = ? AND channel = ?"
        f" UNION ALL SELECT (SELECT MIN(o.priority) FROM outbox o WHERE o.state = {OutboxState.WAITING}"
        " AND o.tenant = ? AND o.channel = ?"
        " AND o.priority > p.priority) FROM p WHERE p.priority IS NOT NULL)"
        " SELECT priority FROM p WHERE priority IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM channel WHERE tenant = ? AND name = ? AND paused_until_ms > ?)",
        *(TENANT, channel) * 3,
        now_ms,
    )
    return sorted(row["priority"] for row in rows)


async def _due(
    conn: Connection, channel: str, priority: int, now_ms: int, limit: int, busy: Sequence[str]
) -> list[DueRow]:
    """Return due heads of one priority, oldest first, past any number of rows of later.

    The look at the rows before it is written so that no planner turns it into a join of everything that waits.
    """
    busy = [*busy, *[""] * (-len(busy) % 8)]  # so few texts of the statement that each is prepared already
    placeholders = ", ?" * len(busy)
    rows = await conn.fetch(
        f"SELECT {_DUE_COLUMNS} FROM outbox o"  # noqa: S608
        f" WHERE o.state = {OutboxState.WAITING} AND o.tenant = ? AND o.channel = ? AND o.priority = ?"
        " AND o.due_ms <= ?"
        f" AND o.conversation NOT IN (''{placeholders})"
        f" AND (SELECT 1 FROM outbox h WHERE h.state = {OutboxState.WAITING} AND h.tenant = o.tenant"
        " AND h.channel = o.channel"
        " AND h.conversation = o.conversation AND (h.priority, h.id) < (o.priority, o.id)"
        " AND (h.tries > 0 OR h.due_ms <= ?) LIMIT 1) IS NULL"
        " ORDER BY o.due_ms, o.id LIMIT ?",
        TENANT,
        channel,
        priority,
        now_ms,
        *busy,
        now_ms,
        limit,
    )
    return [DueRow(**row) for row in rows]


async def start_sending(conn: Connection, ids: Sequence[int], now_ms: int) -> None:
    """Count the try before it starts: after a crash the row shows that it may have gone out."""
    await conn.many(
        "UPDATE outbox SET tries = tries + 1, sending_ms = CASE WHEN sending_ms > 0 THEN sending_ms ELSE ? END"  # noqa: S608
        f" WHERE id = ? AND state = {OutboxState.WAITING}",
        [(now_ms, row_id) for row_id in ids],
    )


async def settle(conn: Connection, results: Sequence[SendResult]) -> None:
    """Write what became of sends; the conversation of a resident who cannot be reached is marked so.

    A row that another process has settled or sent again meanwhile (this one was cut off) stays as it is, except that
    nothing is unknown any more about a message that was sent.
    """
    await conn.many(
        "UPDATE outbox SET state = ?, due_ms = ?, sent_ms = ?, provider_id = ?, error = ?, sending_ms = ?,"  # noqa: S608
        " tries = tries - CASE WHEN ? = 1 AND tries > 1 THEN 1 ELSE 0 END"  # nobody looked at it
        f" WHERE id = ? AND (state = {OutboxState.WAITING} AND tries = CASE WHEN ? = 0 THEN tries ELSE ? END"
        f" OR ? = 1 AND state IN ({OutboxState.WAITING}, {OutboxState.UNCONFIRMED}))",
        [
            (
                STATES[result.state],
                result.at_ms,
                result.at_ms if result.state == "sent" else 0,
                result.provider_id,
                result.error,
                result.since_ms,
                int(not result.spent),
                result.id,
                result.tries,
                result.tries,
                int(result.state == "sent"),
            )
            for result in results
        ],
    )
    await conn.many(
        "UPDATE conversation SET reachable = 0, unreachable_reason = ? WHERE (tenant, channel, address) IN"
        " (SELECT tenant, channel, conversation FROM outbox WHERE id = ?)",
        [
            (UNREACHABLE[result.error], result.id)
            for result in results
            if result.state != "sent" and result.error in UNREACHABLE
        ],
    )


async def send_again(conn: Connection, row_id: int, now_ms: int) -> bool:
    """A dispatcher wants a message sent again that is dead or of unknown fate; False: it is so no more."""
    changed = await conn.execute(
        f"UPDATE outbox SET state = {OutboxState.WAITING}, tries = 0, error = '', sending_ms = 0, due_ms = ?"  # noqa: S608
        f" WHERE tenant = ? AND id = ? AND (state = {OutboxState.DEAD} OR state = {OutboxState.UNCONFIRMED}"
        " AND due_ms = 0)",
        now_ms,
        TENANT,
        row_id,
    )
    return changed == 1


async def dismiss(conn: Connection, row_id: int) -> bool:
    """A dispatcher has dealt with a message that is dead or of unknown fate."""
    changed = await conn.execute(
        "UPDATE outbox SET state = state + 1"  # to DEAD_SEEN or UNCONFIRMED_SEEN  # noqa: S608
        f" WHERE tenant = ? AND id = ? AND (state = {OutboxState.DEAD}"
        f" OR state = {OutboxState.UNCONFIRMED} AND due_ms = 0)",
        TENANT,
        row_id,
    )
    return changed == 1


async def pause_channel(conn: Connection, channel: str, until_ms: int) -> None:
    """Nothing of this channel is due before `until_ms`, also after a restart; a shorter pause shortens nothing."""
    await conn.execute(
        "INSERT INTO channel (tenant, name, paused_until_ms) VALUES (?, ?, ?)"
        " ON CONFLICT (tenant, name) DO UPDATE SET paused_until_ms = excluded.paused_until_ms"
        " WHERE channel.paused_until_ms < excluded.paused_until_ms",
        TENANT,
        channel,
        until_ms,
    )


async def cursor(conn: Connection, channel: str) -> str:
    """Return where a polling channel goes on reading; empty: from its beginning."""
    row = await conn.fetch_one("SELECT cursor FROM channel WHERE tenant = ? AND name = ?", TENANT, channel)
    return str(row["cursor"]) if row else ""


async def set_cursor(conn: Connection, channel: str, value: str) -> None:
    """Remember where a polling channel goes on; belongs into the transaction that stored what was read before it."""
    await conn.execute(
        "INSERT INTO channel (tenant, name, cursor) VALUES (?, ?, ?)"
        " ON CONFLICT (tenant, name) DO UPDATE SET cursor = excluded.cursor",
        TENANT,
        channel,
        value,
    )
