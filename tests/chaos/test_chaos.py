"""The chaos suite, in the size that every test run can afford.

`python -m tests.chaos.run` plays any size; `DOMOVOY_CHAOS=full` makes these tests whole.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.chaos.run import Plan, chaos, wrong

SMALL = {
    "sqlite-keyless": Plan(updates=400, kills=3, keyed=False),
    "postgres-keyed": Plan(database="postgres", nodes=3, updates=800, kills=5, crashes=1, cuts=1),
}
ON_POSTGRES = Plan(database="postgres", nodes=3, updates=10_000, kills=20, crashes=3, cuts=6)
WHOLE = {
    "sqlite-keyed": Plan(updates=10_000, kills=8),
    "sqlite-keyless": Plan(updates=10_000, kills=8, keyed=False),
    "postgres-keyed": ON_POSTGRES,
    "postgres-keyless": replace(ON_POSTGRES, keyed=False),
}
PLANS = WHOLE if os.environ.get("DOMOVOY_CHAOS") == "full" else SMALL


@pytest.mark.timeout(900)
@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
async def test_processes_are_killed_and_nothing_is_lost_or_done_twice(plan: Plan, tmp_path: Path) -> None:
    summary = await chaos(plan, tmp_path)
    print(json.dumps(summary))
    assert summary["kills"] == plan.kills
    assert summary["told_twice"] > 0
    assert wrong(summary) == {}, summary
