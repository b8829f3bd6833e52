"""A resident asks to be forgotten: what is deleted at once, and what goes when the work on a ticket has ended.

Source: Law 152-FZ, art. 21: consent withdrawn ends the processing, except where a contract needs it; a crew that is on
its way needs address and phone.
"""

from __future__ import annotations

from models.database import TENANT, Connection


async def forget_resident(conn: Connection, resident_id: int, now_ms: int) -> None:
    """Delete the personal data of a resident, the transcript and what waited or was sent.

    Tickets stay for the statistics. Finished ones lose contact, flat and words now, the others by `forget_finished`.
    """
    await conn.execute(
        "UPDATE resident SET name = '', phone = '', house_id = 0, apartment = '', notice_version = '',"
        " notified_ms = 0, forgotten_ms = ? WHERE id = ?",
        now_ms,
        resident_id,
    )
    talks = await conn.fetch("SELECT id, channel, address FROM conversation WHERE resident_id = ?", resident_id)
    for talk in talks:
        await _forget_words(conn, talk["id"], talk["channel"], talk["address"])
    await conn.execute(
        "UPDATE conversation SET waiting_ms = 0, wait_reason = '', urgent = 0 WHERE resident_id = ? AND claimed_by = 0"
        " AND NOT EXISTS (SELECT 1 FROM ticket WHERE ticket.conversation_id = conversation.id"
        " AND status NOT IN ('closed', 'cancelled'))",
        resident_id,
    )
    await forget_finished(conn)


async def _forget_words(conn: Connection, talk_id: int, channel: str, address: str) -> None:
    """What waits to be answered or sent stays: it is still needed."""
    await conn.execute("UPDATE conversation SET sender_name = '', session = '' WHERE id = ?", talk_id)
    await conn.execute("DELETE FROM message WHERE conversation_id = ?", talk_id)
    for table in ("inbox", "outbox"):
        await conn.execute(
            f"UPDATE {table} SET body = '{{}}' WHERE tenant = ? AND channel = ? AND conversation = ? AND state = 1",  # noqa: S608
            TENANT,
            channel,
            address,
        )


async def forget_finished(conn: Connection) -> int:
    """Take contact, flat and words out of finished tickets of residents who asked for it; return how many."""
    return await conn.execute(
        "UPDATE ticket SET name = '', phone = '', apartment = '', text = '' WHERE tenant = ?"
        " AND status IN ('closed', 'cancelled') AND (name <> '' OR phone <> '' OR apartment <> '' OR text <> '')"
        " AND resident_id IN (SELECT id FROM resident WHERE tenant = ? AND forgotten_ms > 0)"
        " AND created_ms <= (SELECT forgotten_ms FROM resident WHERE resident.id = ticket.resident_id)",
        TENANT,
        TENANT,
    )
