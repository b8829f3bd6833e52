"""Statements of a batch of turns: many conversations read at once, everything written at once."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from models.database.connection import TENANT, Connection
from models.database.sql_lists import padded, placeholders
from models.residents.conversations import create
from models.residents.rows import (
    CONVERSATION_COLUMNS,
    RESIDENT_COLUMNS,
    ConversationRow,
    OtherConversation,
    ResidentRow,
    columns_of,
)

# (tenant, conversation_id, author, author_id, author_name, text, buttons, file, at_ms)
MessageRow = tuple[int, int, str, int, str, str, str, str, int]
# (tenant, channel, conversation, key, body, priority, due_ms, created_ms)
OutboxRow = tuple[int, str, str, str, str, int, int, int]
# (session, last_ms, unread added, conversation id)
SessionRow = tuple[str, int, int, int]

# (name, phone, phone_verified_ms, house_id, apartment, notice_version, notified_ms, resident id). Unchanged: '', 0, and
# -1 for phone_verified_ms. Several conversations of one resident may be worked on at once: only what is new is written.
KnownRow = tuple[str, str, int, int, str, str, int, int]

CHUNK = 200


@dataclass(slots=True, kw_only=True)
class ResidentChanges:
    """News of one resident from a batch; a field that still has its default stays as it is in the database."""

    name: str = ""
    phone: str = ""
    phone_verified_ms: int = -1  # 0: the phone is only typed
    house_id: int = 0
    apartment: str = ""
    notice_version: str = ""
    notified_ms: int = 0

    def values(self, resident_id: int) -> KnownRow:
        return (
            self.name,
            self.phone,
            self.phone_verified_ms,
            self.house_id,
            self.apartment,
            self.notice_version,
            self.notified_ms,
            resident_id,
        )


async def conversations(
    conn: Connection, wanted: Iterable[tuple[str, str]], now_ms: int
) -> dict[tuple[str, str], ConversationRow]:
    """Return the conversations of (channel, address) pairs; those that are new are created."""
    pairs = list(dict.fromkeys(wanted))
    known: dict[tuple[str, str], ConversationRow] = {}
    for channel in dict.fromkeys(
        channel for channel, _ in pairs
    ):  # one by one: for a list of pairs SQLite reads the whole table
        addresses = [address for other, address in pairs if other == channel]
        for start in range(0, len(addresses), CHUNK):
            part = padded(addresses[start : start + CHUNK])
            sql = (
                f"SELECT {CONVERSATION_COLUMNS}, u.name AS claimed_name FROM conversation c"  # noqa: S608  marks only
                " LEFT JOIN operator_user u ON u.id = c.claimed_by"
                f" WHERE c.tenant = ? AND c.channel = ? AND c.address IN ({placeholders(part)})"
            )
            for row in await conn.fetch(sql, TENANT, channel, *part):
                known[channel, row["address"]] = ConversationRow.of(row)
    new = [pair for pair in pairs if pair not in known]
    for start in range(0, len(new), CHUNK):
        for row in await create(conn, new[start : start + CHUNK], now_ms):
            known[row["channel"], row["address"]] = ConversationRow.of(row)
    return known


async def residents(conn: Connection, ids: Iterable[int]) -> dict[int, ResidentRow]:
    """Return residents by id."""
    wanted = sorted(set(ids))
    rows: dict[int, ResidentRow] = {}
    for start in range(0, len(wanted), CHUNK):
        part = padded(wanted[start : start + CHUNK])
        sql = f"SELECT {RESIDENT_COLUMNS} FROM resident WHERE id IN ({placeholders(part)})"  # noqa: S608  marks only
        for row in await conn.fetch(sql, *part):
            rows[row["id"]] = ResidentRow(**row)
    return rows


async def other_conversations(conn: Connection, ids: Iterable[int]) -> dict[int, list[OtherConversation]]:
    """Return all conversations of residents who have several, by resident, the latest first."""
    wanted = sorted(set(ids))
    others: dict[int, list[OtherConversation]] = defaultdict(list)
    for start in range(0, len(wanted), CHUNK):
        part = padded(wanted[start : start + CHUNK])
        for row in await conn.fetch(
            f"SELECT {columns_of(OtherConversation)} FROM conversation"  # noqa: S608
            f" WHERE resident_id IN ({placeholders(part)}) ORDER BY last_ms DESC, id DESC",
            *part,
        ):
            others[row["resident_id"]].append(OtherConversation(**row))
    return others


async def write(
    conn: Connection,
    messages: Sequence[MessageRow],
    outgoing: Sequence[OutboxRow],
    sessions: Sequence[SessionRow],
    known: Sequence[KnownRow],
) -> None:
    """Write what a batch decided, in the caller's transaction."""
    if messages:
        await conn.many(
            "INSERT INTO message (tenant, conversation_id, author, author_id, author_name, text, buttons, file, at_ms)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            messages,
        )
    if outgoing:
        await conn.many(
            "INSERT INTO outbox (tenant, channel, conversation, key, body, priority, due_ms, created_ms)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            outgoing,
        )
    if sessions:
        await conn.many(
            "UPDATE conversation SET session = ?, last_ms = ?, unread = unread + ?, version = version + 1 WHERE id = ?",
            sessions,
        )
    if known:
        await conn.many(
            "UPDATE resident SET name = COALESCE(NULLIF(?, ''), name), phone = COALESCE(NULLIF(?, ''), phone),"
            " phone_verified_ms = COALESCE(NULLIF(CAST(? AS BIGINT), -1), phone_verified_ms),"
            " house_id = COALESCE(NULLIF(CAST(? AS BIGINT), 0), house_id),"
            " apartment = COALESCE(NULLIF(?, ''), apartment),"
            " notice_version = COALESCE(NULLIF(?, ''), notice_version),"
            " notified_ms = COALESCE(NULLIF(CAST(? AS BIGINT), 0), notified_ms) WHERE id = ?",
            known,
        )


async def pressed_labels(conn: Connection, presses: Sequence[tuple[int, str]]) -> dict[tuple[int, str], str]:
    """Labels of (conversation id, button value), each looked up in the latest lines of the bot; unknown ones lack."""
    ids = padded(sorted({conversation_id for conversation_id, _ in presses}))
    if not ids:
        return {}
    lines = await conn.fetch(
        "SELECT m.conversation_id, m.buttons FROM conversation c JOIN message m ON m.conversation_id = c.id"  # noqa: S608
        " AND m.buttons <> '' AND m.id >= COALESCE((SELECT l.id FROM message l WHERE l.conversation_id = c.id"
        " AND l.buttons <> '' ORDER BY l.id DESC LIMIT 1 OFFSET 4), 0)"
        f" WHERE c.id IN ({placeholders(ids)}) ORDER BY m.id DESC",
        *ids,
    )
    labels: dict[tuple[int, str], str] = {}
    missing: dict[int, set[str]] = defaultdict(set)
    for conversation_id, value in presses:
        missing[conversation_id].add(value)
    for line in lines:  # the latest first: mostly no other one is read
        if wanted := missing[line["conversation_id"]]:
            shown = {
                value: str(label) for row in reversed(json.loads(line["buttons"])) for label, value in reversed(row)
            }
            labels |= {(line["conversation_id"], value): shown[value] for value in wanted & shown.keys()}
            wanted.difference_update(shown)
    return labels
