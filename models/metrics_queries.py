"""Waiting work and its age: the figures of `/metrics` that only the database knows. Read-only and cheap.

Every statement uses a partial index or the index of open tickets. A backlog is counted up to `MOST_COUNTED` rows, its
oldest first, so that looking at a storm does not add to it; ages are exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.database.connection import TENANT, Connection
from models.queues import backlog
from models.queues.states import InboxState, OutboxState, TimerState

MOST_COUNTED = 20_000

Queue = tuple[int, str]  # tenant, channel

# Rows of a queue, the oldest (or most urgent) first, each with the moment it should have been dealt with.
OUTBOX = (
    "SELECT channel, CASE WHEN tries > 0 THEN created_ms ELSE due_ms END AS since FROM outbox"  # noqa: S608
    f" WHERE state = {OutboxState.WAITING} AND (tries > 0 OR due_ms <= ?) ORDER BY tenant, channel, priority, id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    rows: int
    seconds: float  # age of the oldest


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One look at the database; what is not there counts 0. Channels are those that rows name."""

    inbox: Mapping[str, Backlog]  # by channel: events without a turn
    companies: Mapping[str, float]  # by company (tenant): seconds that its oldest event without a turn has waited
    outbox: Mapping[str, Backlog]  # by channel: messages that are due, also those that wait for another try
    quarantined: Mapping[str, int]  # by channel
    dead: Mapping[str, int]  # by channel: dead letters nobody has dealt with
    dialogs: Mapping[str, int]  # waiting (for a dispatcher), claimed, form (a report being filled in)
    longest_wait_seconds: float  # for a dispatcher
    tickets: Mapping[str, int]  # by priority: those somebody is expected to work on
    missed: Mapping[str, int]  # react, resolve: of these tickets, those whose deadline has passed


async def read(conn: Connection, now_ms: int) -> Figures:
    """Read all figures in the caller's transaction."""
    inbox = await _inbox(conn, now_ms)
    conversations = await _conversations(conn)
    tickets = await _tickets(conn, now_ms)
    return Figures(
        inbox=_by_name(inbox),
        companies=_by_company(inbox),
        outbox=await _backlog(conn, OUTBOX, now_ms, now_ms),
        quarantined=await _by_channel(conn, "inbox", InboxState.QUARANTINED),
        dead=await _by_channel(conn, "outbox", OutboxState.DEAD),
        dialogs={name: conversations[name] for name in ("waiting", "claimed", "form")},
        longest_wait_seconds=(now_ms - conversations["since"]) / 1000 if conversations["since"] else 0.0,
        tickets={row["priority"]: int(row["open"]) for row in tickets},
        missed={name: sum(int(row[name]) for row in tickets) for name in ("react", "resolve")},
    )


def _by_company(inbox: Mapping[Queue, Backlog]) -> dict[str, float]:
    """The longest lag of each company; the one of this program is always there."""
    lags = {str(TENANT): 0.0}
    for (tenant, _), queue in inbox.items():
        lags[str(tenant)] = max(queue.seconds, lags.get(str(tenant), 0.0))
    return lags


def _by_name(inbox: Mapping[Queue, Backlog]) -> dict[str, Backlog]:
    """The backlog of each channel, of all companies together."""
    backlogs: dict[str, Backlog] = {}
    for (_, channel), queue in inbox.items():
        other = backlogs.get(channel, Backlog(rows=0, seconds=0.0))
        backlogs[channel] = Backlog(rows=other.rows + queue.rows, seconds=max(other.seconds, queue.seconds))
    return backlogs


async def _inbox(conn: Connection, now_ms: int) -> dict[Queue, Backlog]:
    """The lag of each company's channels, and how much waits in them."""
    backlogs: dict[Queue, Backlog] = {}
    for lag in await backlog.read(conn, now_ms):
        row = await conn.fetch_one(
            "SELECT count(*) AS n, min(at_ms) AS since FROM (SELECT at_ms FROM inbox"  # noqa: S608
            f" WHERE state = {InboxState.WAITING} AND tenant = ?"
            " AND channel = ? ORDER BY id LIMIT ?) AS part",
            lag.tenant,
            lag.channel,
            MOST_COUNTED,
        )
        if row and row["n"]:
            seconds = max(0, now_ms - int(row["since"])) / 1000
            backlogs[lag.tenant, lag.channel] = Backlog(rows=row["n"], seconds=seconds)
    return backlogs


async def _backlog(conn: Connection, rows: str, now_ms: int, *args: int) -> dict[str, Backlog]:
    counts = await conn.fetch(
        f"SELECT channel, count(*) AS n, min(since) AS since FROM ({rows} LIMIT ?) AS part GROUP BY channel",  # noqa: S608
        *args,
        MOST_COUNTED,
    )
    return {row["channel"]: Backlog(rows=row["n"], seconds=max(0, now_ms - int(row["since"])) / 1000) for row in counts}


async def _by_channel(conn: Connection, table: str, state: InboxState | OutboxState) -> dict[str, int]:
    rows = await conn.fetch(f"SELECT channel, count(*) AS n FROM {table} WHERE state = {state} GROUP BY channel")  # noqa: S608
    return {row["channel"]: row["n"] for row in rows}


async def _conversations(conn: Connection) -> dict[str, int]:
    """A report being filled in has a waiting timer that will close it; sessions themselves are not searched."""
    row = await conn.fetch_one(
        "SELECT (SELECT count(*) FROM conversation WHERE tenant = ? AND waiting_ms > 0) AS waiting,"  # noqa: S608
        " (SELECT COALESCE(min(waiting_ms), 0) FROM conversation WHERE tenant = ? AND waiting_ms > 0) AS since,"
        " (SELECT count(*) FROM conversation WHERE tenant = ? AND claimed_by > 0) AS claimed,"
        f" (SELECT count(*) FROM timer WHERE state = {TimerState.WAITING} AND key LIKE '%:draft_close:0') AS form",
        TENANT,
        TENANT,
        TENANT,
    )
    return {name: int(value) for name, value in (row or {}).items()}


async def _tickets(conn: Connection, now_ms: int) -> list[dict[str, Any]]:
    return await conn.fetch(
        "SELECT priority, count(*) AS open,"
        " COALESCE(sum(CASE WHEN due_ms < ? THEN 1 ELSE 0 END), 0) AS resolve,"
        " COALESCE(sum(CASE WHEN status = 'new' AND react_due_ms < ? THEN 1 ELSE 0 END), 0) AS react"
        " FROM ticket WHERE tenant = ? AND status IN ('new', 'assigned', 'in_progress', 'waiting', 'reopened')"
        " GROUP BY priority",
        now_ms,
        now_ms,
        TENANT,
    )
