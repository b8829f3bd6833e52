"""The chaos suite, in the size that every test run can afford; `python -m tests.chaos.run` plays the whole size."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.run import Plan, chaos, wrong


@pytest.mark.timeout(300)
@pytest.mark.parametrize("keyed", [True, False], ids=["keyed", "keyless"])
async def test_the_only_process_is_killed_and_nothing_is_lost_or_done_twice(keyed: bool, tmp_path: Path) -> None:
    summary = await chaos(Plan(updates=800, kills=3, keyed=keyed), tmp_path)
    assert summary["kills"] == 3
    assert summary["told_twice"] > 0
    assert wrong(summary) == {}, summary
