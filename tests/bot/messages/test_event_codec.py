from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from bot.messages.event_codec import MAX_TEXT, decode_content, encode_incoming
from channels.contract import (
    Contact,
    Content,
    FileRef,
    Incoming,
    Location,
    PayloadError,
    Photo,
    Press,
    Reachability,
    Start,
    Text,
    Unsupported,
)


def stored(content: Content) -> Content:
    item = Incoming(
        channel="web", conversation="c", external_id="1", sent_at=datetime(2026, 1, 1, tzinfo=UTC), content=content
    )
    return decode_content(json.loads(encode_incoming(item)))


@pytest.mark.parametrize(
    "content",
    [
        Start("x"),
        Text("Течёт!\nСрочно"),
        Press("yes"),
        Photo(FileRef(remote_id="f", name="a.jpg", mime="image/jpeg", size=5), "вот"),
        Contact("+79990000000", "Анна", True),
        Location(55.5, 37.25),
        Unsupported("sticker"),
        Reachability(False),
    ],
)
def test_every_kind_of_content_survives_storing(content: Content) -> None:
    assert stored(content) == content


def test_control_characters_go_and_long_texts_are_cut() -> None:
    assert stored(Text("а\x00\x1b\u200bб\ud800")) == Text("аб")
    assert stored(Text("x" * 200_000)) == Text("x" * MAX_TEXT)


def test_text_of_nothing_but_spaces_is_empty() -> None:
    assert stored(Text(" \n\x00")) == Unsupported("empty")


@pytest.mark.parametrize("body", [{}, {"kind": "dance"}, {"kind": "text"}, {"kind": "photo", "file": 1}])
def test_foreign_body_is_refused(body: dict[str, object]) -> None:
    with pytest.raises(PayloadError):
        decode_content(body)
