"""The benchmark measures what it says: every message is stored, turned and answered. Speeds are not judged here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.durability import core, flood

pytestmark = pytest.mark.bench


async def test_every_message_offered_is_stored_and_turned(tmp_path: Path) -> None:
    stored, turned = await core.throughput(tmp_path, 200)
    assert stored > 0
    assert turned > 0


async def test_every_message_gets_its_reply(tmp_path: Path) -> None:
    p50, p99, replies = await core.latency(tmp_path, 0.5, rate=100)
    assert replies == 50
    assert 5 <= p50 <= p99  # the channel alone takes 5 ms


async def test_open_conversations_live_in_the_database(tmp_path: Path) -> None:
    in_memory, on_disk = await core.memory(tmp_path, 100)
    assert on_disk > 0
    assert in_memory < 20_000


async def test_neighbours_of_a_flooder_all_get_their_reply(tmp_path: Path) -> None:
    assert len(await flood.latency(tmp_path, 0.5, 100, 300)) == 50
