"""The resident's next conversation for a message that could not be delivered in another one."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from models.database.connection import TENANT, Connection
from models.database.sql_lists import padded, placeholders
from models.queues.outbox import DueRow
from models.queues.outbox_bodies import OutboxBody, buttons_as_json, encode
from models.residents import reachability
from models.residents.conversations import add_message, queue_message
from models.residents.rows import ConversationRow

ERRORS = {"not_found": "not_found"}  # conversation.unreachable_reason -> code of the send error; others: blocked


async def unreachable(conn: Connection, channel: str, addresses: Sequence[str]) -> dict[str, str]:
    """Return which of these conversations are known to be unreachable, each with the code a send would fail with."""
    some = padded(sorted(set(addresses)))
    rows = await conn.fetch(
        "SELECT address, unreachable_reason FROM conversation"  # noqa: S608  marks only
        f" WHERE tenant = ? AND channel = ? AND address IN ({placeholders(some)}) AND reachable = 0",
        TENANT,
        channel,
        *some,
    )
    return {row["address"]: ERRORS.get(row["unreachable_reason"], "blocked_by_resident") for row in rows}


async def next_conversation(
    conn: Connection, channel: str, address: str, channels: Collection[str], now_ms: int
) -> ConversationRow | None:
    """Return another reachable conversation of the same resident: the one they chose for news, else the latest used.

    channels: those that are switched on.
    """
    own = await conn.fetch_one(
        "SELECT id, resident_id FROM conversation WHERE tenant = ? AND channel = ? AND address = ?",
        TENANT,
        channel,
        address,
    )
    if own is None:
        return None
    others = await reachability.of_resident(conn, own["resident_id"], now_ms)
    fit = [other for other in others if other.works and other.id != own["id"] and other.channel in channels]
    fit.sort(key=lambda other: other.id != other.push)
    row = await conn.fetch_one("SELECT * FROM conversation WHERE id = ?", fit[0].id) if fit else None
    return ConversationRow.of(row) if row else None


async def write(
    conn: Connection,
    channel: str,
    row: DueRow,
    target: ConversationRow,
    bodies: Sequence[OutboxBody],
    error: str,
    now_ms: int,
) -> bool:
    """Queue the message in the target conversation, with its lines and a note for dispatchers.

    Once per message and conversation: False when it was there already.
    """
    whole = row.key.partition(">")[0]
    if await _announced(conn, whole, target.id):
        return True
    keys = [f"{whole}.{number}>{target.id}" if number else f"{whole}>{target.id}" for number in range(len(bodies))]
    if await conn.fetch_one("SELECT 1 AS found FROM outbox WHERE tenant = ? AND key = ?", TENANT, keys[0]):
        return False
    author = await _author_of(conn, row.key)
    for key, body in zip(keys, bodies, strict=True):
        await _queue(conn, target, key, body, author, row.priority, now_ms)
    await _note(conn, channel, row.conversation, target, error, now_ms)
    return True


async def _queue(
    conn: Connection,
    target: ConversationRow,
    key: str,
    body: OutboxBody,
    author: Author,
    priority: int,
    now_ms: int,
) -> None:
    """Write one part of the message: a line of the transcript and a row of the outbox."""
    await add_message(
        conn,
        conversation_id=target.id,
        text=body.text,
        buttons=buttons_as_json(body.buttons),
        file=body.file,
        at_ms=now_ms,
        author=author.kind,
        author_id=author.id,
        author_name=author.name,
    )
    await queue_message(
        conn,
        channel=target.channel,
        address=target.address,
        key=key,
        body=encode(body),
        priority=priority,
        due_ms=now_ms,
        now_ms=now_ms,
    )


async def _note(conn: Connection, channel: str, address: str, target: ConversationRow, error: str, now_ms: int) -> None:
    """Tell dispatchers in the conversation that was not reached where its message went."""
    await conn.execute(
        "INSERT INTO handover_event (tenant, conversation_id, action, details, at_ms)"
        " SELECT ?, id, 'delivery.rerouted', ?, ? FROM conversation WHERE tenant = ? AND channel = ? AND address = ?",
        TENANT,
        json.dumps({"from": channel, "to": target.channel, "reason": error}),
        now_ms,
        TENANT,
        channel,
        address,
    )


async def _announced(conn: Connection, key: str, conversation_id: int) -> bool:
    """Say whether a broadcast says the same in the target conversation anyway."""
    broadcast = key.partition(":")[0]
    found = await conn.fetch_one(
        "SELECT 1 AS found FROM outbox WHERE tenant = ? AND key = ?", TENANT, f"{broadcast}:{conversation_id}"
    )
    return key.startswith("b") and found is not None


@dataclass(frozen=True, slots=True)
class Author:
    """message.author, author_id and author_name"""

    kind: str = "bot"
    id: int = 0
    name: str = ""


async def _author_of(conn: Connection, key: str) -> Author:
    """Return whose words a message is: of the dispatcher whose line is in its key, or the bot's."""
    number = key.partition(">")[0].partition(".")[0].removeprefix("d")
    if not (key.startswith("d") and number.isdigit()):
        return Author()
    line = await conn.fetch_one("SELECT author_id, author_name FROM message WHERE id = ?", int(number))
    return Author("dispatcher", line["author_id"], line["author_name"]) if line else Author("dispatcher")
