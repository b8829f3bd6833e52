"""The benchmark of limits counts what it says: every message comes once. Speeds are not judged here."""

from __future__ import annotations

from pathlib import Path

import pytest

from channels.vk.execute import program
from tests.bench.limits import broadcast
from tests.bench.limits.fake_server import Window, sends_of_vk

pytestmark = pytest.mark.bench


def test_the_far_end_counts_in_any_second() -> None:
    window = Window(2)
    assert [window.take(at) for at in (10.0, 10.9, 10.95)] == [0.0, 0.0, pytest.approx(0.05)]
    assert [window.take(at) for at in (11.0, 11.5)] == [0.0, pytest.approx(0.4)]


def test_the_far_end_reads_programs_of_vk() -> None:
    calls: list[dict[str, str | int | float]] = [
        {"peer_id": number, "message": f'Дом {number}: «нет воды»;") ]'} for number in (1, 2)
    ]
    assert sends_of_vk(program(calls)) == [(str(call["peer_id"]), call["message"]) for call in calls]


@pytest.mark.parametrize("name", broadcast.CASES)
async def test_a_broadcast_comes_once_with_urgent_replies_between(tmp_path: Path, name: str) -> None:
    found = await broadcast.ours(tmp_path, name, broadcast.QUICK[name])
    assert 0 < found.share < 1.2
    assert found.refused == 0
    assert len(found.urgent) >= 1
    assert all(seconds > 0 for seconds in found.urgent)


async def test_the_peer_sends_everything_too() -> None:
    found = await broadcast.peer(30, 10)
    assert len(found.urgent) >= 1
