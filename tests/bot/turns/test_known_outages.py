"""An announced outage through the real turns: who is told, and by which clock."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from channels.contract import Text
from models import outages
from tests.bench.durability.rig import Rig, incoming, rig
from tickets.lifecycle.types import Resource

HOUR = 3_600_000


@pytest.fixture
async def made(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rig(tmp_path) as running:
        yield running


async def rows(made: Rig, sql: str, *args: object) -> list[dict[str, Any]]:
    return await made.database.transaction(lambda conn: conn.fetch(sql, *args))


async def said(made: Rig, number: int, text: str) -> str:
    """What the bot says to the last of these words."""
    last = (await rows(made, "SELECT COALESCE(MAX(id), 0) AS id FROM message"))[0]["id"]
    await made.intake([incoming(1, number, Text(text))])
    while await made.turns.work():
        continue
    found = await rows(made, "SELECT text FROM message WHERE author = 'bot' AND id > ? ORDER BY id", last)
    return "\n".join(row["text"] for row in found)


async def off(made: Rig, houses: list[int] | None) -> None:
    now_ms = int(time.time() * 1000)
    await made.database.transaction(
        lambda conn: outages.announce(
            conn,
            resource=Resource.ELECTRICITY,
            text="Авария на подстанции.",
            houses=houses,
            from_ms=now_ms - HOUR,
            until_ms=now_ms + 3 * HOUR,
            created_by=0,
            now_ms=now_ms,
        )
    )


async def test_resident_of_the_house_hears_of_the_outage_and_others_do_not(made: Rig) -> None:
    await off(made, [1])
    assert "подстанции" not in await said(made, 1, "когда дадут свет?")
    await said(made, 2, "Продолжить")
    await made.database.transaction(lambda conn: conn.execute("UPDATE resident SET house_id = 2"))
    assert "подстанции" not in await said(made, 3, "когда дадут свет?")
    await made.database.transaction(lambda conn: conn.execute("UPDATE resident SET house_id = 1"))
    assert "Сейчас в вашем доме отключено электричество" in await said(made, 4, "когда дадут свет?")


async def test_outage_everywhere_reaches_the_house_of_a_half_filled_report(made: Rig) -> None:
    await said(made, 1, "здравствуйте")
    await said(made, 2, "Продолжить")
    await said(made, 3, "Сообщить о проблеме")
    await said(made, 4, "ул. Ленина, д. 12, кв. 3")
    await off(made, None)
    assert "подстанции" in await said(made, 5, "когда дадут свет?")
