"""The reads of a batch find their rows by key also on a young database, of which SQLite knows no statistics."""

from __future__ import annotations

import re
from pathlib import Path

from models.database.connection import Connection
from models.database.database import open_database
from models.queues import turn_batch
from tests.models.database.test_schema import Spy
from tickets import service

NOW = 1_000


async def test_reads_of_a_batch_touch_only_its_own_rows(tmp_path: Path) -> None:
    async def work(conn: Connection) -> list[str]:
        spy = Spy(conn)
        pairs = [("web", "a"), ("web", "b"), ("telegram", "c")]
        new = await turn_batch.conversations(conn, pairs, NOW)
        assert await turn_batch.conversations(spy, pairs, NOW) == new
        people = await turn_batch.residents(spy, [row.resident_id for row in new.values()])
        assert sorted(people) == sorted(row.resident_id for row in new.values())
        assert await turn_batch.pressed_labels(spy, [(row.id, "yes") for row in new.values()]) == {}
        assert await service.views_of_residents(spy, list(people), NOW) == dict.fromkeys(people, ())
        return spy.plans

    database = await open_database(f"sqlite://{tmp_path / 'test.db'}")
    try:
        plans = await database.transaction(work)
    finally:
        await database.close()
    assert len(plans) == 5  # one for each channel
    assert [plan for plan in plans if re.search(r"\(tenant=\?\)|SCAN (?!\d)", plan)] == []


async def test_new_conversations_of_a_batch_get_a_resident_each(tmp_path: Path) -> None:
    database = await open_database(f"sqlite://{tmp_path / 'test.db'}")
    try:
        pairs = [("web", f"visitor-{number}") for number in range(450)]
        found = await database.transaction(lambda conn: turn_batch.conversations(conn, pairs, NOW))
        assert list(found) == pairs
        assert len({row.resident_id for row in found.values()}) == len(pairs)
    finally:
        await database.close()
