from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from channels.contract import PayloadError
from channels.simulator.config import SimulatorConfig
from channels.simulator.incoming import MOST_EVENTS, parse_body
from errors import ConfigError

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
CASES = json.loads((Path(__file__).parent / "cases.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", [case for case in CASES if "content" in case], ids=lambda case: case["name"])
def test_event_is_read(case: dict[str, Any]) -> None:
    (event,) = parse_body(json.dumps(case["event"]).encode(), NOW)
    assert (event.channel, event.conversation, event.external_id) == (
        "simulator",
        case["event"]["conversation"],
        case["event"]["id"],
    )
    assert repr(event.content) == case["content"]
    assert event.order_key == case.get("order", 0)
    assert event.sent_at == datetime.fromisoformat(case.get("at", NOW.isoformat()))


@pytest.mark.parametrize("case", [case for case in CASES if "error" in case], ids=lambda case: case["name"])
def test_bad_event_is_named(case: dict[str, Any]) -> None:
    with pytest.raises(PayloadError) as caught:
        parse_body(json.dumps(case["event"]).encode(), NOW)
    assert str(caught.value).startswith(case["error"])


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(PayloadError, match="no JSON"):
        parse_body(body, NOW)


def test_a_list_keeps_its_order_and_has_a_limit() -> None:
    events = [{"id": str(number), "conversation": "r", "kind": "sticker"} for number in range(MOST_EVENTS + 1)]
    read = parse_body(json.dumps(events[1:]).encode(), NOW)
    assert [event.external_id for event in read] == [str(number) for number in range(1, MOST_EVENTS + 1)]
    with pytest.raises(PayloadError, match="more than 500 events"):
        parse_body(json.dumps(events).encode(), NOW)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"endpoint": "127.0.0.1:9000"}, "endpoint: нужен адрес вида"),
        ({"endpoint": "http://127.0.0.1:x"}, "endpoint: нужен адрес вида"),
        ({"endpoint": "http://10.0.0.1:9000"}, "endpoint: это чужой компьютер"),
        ({"endpoint": "http://localhost.example"}, "endpoint: это чужой компьютер"),
        ({"secret": "short"}, "secret: нужно не меньше 8 знаков"),
        ({"in_flight": 0}, "in_flight: нужно число больше 0"),
    ],
)
def test_wrong_setting_is_named_without_the_secret(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=f"channels.simulator.{message}") as caught:
        SimulatorConfig(**{"endpoint": "http://127.0.0.1:9000", "secret": "long enough", **changes}).check()
    assert "short" not in str(caught.value)


def test_another_machine_is_taken_when_it_is_allowed() -> None:
    config = SimulatorConfig(endpoint="http://10.0.0.1:9000", secret="long enough", allow_remote=True)
    assert "long enough" not in repr(config)
