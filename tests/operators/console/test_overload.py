"""What a dispatcher sees of a rush: the storm in the header, the mark of a flooded conversation."""

from __future__ import annotations

from typing import Any

from models.database.database import Database
from models.queues import inbox
from models.queues.backlog import Storm
from models.queues.inbox import InboxRow
from models.residents import conversations
from tests.operators.conftest import NOW, Clock, running_console


async def test_header_tells_of_a_storm_and_how_long_residents_wait(database: Database) -> None:
    waiting = InboxRow(tenant=1, channel="web", conversation="c", key="k", body="{}", at_ms=NOW - 45_000)
    async with running_console(database, Clock(), Storm(begin_seconds=30)) as console:
        irina = await console.visitor()
        assert "Наплыв" not in (await irina.get("/parts/header"))[1]
        await database.transaction(lambda conn: inbox.accept(conn, [waiting]))
        console.clock.ms += 1000
        assert "Наплыв: бот отвечает коротко, отставание 46 с." in (await irina.get("/parts/header"))[1]


async def test_flooded_conversation_is_marked_for_a_day(console: Any, conversation: dict[str, Any]) -> None:
    irina = await console.visitor()
    await console.database.transaction(
        lambda conn: conversations.count_throttled(conn, conversation["id"], 970, NOW - 1000)
    )
    assert "без ответа бота осталось 970" in (await irina.get(f"/dialogs/{conversation['id']}"))[1]
    console.clock.ms += conversations.SHOWN_ASIDE_MS
    assert "без ответа бота" not in (await irina.get(f"/dialogs/{conversation['id']}/strip"))[1]
