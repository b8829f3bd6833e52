"""Where polled channels go on reading, in the real database."""

from __future__ import annotations

from bot.ports.poll_cursor import StoredCursor
from channels.contract import Cursor
from models.database.database import Database
from models.queues import outbox


async def test_a_cursor_is_what_was_saved_last_for_its_channel(database: Database) -> None:
    first: Cursor = StoredCursor(database, "max")
    assert await first.load() == ""
    await first.save("mark:1001")
    await first.save("mark:1002")
    await StoredCursor(database, "vk").save("7")
    assert await StoredCursor(database, "max").load() == "mark:1002"


async def test_a_pause_of_the_channel_leaves_its_cursor(database: Database) -> None:
    cursor = StoredCursor(database, "max")
    await cursor.save("mark:1001")
    await database.transaction(lambda conn: outbox.pause_channel(conn, "max", 5))
    assert await cursor.load() == "mark:1001"
