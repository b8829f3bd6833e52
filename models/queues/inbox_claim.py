"""Which waiting rows of the inbox the next batch of turns takes: oldest first, but no channel and no sender keeps the
others waiting.

A claim looks at the oldest rows of each channel, takes from each in turn, and of one conversation no more than
`MOST_OF_ONE`. What a flooding conversation has waiting beyond a limit is set aside in one statement, so that no later
claim has to step over it. The literal ``state = 0`` is what lets both databases use the partial indexes.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields

from models.database.connection import Connection
from models.rows.lanes import LANES
from models.rows.states import InboxState

LANES_A_BATCH = 8
MOST_OF_ONE = 10  # rows of one conversation in a batch
LOOKAHEAD = 50  # rows behind a batch that may still belong before a row in it
MOST_SET_ASIDE = 10_000  # rows in one statement; what is left goes with the next batches

Sender = tuple[int, str, str]  # tenant, channel, conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedRow:
    """A row of the inbox that a worker deals with."""

    id: int
    tenant: int
    channel: str
    conversation: str  # the channel's own address
    key: str
    order_key: int  # sorts the rows of one conversation; 0: as they came
    body: str  # JSON, see `bot/messages/event_codec.py`
    at_ms: int
    tries: int  # turns that failed

    @property
    def sender(self) -> Sender:
        return self.tenant, self.channel, self.conversation


# The channels in which rows wait, found by hopping along `inbox_arrival`; the row of each is its oldest.
CHANNELS = (
    "WITH RECURSIVE head (tenant, channel, at_ms) AS ("  # noqa: S608
    f"SELECT * FROM (SELECT tenant, channel, at_ms FROM inbox WHERE state = {InboxState.WAITING}"
    " ORDER BY tenant, channel, id LIMIT 1) f"
    " UNION ALL SELECT n.tenant, n.channel, n.at_ms FROM head h JOIN inbox n ON n.id = COALESCE("
    f"(SELECT i.id FROM inbox i WHERE i.state = {InboxState.WAITING} AND i.tenant = h.tenant AND i.channel > h.channel"
    " ORDER BY i.channel, i.id LIMIT 1),"
    f" (SELECT i.id FROM inbox i WHERE i.state = {InboxState.WAITING} AND i.tenant > h.tenant"
    " ORDER BY i.tenant, i.channel, i.id LIMIT 1)))"
)
MOST_CHANNELS = (
    16  # of all companies in one claim; also keeps PostgreSQL from expecting hundreds and compiling for them
)
_COLUMNS = ", ".join(f"i.{column.name}" for column in fields(ClaimedRow))

# What a resident sends; the house's own events (a status, a timer) are never set aside.
SENT = ("start", "text", "press", "photo", "contact", "location", "unsupported")
_SENT = " OR ".join(f"""body LIKE '{{"kind":"{kind}"%'""" for kind in SENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle:
    """A conversation from which more than `messages` came within `seconds` is flooding; 0 messages: none ever is."""

    messages: int = 0
    seconds: int = 60


async def claim(conn: Connection, limit: int, throttle: Throttle = Throttle()) -> list[ClaimedRow]:
    """Return up to `limit` waiting rows, the rows of one conversation in the channel's own order.

    The order holds beyond the batch: a row that came a little later but belongs earlier takes its place in it.
    On PostgreSQL the rows are of a few lanes that no other worker has, until the transaction ends.

    What a flooding conversation has waiting beyond the throttle is set aside.
    """
    lanes: list[int] = []
    if conn.dialect == "postgres" and not (lanes := await take_lanes(conn)):
        return []
    rows = await _oldest(conn, limit, lanes, ())
    if heavy := crowding(rows, MOST_OF_ONE):
        for sender in sorted(heavy) if throttle.messages else ():
            await throttle_surplus(conn, sender, throttle)
        crowd = [row for row in rows if row.sender in heavy]
        rows = [*crowd, *await _oldest(conn, limit, lanes, sorted(heavy))]
    return _in_turn(in_order(sorted(rows, key=lambda row: row.id)), limit)


def crowding(rows: Sequence[ClaimedRow], most: int) -> set[Sender]:
    """Return the conversations that have more than `most` of these rows."""
    counts = Counter(row.sender for row in rows)
    return {sender for sender, count in counts.items() if count > most}


async def _oldest(conn: Connection, limit: int, lanes: Sequence[int], without: Sequence[Sender]) -> list[ClaimedRow]:
    """Return the oldest rows of each channel: its share of the batch, and some more to choose from."""
    values = [value for sender in without for value in sender]
    mark = "(?, ?, ?)" if conn.dialect == "sqlite" else "(?::bigint, ?, ?)"
    placeholders = ", ".join([mark] * len(without))
    others = f" AND (w.tenant, w.channel, w.conversation) NOT IN (VALUES {placeholders})" if without else ""
    if conn.dialect == "sqlite":
        rows = await conn.fetch(
            f"{CHANNELS} SELECT {_COLUMNS} FROM head h JOIN inbox i ON i.id IN ("  # noqa: S608
            f"SELECT w.id FROM inbox w WHERE w.state = {InboxState.WAITING} AND w.tenant = h.tenant"
            " AND w.channel = h.channel"
            f"{others} ORDER BY w.id LIMIT ? / (SELECT count(*) FROM head) + ?)",
            *values,
            limit,
            LOOKAHEAD,
        )
        return [ClaimedRow(**row) for row in rows]
    rows = await conn.fetch(
        f"{CHANNELS}, first AS (SELECT c.id,"  # noqa: S608
        " row_number() OVER (PARTITION BY h.tenant, h.channel ORDER BY c.id) AS place"
        f" FROM (SELECT * FROM head LIMIT {MOST_CHANNELS}) h CROSS JOIN unnest(?::int[]) AS l (lane)"
        f" CROSS JOIN LATERAL (SELECT w.id FROM inbox w WHERE w.state = {InboxState.WAITING}"
        " AND w.lane = l.lane AND w.tenant = h.tenant"
        f" AND w.channel = h.channel{others} ORDER BY w.id LIMIT {limit + LOOKAHEAD}) c)"
        f" SELECT {_COLUMNS} FROM inbox i WHERE i.id = ANY (ARRAY("
        "SELECT id FROM first WHERE place <= ?::bigint / (SELECT count(*) FROM head) + ?))",
        list(lanes),
        *values,
        limit,
        LOOKAHEAD,
    )
    return [ClaimedRow(**row) for row in rows]


async def take_lanes(conn: Connection) -> list[int]:
    """Lock some lanes in which rows wait and which no other worker has; the rows are to be read after it.

    A statement that locks and reads at once would see rows as they were before it got the lock. Where to look first
    is left to chance, so that no lane waits forever.
    """
    rows = await conn.fetch(
        f"SELECT l.id FROM lane l WHERE EXISTS (SELECT 1 FROM inbox i WHERE i.state = {InboxState.WAITING}"  # noqa: S608
        " AND i.lane = l.id)"
        " ORDER BY (l.id + ?) % 64 LIMIT ? FOR NO KEY UPDATE SKIP LOCKED",
        random.randrange(LANES),  # noqa: S311 - no secret
        LANES_A_BATCH,
    )
    return [int(row["id"]) for row in rows]


def in_order(rows: Sequence[ClaimedRow]) -> list[ClaimedRow]:
    """Sort the rows of each conversation by `order_key` (0: as they came), leaving its places in the list as they are.

    Webhooks of one conversation come in parallel, so arrival alone is not their order.
    """
    sorted_rows: dict[tuple[str, str], list[ClaimedRow]] = {}
    for row in rows:
        sorted_rows.setdefault((row.channel, row.conversation), []).append(row)
    for group in sorted_rows.values():
        ordered = iter(sorted((row for row in group if row.order_key), key=lambda row: (row.order_key, row.id)))
        group[:] = [next(ordered) if row.order_key else row for row in group]
        group.reverse()
    return [sorted_rows[row.channel, row.conversation].pop() for row in rows]


def _in_turn(rows: Sequence[ClaimedRow], limit: int) -> list[ClaimedRow]:
    """Choose up to `limit` rows: each channel its equal share, then the oldest; their order stays."""
    few = _few_of_each(rows)
    share = -(-limit // max(1, len({(row.tenant, row.channel) for row in few})))
    taken: Counter[tuple[int, str]] = Counter()
    first: list[int] = []
    rest: list[int] = []
    for place, row in enumerate(few):
        channel = row.tenant, row.channel
        taken[channel] += 1
        (first if taken[channel] <= share else rest).append(place)
    return [few[place] for place in sorted([*first[:limit], *rest[: max(0, limit - len(first))]])]


def _few_of_each(rows: Sequence[ClaimedRow]) -> list[ClaimedRow]:
    """Leave out what one conversation has beyond `MOST_OF_ONE`."""
    counts: Counter[Sender] = Counter()
    few = []
    for row in rows:
        counts[row.sender] += 1
        if counts[row.sender] <= MOST_OF_ONE:
            few.append(row)
    return few


async def throttle_surplus(conn: Connection, sender: Sender, throttle: Throttle) -> int:
    """Take what a conversation has waiting beyond the throttle out of the queue; return how many rows.

    One more than the throttle allows stays each time: its turn tells the resident.
    """
    surplus = (
        "SELECT id FROM (SELECT id, at_ms, lag(at_ms, ?) OVER (ORDER BY id) AS before_ms"  # noqa: S608
        f" FROM (SELECT id, at_ms FROM inbox WHERE state = {InboxState.WAITING} AND tenant = ?"
        " AND channel = ? AND conversation = ?"
        f" AND ({_SENT}) ORDER BY id LIMIT ?) mine) spaced WHERE before_ms > at_ms - ?"
    )
    chosen = f"IN ({surplus})" if conn.dialect == "sqlite" else f"= ANY (ARRAY({surplus}))"
    return await conn.execute(
        f"UPDATE inbox SET state = {InboxState.THROTTLED} WHERE id {chosen}",  # noqa: S608
        throttle.messages + 1,
        *sender,
        MOST_SET_ASIDE,
        throttle.seconds * 1000,
    )


async def settle_throttled(conn: Connection, done: Sequence[int], back: Sequence[int]) -> None:
    """End what `take_throttled` returned: the rows `done` are in the transcript, those `back` get their turn after all.

    One id may not be in both.
    """
    for state, ids in ((InboxState.DONE, done), (InboxState.WAITING, back)):
        await conn.many(f"UPDATE inbox SET state = {state} WHERE id = ?", [(row_id,) for row_id in ids])  # noqa: S608


async def take_throttled(conn: Connection, limit: int) -> list[ClaimedRow]:
    """Return up to `limit` rows that were set aside, of one lane, which is locked until the transaction ends."""
    first = await conn.fetch_one(
        f"SELECT lane FROM inbox WHERE state = {InboxState.THROTTLED} ORDER BY lane, id LIMIT 1"  # noqa: S608
    )
    if first is None:
        return []
    if conn.dialect == "postgres":
        await conn.fetch("SELECT id FROM lane WHERE id = ? FOR NO KEY UPDATE", first["lane"])
    rows = await conn.fetch(
        f"SELECT {_COLUMNS} FROM inbox i WHERE i.state = {InboxState.THROTTLED} AND i.lane = ? ORDER BY i.id LIMIT ?",  # noqa: S608
        first["lane"],
        limit,
    )
    return [ClaimedRow(**row) for row in rows]
