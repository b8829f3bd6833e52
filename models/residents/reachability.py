"""The conversation for news of a ticket: the one the resident chose, the ticket's own, or the next that works."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from channels.registry import names_of
from models.database.connection import Connection
from models.database.sql_lists import literals, padded, placeholders

Wish = tuple[int, int]  # conversation.id of the ticket (0: none), resident.id (0: unknown)

DAY_MS = 86_400_000
# Channels that show a message only while the resident looks: the resident's last word counts, not our last message.
ONLY_WHEN_OPEN = names_of(lambda info: info.only_when_open)
MOST_IN_LIST = 256
_CONVERSATIONS = (
    "SELECT c.id, c.channel, c.address, c.resident_id, c.reachable, c.unreachable_reason,"  # noqa: S608
    " c.claimed_by, c.waiting_ms, c.last_ms, r.push_conversation_id AS push,"
    f" CASE WHEN c.channel IN ({literals(ONLY_WHEN_OPEN)}) THEN COALESCE((SELECT m.at_ms"
    " FROM message m WHERE m.conversation_id = c.id AND m.author = 'resident' ORDER BY m.id DESC LIMIT 1), 0)"
    " ELSE c.last_ms END AS seen_ms FROM conversation c LEFT JOIN resident r ON r.id = c.resident_id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A conversation that news may go to."""

    id: int
    channel: str
    address: str
    resident_id: int
    reachable: int
    unreachable_reason: str
    claimed_by: int
    waiting_ms: int
    last_ms: int
    push: int | None  # id of the conversation that the resident chose for news; 0: none
    seen_ms: int  # when the resident surely looked there
    works: bool = False  # whether messages arrive; set by `of_resident` only


async def targets(conn: Connection, wishes: Iterable[Wish], now_ms: int) -> dict[Wish, Target]:
    """Return for each wish the conversation that news of a ticket go to.

    In this order, the first that is reachable: the one the resident chose, the ticket's own, the resident's others with
    the latest one first. When none is, the ticket's own; a wish without any conversation is lacking.
    """
    wanted = list(dict.fromkeys(wishes))
    conversations = await _conversations(conn, "c.id", {conversation for conversation, _ in wanted})
    conversations |= await _conversations(conn, "c.resident_id", {resident for _, resident in wanted})
    chosen = {wish: _best(wish, conversations, now_ms) for wish in wanted}
    return {wish: conversation for wish, conversation in chosen.items() if conversation}


def is_reachable(target: Target, now_ms: int) -> bool:
    """Say whether a message there arrives."""
    return bool(target.reachable) and (target.channel not in ONLY_WHEN_OPEN or target.seen_ms > now_ms - DAY_MS)


async def of_resident(conn: Connection, resident_id: int, now_ms: int) -> list[Target]:
    """Return the conversations of a resident, the latest first, each with `works`."""
    conversations = await _conversations(conn, "c.resident_id", {resident_id})
    rows = sorted(conversations.values(), key=lambda row: (row.last_ms, row.id), reverse=True)
    return [replace(row, works=is_reachable(row, now_ms)) for row in rows]


async def _conversations(conn: Connection, column: str, ids: set[int]) -> dict[int, Target]:
    targets_by_id: dict[int, Target] = {}
    wanted = sorted(ids - {0})
    for start in range(0, len(wanted), MOST_IN_LIST):
        part = padded(wanted[start : start + MOST_IN_LIST])
        for row in await conn.fetch(f"{_CONVERSATIONS} WHERE {column} IN ({placeholders(part)})", *part):
            targets_by_id[row["id"]] = Target(**row)
    return targets_by_id


def _best(wish: Wish, conversations: dict[int, Target], now_ms: int) -> Target | None:
    own, resident = conversations.get(wish[0]), wish[1]
    others = [row for row in conversations.values() if resident and row.resident_id == resident]
    others.sort(key=lambda row: (row.id == row.push, row.id == wish[0], row.last_ms, row.id), reverse=True)
    return next((row for row in [*others, own] if row and is_reachable(row, now_ms)), own)
