"""Messages of which nobody knows whether they arrived: the request was written and no answer came.

Such a row is in state 4 and holds nothing up. `due_ms`: when to decide; 0: decided, it stays so until a dispatcher
deals with it (state 5). `sending_ms`: when the send was started.
"""

from __future__ import annotations

from dataclasses import dataclass

from channels.contract import SendPriority
from models.database.connection import TENANT, Connection
from models.queues.states import OutboxState

KEY_MS = 50 * 60_000  # the shortest memory of a channel that drops repeats (VK: an hour), with a margin

# Of the outbox: nobody knows whether it arrived, and nothing but a dispatcher decides about it any more.
_DECIDED = f"state = {OutboxState.UNCONFIRMED} AND due_ms = 0"
UNSURE = f"{_DECIDED} AND priority < {SendPriority.ANNOUNCEMENT}"
UNSURE_ANNOUNCEMENT = f"{_DECIDED} AND priority >= {SendPriority.ANNOUNCEMENT}"

LOOKED_AT = 20_000  # rows of the outbox after the one in question


@dataclass(frozen=True, slots=True)
class Decided:
    """Numbers of messages that go out once more, evidently arrived, or stay as they are."""

    again: int = 0
    arrived: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Unconfirmed:
    """A message whose fate is unknown, with the conversation it belongs to (None: there is none)."""

    id: int
    channel: str
    conversation: str
    sending_ms: int
    priority: int
    conversation_id: int | None
    last_ms: int | None  # of the conversation


async def take_over(conn: Connection, channel: str, now_ms: int, *, pause_ms: int, idempotent: bool) -> int:
    """Deal with sends that a process left behind when it died; return how many.

    A channel that drops repeats gets them again. For any other they become unknown, to be decided after `pause_ms`, or
    at once when they are urgent; an announcement, or a second send, stays so.
    """
    if idempotent:
        return await conn.execute(
            f"UPDATE outbox SET error = 'unknown' WHERE state = {OutboxState.WAITING}"  # noqa: S608
            " AND tenant = ? AND channel = ? AND sending_ms > 0",
            TENANT,
            channel,
        )
    return await conn.execute(
        f"UPDATE outbox SET state = {OutboxState.UNCONFIRMED}, error = 'unknown',"  # noqa: S608
        f" due_ms = CASE WHEN priority >= {SendPriority.ANNOUNCEMENT} OR error = 'unknown' THEN 0"
        f" WHEN priority = {SendPriority.URGENT} THEN CAST(? AS BIGINT)"
        " ELSE CAST(? AS BIGINT) END"
        f" WHERE state = {OutboxState.WAITING} AND tenant = ? AND channel = ? AND sending_ms > 0",
        now_ms,
        now_ms + pause_ms,
        TENANT,
        channel,
    )


async def decide(conn: Connection, now_ms: int, limit: int = 200) -> Decided:
    """Decide what has waited long enough. Any number of clocks may do so."""
    lock = " FOR UPDATE OF o SKIP LOCKED" if conn.dialect == "postgres" else ""
    rows = await conn.fetch(
        "SELECT o.id, o.channel, o.conversation, o.sending_ms, o.priority, c.id AS conversation_id, c.last_ms"  # noqa: S608
        " FROM outbox o LEFT JOIN conversation c"
        " ON c.tenant = o.tenant AND c.channel = o.channel AND c.address = o.conversation"
        f" WHERE o.state = {OutboxState.UNCONFIRMED} AND o.tenant = ? AND o.due_ms > 0 AND o.due_ms <= ?"
        f" ORDER BY o.id LIMIT ?{lock}",
        TENANT,
        now_ms,
        limit,
    )
    again, arrived, left = list[int](), list[int](), list[int]()
    for row in (Unconfirmed(**columns) for columns in rows):
        if row.priority >= SendPriority.ANNOUNCEMENT:
            left.append(row.id)
        else:
            evident = row.priority > SendPriority.URGENT and await _went_on(
                conn, row
            )  # of life and limb, better read twice
            (arrived if evident else again).append(row.id)
    for ids, change in (
        (left, "due_ms = 0"),
        (arrived, f"state = {OutboxState.UNCONFIRMED_SEEN}"),
        (again, f"state = {OutboxState.WAITING}, sending_ms = 0"),  # its error tells that there was a first time
    ):
        await conn.many(
            f"UPDATE outbox SET {change} WHERE id = ? AND state = {OutboxState.UNCONFIRMED}",  # noqa: S608
            [(row_id,) for row_id in ids],
        )
    return Decided(len(again), len(arrived), len(left))


async def _went_on(conn: Connection, row: Unconfirmed) -> bool:
    """Say whether the resident has answered this message: wrote since, and nothing else of ours had arrived before."""
    if not row.conversation_id or (row.last_ms or 0) <= row.sending_ms:
        return False
    first = await conn.fetch_one(
        "SELECT MIN(at_ms) AS at_ms FROM message WHERE conversation_id = ? AND author = 'resident' AND at_ms > ?",
        row.conversation_id,
        row.sending_ms,
    )
    if first is None or first["at_ms"] is None:
        return False
    other = await conn.fetch_one(
        "SELECT 1 AS found FROM outbox WHERE id > ? AND id <= ? AND tenant = ? AND channel = ? AND conversation = ?"  # noqa: S608
        f" AND state = {OutboxState.SENT} AND sent_ms > ? AND sent_ms <= ? LIMIT 1",
        row.id,
        row.id + LOOKED_AT,
        TENANT,
        row.channel,
        row.conversation,
        row.sending_ms,
        first["at_ms"],
    )
    return other is None
