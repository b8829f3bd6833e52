"""Recorded events of VK, and what is made of them."""

from __future__ import annotations

import copy
import dataclasses
import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from channels.contract import Incoming, PayloadError
from channels.vk.incoming import cropped_of, parse_event, press_of, type_of, with_message
from tests.fakes.vk import spec

CASES = sorted((Path(__file__).parents[2] / "data" / "vk" / "cases").glob("*.json"))
NOW = datetime(2025, 11, 24, 17, tzinfo=UTC)


def recorded(name: str) -> dict[str, Any]:
    path = next(path for path in CASES if path.stem == name)
    event: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["event"]
    return event


def as_json(event: Incoming) -> dict[str, Any]:
    assert (event.channel, event.sender_name) == ("vk", "")
    return {
        "conversation": event.conversation,
        "external_id": event.external_id,
        "order_key": event.order_key,
        "sent_at": event.sent_at.isoformat(),
        "thread": event.thread,
        "content": {type(event.content).__name__: dataclasses.asdict(event.content)},
    }


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_recorded_event(path: Path) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    spec.check_event(case["event"])
    assert [as_json(one) for one in parse_event(case["event"], NOW)] == case["incoming"]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("text", ("object", "message", "peer_id")),
        ("text", ("object", "message", "from_id")),
        ("text", ("object", "message", "conversation_message_id")),
        ("text", ("object", "message", "date")),
        ("text", ("object", "message")),
        ("text", ("object",)),
        ("text", ("group_id",)),
        ("press_of_a_callback_button", ("object", "user_id")),
        ("press_of_a_callback_button", ("object", "peer_id")),
        ("messages_denied", ("object", "user_id")),
        ("edited", ("object", "peer_id")),
    ],
)
@pytest.mark.parametrize("value", [None, "x", [], 1.5, True, {}], ids=repr)
def test_a_missing_or_wrong_field_is_no_event_of_vk(name: str, path: tuple[str, ...], value: object) -> None:
    event = copy.deepcopy(recorded(name))
    holder = event
    for part in path[:-1]:
        holder = holder[part]
    del holder[path[-1]]
    if value is not None:
        holder[path[-1]] = value
    with pytest.raises(PayloadError):
        parse_event(event, NOW)


@pytest.mark.parametrize("date", [10**18, -(10**18)])
def test_a_time_beyond_the_calendar_is_no_event_of_vk(date: int) -> None:
    event = recorded("text")
    event["object"]["message"]["date"] = date
    with pytest.raises(PayloadError):
        parse_event(event, NOW)


@pytest.mark.parametrize("value", [None, "x", 5, [5], {"coordinates": "x"}, [{"type": 5}], [{}], [{"type": "photo"}]])
@pytest.mark.parametrize("name", ["attachments", "geo", "fwd_messages", "payload", "ref", "is_cropped"])
def test_parts_of_another_shape_do_not_hide_the_text(name: str, value: object) -> None:
    event = recorded("text")
    event["object"]["message"][name] = value
    contents = [dataclasses.asdict(one.content) for one in parse_event(event, NOW)]
    assert any(content.get("text") == "В подвале прорвало трубу" for content in contents)


def test_without_an_event_id_the_place_in_the_conversation_stands_in() -> None:
    keys = set()
    for name in ("three_photos_with_text", "edited", "press_of_a_callback_button", "messages_denied"):
        event = recorded(name)
        del event["event_id"]
        keys |= {one.external_id for one in parse_event(event, NOW)}
    group = "123456789"
    assert {f"{group}:500000001.17", f"{group}:500000001.17:1", f"{group}:500000001.17:2"} < keys
    assert len(keys) == 6


def test_a_cut_message_is_named_and_replaced() -> None:
    event = recorded("text_behind_a_link")
    assert cropped_of(event) is None
    event["object"]["message"]["is_cropped"] = True
    assert cropped_of(event) == (500000001, 17)
    whole = {**event["object"]["message"], "text": "Течёт кран на кухне"}
    del whole["ref"]
    contents = [str(one.content) for one in parse_event(with_message(event, whole), NOW)]
    assert contents == ["Start(payload='podezd-3')", "Text(text='Течёт кран на кухне')"]
    assert cropped_of(recorded("messages_denied")) is None


def test_only_presses_of_callback_buttons_are_answered() -> None:
    assert press_of(recorded("press_of_a_callback_button")) == ("1f2e3d", 500000001, 500000001)
    assert press_of(recorded("pressed_text_button")) is None


@pytest.mark.parametrize("event", [None, 5, [], "x", {}, {"type": ""}, {"type": 5}])
def test_what_has_no_type_is_no_event(event: object) -> None:
    with pytest.raises(PayloadError):
        type_of(event)


ODD: tuple[object, ...] = (
    None,
    True,
    -1,
    0,
    2**70,
    1.5,
    "",
    "x",
    "\ud800\0",
    [],
    [None],
    {},
    {"type": "photo"},
    '{"press": 5}',
    "[" * 5000,
)


def places(holder: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    inside = holder.items() if isinstance(holder, dict) else enumerate(holder) if isinstance(holder, list) else ()
    return (
        [path, *(place for key, value in inside for place in places(value, (*path, key)))]
        if path
        else [place for key, value in inside for place in places(value, (key,))]
    )


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_whatever_stands_in_a_field_an_event_is_read_or_refused(path: Path) -> None:
    """Any other error would make VK, or our own poll, bring the same event for ever."""
    chance = random.Random(path.stem)  # noqa: S311  # the same in each run
    recorded_event = json.loads(path.read_text(encoding="utf-8"))["event"]
    outcomes = {"read": 0, "refused": 0}
    for place in places(recorded_event):
        for value in chance.sample(ODD, 6):
            event = copy.deepcopy(recorded_event)
            holder = event
            for part in place[:-1]:
                holder = holder[part]
            holder[place[-1]] = value
            try:
                press_of(event)
                cropped_of(event)
                for one in parse_event(event, NOW):
                    json.dumps(as_json(one), ensure_ascii=False).encode()
                    assert abs(one.order_key) < 2**63
                    assert "\0" not in one.external_id
            except PayloadError:
                outcomes["refused"] += 1
            else:
                outcomes["read"] += 1
    assert outcomes["read"] > 0
    assert outcomes["refused"] > 0
