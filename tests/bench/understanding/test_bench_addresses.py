"""The benchmark of addresses measures what it says: nearly every address is found, none is mistaken."""

from __future__ import annotations

import pytest

from tests.bench.understanding import addresses

pytestmark = pytest.mark.bench


def test_addresses_are_found_among_many_and_faster_than_by_comparing_all() -> None:
    found = addresses.measure(texts=200)
    assert found["wrong_share"] <= 0.01
    assert found["offered_share"] >= 0.85
    assert found["times_faster"] >= 10
