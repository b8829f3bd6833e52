"""A flood and a storm through the real turns, over a database in a file: what is said, kept, joined and shown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from channels.contract import Content, Incoming, Press, Text
from tests.bench.durability.rig import Rig, incoming, rig

FLOOD = "Пришло слишком много сообщений подряд"
STORM = "Сейчас пишут очень многие"


@pytest.fixture
async def made(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rig(tmp_path) as running:
        yield running


async def settle(made: Rig) -> None:
    """Work until nothing waits and nothing is set aside."""
    while await made.turns.work() + await made.aside.work():
        continue


async def rows(made: Rig, sql: str, *args: object) -> list[dict[str, Any]]:
    return await made.database.transaction(lambda conn: conn.fetch(sql, *args))


async def lines(made: Rig, conversation: int, author: str) -> list[str]:
    found = await rows(
        made,
        "SELECT m.text FROM message m JOIN conversation c ON c.id = m.conversation_id"
        " WHERE c.address = ? AND m.author = ? ORDER BY m.id",
        f"resident-{conversation}",
        author,
    )
    return [line["text"] for line in found]


def flood(count: int, first: int = 0) -> list[Incoming]:
    return [incoming(1, number, Text(f"ку-ку {number}")) for number in range(first, first + count)]


async def test_flood_is_kept_in_the_transcript_with_one_notice_and_a_mark_for_the_dispatcher(made: Rig) -> None:
    await made.intake(flood(1000))
    await settle(made)
    assert sorted(await lines(made, 1, "resident")) == sorted(f"ку-ку {number}" for number in range(1000))
    said = await lines(made, 1, "bot")
    assert sum(FLOOD in text for text in said) == 1
    assert len(said) < 40
    conversation = (await rows(made, "SELECT aside, aside_ms FROM conversation"))[0]
    assert conversation["aside"] == 970
    assert conversation["aside_ms"] > 0
    assert await rows(made, "SELECT id FROM inbox WHERE state <> 1") == []


async def test_emergency_in_the_middle_of_a_flood_gets_its_ticket(made: Rig) -> None:
    cry = incoming(1, 5000, Text("в подъезде сильно пахнет газом"))
    again = incoming(1, 5001, Text("газом пахнет, помогите"))
    await made.intake([*flood(500), cry, again, *flood(500, first=500)])
    await settle(made)
    assert len(await rows(made, "SELECT id FROM ticket WHERE emergency = 'gas'")) == 1
    assert sum("Запах газа" in text for text in await lines(made, 1, "bot")) == 1


async def test_neighbours_of_a_flooder_are_answered_at_once(made: Rig) -> None:
    await made.intake([*flood(1000), incoming(2, 0, Text("здравствуйте"))])
    await made.turns.work()
    assert await lines(made, 2, "bot")


async def report(made: Rig, resident: int) -> None:
    """A report of the whole house's hot water, from the first word to the confirmation."""
    said: tuple[Content, ...] = (
        Text("здравствуйте"),
        Press("continue"),
        Text("нет горячей воды"),
        Text(f"ул. Садовая, д. 5, кв. {resident}"),
        Text(f"Анна, +7 903 100-00-{resident:02}"),
        Press("confirm"),
    )
    for number, content in enumerate(said):
        await made.intake([incoming(resident, number, content)])
        await settle(made)


async def test_in_a_storm_neighbours_share_one_ticket_and_hear_of_it(made: Rig) -> None:
    made.turns._storm.on = True
    made.turns._storm.leave_seconds = 1_000_000
    for resident in (10, 11, 12):
        await report(made, resident)
    assert len(await rows(made, "SELECT id FROM ticket")) == 1
    assert len(await rows(made, "SELECT id FROM ticket_follower")) == 2
    for resident in (11, 12):
        said = await lines(made, resident, "bot")
        assert sum(STORM in text for text in said) == 1
        assert "Об этом в вашем доме уже сообщили" in said[-1]


async def test_old_waiting_message_begins_a_storm(made: Rig) -> None:
    await made.intake([incoming(3, 0, Text("здравствуйте"))])
    await made.database.transaction(lambda conn: conn.execute("UPDATE inbox SET at_ms = at_ms - 31000"))
    await settle(made)
    assert STORM in (await lines(made, 3, "bot"))[0]
