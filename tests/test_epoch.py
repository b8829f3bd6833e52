from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

import epoch


@pytest.mark.parametrize("at_ms", [0, 1, 1_790_000_000_001, 1_767_225_599_999, 2_180_205_213_660])
def test_milliseconds_come_back_as_themselves(at_ms: int) -> None:
    assert epoch.to_ms(epoch.from_ms(at_ms)) == at_ms


def test_a_moment_is_aware_and_in_the_zone_asked_for() -> None:
    noon = datetime(2026, 12, 1, 9, tzinfo=UTC)
    moscow = epoch.from_ms(epoch.to_ms(noon), ZoneInfo("Europe/Moscow"))
    assert (moscow, moscow.hour) == (noon, 12)


@pytest.mark.parametrize("name", [None, "", 3, "Europe/Nowhere", "../zones", "/etc/localtime"])
def test_a_name_that_no_zone_has_is_none(name: object) -> None:
    assert epoch.zone_named(name) is None
