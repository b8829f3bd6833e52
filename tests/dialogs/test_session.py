"""The session's JSON: small, round, and never a reason to fail."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.session import Draft, Session, State, decode, encode

TEXT = st.text(max_size=20)
VALUES: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    bool: st.booleans(),
    int: st.integers(-1, 2**40),
    tuple[str, ...]: st.lists(TEXT, max_size=3).map(tuple),
    tuple[int, ...]: st.lists(st.integers(1, 2**40), max_size=3).map(tuple),
    State: st.sampled_from(State),
}


def filled(kind: type[Any], **more: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind)
    known = {item.name: VALUES[hints[item.name]] for item in fields(kind) if item.name not in more}
    return st.builds(kind, **known, **more)


SESSIONS = filled(Session, draft=filled(Draft))


@given(SESSIONS)
def test_round_trip(session: Session) -> None:
    assert decode(encode(session)) == session


def test_a_session_at_rest_is_short() -> None:
    assert encode(Session()) == '{"v":1}'


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{", '{"v":2}', '{"v":1,"state":"flying"}', '{"v":1,"draft":5}', '{"v":1,"options":["a"]}'],
)
def test_what_cannot_be_read_is_a_fresh_session(text: str) -> None:
    assert decode(text) == Session()


@given(st.text(max_size=50))
def test_any_text_can_be_decoded(text: str) -> None:
    assert isinstance(decode(text), Session)


def test_unknown_fields_of_a_later_version_are_left_out() -> None:
    assert decode('{"v":1,"state":"phone","later":1}').state is State.PHONE
