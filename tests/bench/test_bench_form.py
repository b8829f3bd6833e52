"""The benchmark of the form measures what it says: every system finishes every form. Speeds are not judged here."""

from __future__ import annotations

import pytest

from tests.bench import form
from tests.bench.reports import report

pytestmark = pytest.mark.bench


async def test_every_system_turns_every_form_into_a_ticket() -> None:
    found = await form.measure(rounds=1, forms=form.AT_ONCE, dialogs=form.AT_ONCE)
    assert {key: found[f"{key}_tickets"] for key in form.KEYS} == dict.fromkeys(form.KEYS, 2 * form.AT_ONCE)
    assert all(found[key] > 0 for key in found if key.endswith("_per_s"))
    assert len(form.rows(found)) == 1 + len(form.KEYS) + len(form.OTHER)


def test_every_resident_says_it_in_other_words() -> None:
    reports = [report(resident) for resident in range(300)]
    assert len({one.problem for one in reports}) == len({one.phone for one in reports}) == 300
