"""The benchmark of the form measures what it says: every system finishes every form. Speeds are not judged here."""

from __future__ import annotations

import pytest

from tests.bench.form import by_system
from tests.bench.form.reports import report

pytestmark = pytest.mark.bench


async def test_every_system_turns_every_form_into_a_ticket() -> None:
    found = await by_system.measure(rounds=1, forms=by_system.AT_ONCE, dialogs=by_system.AT_ONCE)
    assert {key: found[f"{key}_tickets"] for key in by_system.KEYS} == dict.fromkeys(
        by_system.KEYS, 2 * by_system.AT_ONCE
    )
    assert all(found[key] > 0 for key in found if key.endswith("_per_s"))
    assert len(by_system.rows(found)) == 1 + len(by_system.KEYS) + len(by_system.OTHER)


def test_every_resident_says_it_in_other_words() -> None:
    reports = [report(resident) for resident in range(300)]
    assert len({one.problem for one in reports}) == len({one.phone for one in reports}) == 300
