"""A resident asks to be forgotten: what is deleted at once, and what goes when the work on a ticket has ended.

Source: Law 152-FZ, art. 21: consent withdrawn ends the processing, except where a contract needs it; a crew that is on
its way needs address and phone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from models import attachments
from models.database.connection import TENANT, Connection
from models.database.sql_lists import placeholders
from models.residents.personal import PERSONAL
from models.rows.states import InboxState, OutboxState

WORDS = {"text", "reason", "comment", "file"}  # of the details of a ticket's event: what somebody wrote or sent
CONTACT = "(c.address LIKE '+%' OR c.address LIKE '%@%')"  # of a conversation: its address is a phone or an e-mail
# Of the outbox: it may still be sent; it never will be.
UNSENT = f"(state = {OutboxState.WAITING} OR (state = {OutboxState.UNCONFIRMED} AND due_ms > 0))"
SETTLED = (
    f"(state IN ({OutboxState.SENT}, {OutboxState.DEAD_SEEN}, {OutboxState.UNCONFIRMED_SEEN})"
    f" OR (state = {OutboxState.UNCONFIRMED} AND due_ms = 0))"
)
# Nobody can send again what is empty.
SEEN = f", state = CASE WHEN state = {OutboxState.UNCONFIRMED} THEN {OutboxState.UNCONFIRMED_SEEN} ELSE state END"
MOST_TICKETS = 200  # per transaction; the others have their turn an hour later


async def forget_resident(conn: Connection, resident_id: int, now_ms: int) -> None:
    """Delete the personal data of a resident, the transcripts of all conversations and what waited or was sent.

    Residents that turned out to be this one are forgotten too. Other conversations of the resident may be in the hands
    of another worker: the caller tells each of them, so that its own turn calls `forget_words` once more.
    Tickets stay for the statistics. Finished ones lose contact, flat and words now, the others by `forget_finished`.
    """
    await conn.execute(
        "WITH RECURSIVE same (id) AS (SELECT CAST(? AS BIGINT) UNION SELECT r.id FROM same s"
        " JOIN resident r ON r.merged_into = s.id) UPDATE resident SET name = '', phone = '', phone_verified_ms = 0,"
        " house_id = 0, apartment = '', notice_version = '', notified_ms = 0, forgotten_ms = ?"
        " WHERE id IN (SELECT id FROM same)",
        resident_id,
        now_ms,
    )
    conversations = await conn.fetch("SELECT id, channel, address FROM conversation WHERE resident_id = ?", resident_id)
    for conversation in conversations:
        await forget_words(conn, conversation["id"], conversation["channel"], conversation["address"])
    await conn.execute(
        "UPDATE conversation SET waiting_ms = 0, wait_reason = '', urgent = 0 WHERE resident_id = ? AND claimed_by = 0"
        " AND NOT EXISTS (SELECT 1 FROM ticket WHERE ticket.conversation_id = conversation.id"
        " AND status NOT IN ('closed', 'cancelled'))",
        resident_id,
    )
    await conn.execute("DELETE FROM ticket_follower WHERE resident_id = ?", resident_id)
    await forget_finished(conn)


async def forget_words(conn: Connection, conversation_id: int, channel: str, address: str) -> None:
    """Delete transcript, photos, corrections and code of one conversation. What waits to be sent is still needed."""
    await attachments.forget(conn, await _photos(conn, conversation_id, channel, address))
    await conn.execute("DELETE FROM identity_code WHERE conversation_id = ?", conversation_id)
    await conn.execute("DELETE FROM correction WHERE conversation_id > 0 AND conversation_id = ?", conversation_id)
    await conn.execute("UPDATE conversation SET sender_name = '', session = '' WHERE id = ?", conversation_id)
    await conn.execute("DELETE FROM message WHERE conversation_id = ?", conversation_id)
    for table, also, done in (("inbox", "", f"state = {InboxState.DONE}"), ("outbox", SEEN, SETTLED)):
        await conn.execute(
            f"UPDATE {table} SET body = '{{}}'{also}"  # noqa: S608
            f" WHERE tenant = ? AND channel = ? AND conversation = ? AND {done}",
            TENANT,
            channel,
            address,
        )


async def _photos(conn: Connection, conversation_id: int, channel: str, address: str) -> list[str]:
    """Files of a transcript, without those that a ticket shows or a waiting message is about to send."""
    rows = await conn.fetch(
        "SELECT DISTINCT m.file FROM message m WHERE m.conversation_id = ? AND m.file <> ''"
        " AND NOT EXISTS (SELECT 1 FROM ticket k JOIN ticket_file f ON f.ticket_id = k.id"
        " WHERE k.conversation_id = m.conversation_id AND f.file = m.file)",
        conversation_id,
    )
    waiting = await conn.fetch(
        f"SELECT body FROM outbox WHERE {UNSENT} AND tenant = ? AND channel = ? AND conversation = ?",  # noqa: S608
        TENANT,
        channel,
        address,
    )
    return [row["file"] for row in rows if not any(row["file"] in message["body"] for message in waiting)]


async def forget_finished(conn: Connection) -> int:
    """Take what is personal out of finished tickets of residents who asked for it; return how many."""
    lock = " FOR UPDATE" if conn.dialect == "postgres" else ""  # two nodes may sweep at once
    rows = await conn.fetch(
        "SELECT id FROM ticket WHERE tenant = ? AND status IN ('closed', 'cancelled')"  # noqa: S608
        f" AND {PERSONAL}"
        " AND resident_id IN (SELECT id FROM resident WHERE tenant = ? AND forgotten_ms > 0)"
        " AND created_ms <= (SELECT forgotten_ms FROM resident WHERE resident.id = ticket.resident_id)"
        f" ORDER BY id LIMIT {MOST_TICKETS}{lock}",
        TENANT,
        TENANT,
    )
    await forget_tickets(conn, [row["id"] for row in rows])
    gone = await conn.fetch(
        f"SELECT r.id FROM resident r WHERE r.tenant = ? AND r.forgotten_ms > 0 AND r.notified_ms = 0"  # noqa: S608
        f" AND EXISTS (SELECT 1 FROM conversation c WHERE c.resident_id = r.id AND {CONTACT}) LIMIT {MOST_TICKETS}",
        TENANT,
    )
    await forget_addresses(conn, [row["id"] for row in gone])
    return len(rows)


async def forget_addresses(conn: Connection, residents: Sequence[int]) -> None:
    """Take the phone or e-mail that is a conversation's own address out of it, once nothing is open or waits there.

    A lane that somebody else has is left for another time. What comes in meanwhile keeps the address: it is of a new
    conversation.
    """
    idle = await _idle(conn, residents)
    lanes = {conversation["lane"] for conversation in idle}
    if idle and conn.dialect == "postgres":
        sql = f"SELECT id FROM lane WHERE id IN ({placeholders([*lanes])}) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"  # noqa: S608
        lanes = {row["id"] for row in await conn.fetch(sql, *lanes)}
        idle = await _idle(conn, residents)  # again, now that nobody else changes them
    for conversation in idle:
        if conversation["lane"] in lanes:
            await _forget_address(conn, conversation)


async def _idle(conn: Connection, residents: Sequence[int]) -> list[dict[str, Any]]:
    """Conversations of these residents whose address is personal and where nothing is open or waits."""
    if not residents:
        return []
    here = "tenant = c.tenant AND channel = c.channel AND conversation = c.address"
    return await conn.fetch(
        "SELECT c.id, c.lane, c.channel, c.address FROM conversation c"  # noqa: S608
        f" WHERE c.resident_id IN ({placeholders(residents)}) AND {CONTACT} AND c.claimed_by = 0 AND c.waiting_ms = 0"
        " AND NOT EXISTS (SELECT 1 FROM ticket WHERE conversation_id = c.id AND status NOT IN ('closed', 'cancelled'))"
        f" AND NOT EXISTS (SELECT 1 FROM inbox WHERE {here} AND state = {InboxState.WAITING})"
        f" AND NOT EXISTS (SELECT 1 FROM outbox WHERE {here} AND {UNSENT})",
        *residents,
    )


async def _forget_address(conn: Connection, conversation: dict[str, Any]) -> None:
    gone = f"forgotten-{conversation['id']}"
    await conn.execute("UPDATE conversation SET address = ? WHERE id = ?", gone, conversation["id"])
    for table, which in (("inbox", f"state <> {InboxState.WAITING}"), ("outbox", f"NOT {UNSENT}"), ("timer", "1 = 1")):
        await conn.execute(
            f"UPDATE {table} SET conversation = ? WHERE tenant = ? AND channel = ? AND conversation = ? AND {which}",  # noqa: S608
            gone,
            TENANT,
            conversation["channel"],
            conversation["address"],
        )


async def forget_tickets(conn: Connection, ids: Sequence[int]) -> None:
    """Tickets lose contact, flat, words and photos; what was done and when stays for the statistics.

    ids: at most a few hundred.
    """
    if not ids:
        return
    files = await conn.fetch(f"SELECT file FROM ticket_file WHERE ticket_id IN ({placeholders(ids)})", *ids)  # noqa: S608
    await attachments.forget(conn, [row["file"] for row in files])
    await conn.execute(f"DELETE FROM correction WHERE ticket_id > 0 AND ticket_id IN ({placeholders(ids)})", *ids)  # noqa: S608
    await conn.execute(
        "UPDATE ticket SET name = '', phone = '', apartment = '', text = '', reason = '',"  # noqa: S608
        f" address = CASE WHEN house_id = 0 THEN '' ELSE address END WHERE id IN ({placeholders(ids)})",
        *ids,
    )
    await conn.execute(
        f"UPDATE ticket_event SET actor_name = '' WHERE actor_kind = 'resident' AND ticket_id IN ({placeholders(ids)})",  # noqa: S608
        *ids,
    )
    events = await conn.fetch(
        f"SELECT id, details FROM ticket_event WHERE details <> '{{}}' AND ticket_id IN ({placeholders(ids)})",  # noqa: S608
        *ids,
    )
    details_of_events = [(row["id"], json.loads(row["details"])) for row in events]
    await conn.many(
        "UPDATE ticket_event SET details = ? WHERE id = ?",
        [
            (json.dumps({key: value for key, value in details.items() if key not in WORDS}, ensure_ascii=False), row_id)
            for row_id, details in details_of_events
            if WORDS & details.keys()
        ],
    )
