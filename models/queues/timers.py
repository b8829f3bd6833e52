"""Stored due times. A timer that fires becomes an inbox row with the timer's key, so it fires once."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from channels.contract import PayloadError
from models.database.connection import TENANT, Connection
from models.database.sql_lists import padded, placeholders
from models.queues.event_bodies import TimerBody, decode, encode
from models.queues.inbox import InboxRow, accept, lane_of
from models.queues.states import TimerState
from models.residents import reachability


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    channel: str
    conversation: str
    kind: str
    due_ms: int = 0  # of no meaning to one that is cancelled
    token: str = ""
    ticket_id: int = 0

    @property
    def name(self) -> tuple[str, str, str]:
        """The name of a timer; at most one waiting timer has it."""
        return self.channel, self.conversation, f"{self.kind}:{self.ticket_id}"


async def set_timer(
    conn: Connection,
    *,
    channel: str,
    conversation: str,
    kind: str,
    due_ms: int,
    token: str = "",
    ticket_id: int = 0,
    tenant: int = TENANT,
) -> None:
    """Set a timer; a waiting one of the same kind (and ticket) in this conversation is replaced."""
    timer = Timer(
        channel=channel, conversation=conversation, kind=kind, due_ms=due_ms, token=token, ticket_id=ticket_id
    )
    await cancel(conn, [timer], tenant)
    await add(conn, [timer], tenant)


async def add(conn: Connection, timers: Sequence[Timer], tenant: int = TENANT) -> None:
    """Set timers that replace none."""
    await conn.many(
        "INSERT INTO timer (tenant, lane, channel, conversation, key, body, due_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                tenant,
                lane_of(tenant, timer.channel, timer.conversation),
                timer.channel,
                timer.conversation,
                f"{secrets.token_hex(8)}:{timer.name[2]}",  # never used before, so it fires once
                encode(TimerBody(kind=timer.kind, ticket_id=timer.ticket_id, token=timer.token)),
                timer.due_ms,
            )
            for timer in timers
        ],
    )


_CANCEL = (
    f"UPDATE timer SET state = {TimerState.CANCELLED} WHERE state = {TimerState.WAITING} AND tenant = ?"  # noqa: S608
    " AND channel = ? AND conversation = ? AND key LIKE ?"
)


async def cancel(conn: Connection, timers: Sequence[Timer], tenant: int = TENANT) -> None:
    """Cancel the waiting timers that have the names of these."""
    names = [timer.name for timer in timers]
    await conn.many(_CANCEL, [(tenant, channel, conversation, f"%:{name}") for channel, conversation, name in names])


async def cancel_timer(
    conn: Connection, *, channel: str, conversation: str, kind: str, ticket_id: int = 0, tenant: int = TENANT
) -> int:
    """Cancel the waiting timer of this kind; return how many were cancelled."""
    timer = Timer(channel=channel, conversation=conversation, kind=kind, ticket_id=ticket_id)
    return await conn.execute(_CANCEL, tenant, channel, conversation, f"%:{timer.name[2]}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DueTimer:
    """A timer that fires now."""

    id: int
    tenant: int
    channel: str
    conversation: str
    key: str
    body: str  # JSON, see `models/queues/event_bodies.py`


async def fire(conn: Connection, now_ms: int, limit: int = 500) -> int:
    """Turn due timers into inbox rows and mark them, in the caller's one transaction; return how many."""
    skip = " FOR UPDATE SKIP LOCKED" if conn.dialect == "postgres" else ""  # another node fires those
    rows = await conn.fetch(
        "SELECT id, tenant, channel, conversation, key, body FROM timer"  # noqa: S608
        f" WHERE state = {TimerState.WAITING} AND due_ms <= ? ORDER BY due_ms, id LIMIT ?{skip}",
        now_ms,
        limit,
    )
    due = [DueTimer(**row) for row in rows]
    targets = await _targets(conn, due, now_ms)
    await accept(conn, [_as_inbox_row(timer, targets.get(timer.id), now_ms) for timer in due])
    await conn.many(f"UPDATE timer SET state = {TimerState.FIRED} WHERE id = ?", [(timer.id,) for timer in due])  # noqa: S608
    return len(rows)


async def _targets(conn: Connection, due: Sequence[DueTimer], now_ms: int) -> dict[int, reachability.Target]:
    """Return for timers of a ticket, by their ids, where its resident wants news of it now.

    So a timer may stay where it was set, and the resident may choose another conversation, or block one, meanwhile.
    """
    tickets = {timer.id: _ticket_of(timer.body) for timer in due}
    if not (ids := padded(sorted(set(tickets.values()) - {0}))):
        return {}
    sql = f"SELECT id, conversation_id, resident_id FROM ticket WHERE id IN ({placeholders(ids)})"  # noqa: S608  marks only
    wishes = {row["id"]: (row["conversation_id"], row["resident_id"]) for row in await conn.fetch(sql, *ids)}
    targets = await reachability.targets(conn, wishes.values(), now_ms)
    chosen = {timer: targets.get(wishes.get(ticket, (0, 0))) for timer, ticket in tickets.items()}
    return {timer: target for timer, target in chosen.items() if target}


def _ticket_of(body: str) -> int:
    try:
        event = decode(body)
    except PayloadError:
        return 0  # fails in its turn and is quarantined there; the others fire
    return event.ticket_id if isinstance(event, TimerBody) else 0


def _as_inbox_row(timer: DueTimer, target: reachability.Target | None, now_ms: int) -> InboxRow:
    return InboxRow(
        tenant=timer.tenant,
        channel=target.channel if target else timer.channel,
        conversation=target.address if target else timer.conversation,
        key=f"timer:{timer.key}",
        body=timer.body,
        at_ms=now_ms,
    )
