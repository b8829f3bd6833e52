"""Handover: a dispatcher takes a conversation over from the bot, replies in it and gives it back.

Every function runs inside the caller's transaction. Each change writes a `handover_event` and an inbox row for the
dialog, so the bot falls silent or speaks again in its next turn. After the commit the caller notifies `topics(row)`.
"""

from __future__ import annotations

from typing import Any

from channels.contract import SendPriority
from models.database.connection import TENANT, Connection
from models.queues import inbox
from models.residents import conversations
from models.rows import outbox_bodies
from models.rows.event_bodies import HandoverBody, encode
from models.rows.outbox_bodies import OutboxBody
from operators.handover.journal import log_event
from operators.permissions import Permission, may
from operators.types import AlreadyClaimed, Dispatcher, HandoverError, NotClaimed

LONGEST_REPLY = 3500  # characters; fits one message of every channel


def topics(row: dict[str, Any]) -> tuple[str, ...]:
    """Return the topics to notify after the commit of a change of this conversation."""
    return ("inbox", "outbox", "console", f"conversation:{row['channel']}:{row['address']}")


async def conversation(conn: Connection, conversation_id: int) -> dict[str, Any]:
    """Return the conversation row. Raises `KeyError`."""
    row = await conn.fetch_one("SELECT * FROM conversation WHERE tenant = ? AND id = ?", TENANT, conversation_id)
    if row is None:
        raise KeyError(conversation_id)
    return row


async def claim(conn: Connection, *, conversation_id: int, user: Dispatcher, now_ms: int) -> dict[str, Any]:
    """Give the conversation to a dispatcher and return the row as it was before. Of two claims at once one succeeds.

    Raises:
        AlreadyClaimed: another dispatcher has it. A repeated claim by the same dispatcher changes nothing.
        KeyError: there is no such conversation.
    """
    before = await conversation(conn, conversation_id)
    won = await conn.execute(
        "UPDATE conversation SET claimed_by = ?, claimed_ms = ?, waiting_ms = 0, alerted_ms = 0, unread = 0"
        " WHERE id = ? AND claimed_by = 0",
        user.id,
        now_ms,
        conversation_id,
    )
    if not won:
        row = await conversation(conn, conversation_id)
        if row["claimed_by"] == user.id:
            return row
        raise AlreadyClaimed(await _name_of(conn, row["claimed_by"]))
    waited = now_ms - before["waiting_ms"] if before["waiting_ms"] else 0
    event_id = await log_event(conn, conversation_id, "handover.claimed", user, {"waited_ms": waited}, now_ms)
    await _inform_dialog(conn, before, event_id, claimed=True, name=user.name, now_ms=now_ms)
    return before


async def reply(
    conn: Connection, *, conversation_id: int, user: Dispatcher, text: str, file: str = "", now_ms: int
) -> dict[str, Any]:
    """Reply to the resident: add a line to the transcript and queue a message. Returns the conversation row.

    file: `attachment.name` of a stored picture, or empty.

    Raises:
        NotClaimed: the dispatcher does not have this conversation.
        HandoverError: the message is empty or longer than `LONGEST_REPLY`.
    """
    row = await conversation(conn, conversation_id)
    if row["claimed_by"] != user.id:
        raise NotClaimed(f"conversation {conversation_id} is not claimed by this dispatcher")
    text = text.strip()
    if not text and not file:
        raise HandoverError("an empty message is not sent")
    if len(text) > LONGEST_REPLY:
        raise HandoverError(f"a message may have {LONGEST_REPLY} characters, this one has {len(text)}")
    message_id = await conversations.add_message(
        conn,
        conversation_id=conversation_id,
        author="dispatcher",
        text=text,
        at_ms=now_ms,
        author_id=user.id,
        author_name=user.name,
        file=file,
    )
    await conversations.queue_message(
        conn,
        channel=row["channel"],
        address=row["address"],
        key=f"d{message_id}",
        body=outbox_bodies.encode(OutboxBody(text=text, file=file, thread=row["thread"])),
        priority=SendPriority.URGENT,
        due_ms=now_ms,
        now_ms=now_ms,
    )
    await conn.execute("UPDATE conversation SET unread = 0, last_ms = ? WHERE id = ?", now_ms, conversation_id)
    return row


async def release(conn: Connection, *, conversation_id: int, user: Dispatcher, now_ms: int) -> dict[str, Any]:
    """Give the conversation back to the bot. Leaders may do it for a dispatcher who went home.

    Raises:
        NotClaimed: nobody has the conversation, or another dispatcher has it.
    """
    row = await conversation(conn, conversation_id)
    if not row["claimed_by"] or (row["claimed_by"] != user.id and not may(user.role, Permission.RELEASE_OTHERS)):
        raise NotClaimed(f"conversation {conversation_id} is not claimed by this dispatcher")
    await conn.execute(
        "UPDATE conversation SET claimed_by = 0, claimed_ms = 0, waiting_ms = 0, wait_reason = '', urgent = 0,"
        " alerted_ms = 0, unread = 0 WHERE id = ?",
        conversation_id,
    )
    event_id = await log_event(conn, conversation_id, "handover.released", user, {}, now_ms)
    await _inform_dialog(conn, row, event_id, claimed=False, name=user.name, now_ms=now_ms)
    return row


async def mark_read(conn: Connection, *, conversation_id: int, user: Dispatcher) -> None:
    """Reset the count of unread messages when the dispatcher who has the conversation opens it."""
    await conn.execute(
        "UPDATE conversation SET unread = 0 WHERE id = ? AND claimed_by = ? AND unread > 0", conversation_id, user.id
    )


async def _name_of(conn: Connection, user_id: int) -> str:
    user = await conn.fetch_one("SELECT name FROM operator_user WHERE id = ?", user_id)
    return str(user["name"]) if user else "другой диспетчер"


async def _inform_dialog(
    conn: Connection, row: dict[str, Any], event_id: int, *, claimed: bool, name: str, now_ms: int
) -> None:
    await inbox.enqueue(
        conn,
        tenant=TENANT,
        channel=row["channel"],
        conversation=row["address"],
        key=f"handover:{event_id}",
        body=encode(HandoverBody(claimed=claimed, dispatcher_name=name)),
        at_ms=now_ms,
    )
