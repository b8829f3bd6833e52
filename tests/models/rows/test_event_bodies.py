from __future__ import annotations

from typing import get_args

import pytest

from channels.contract import PayloadError
from models.rows.event_bodies import (
    DraftMovedBody,
    FileRefusedBody,
    ForgottenBody,
    HandoverBody,
    InternalBody,
    MergedBody,
    RecognisedBody,
    TicketChangedBody,
    TimerBody,
    decode,
    encode,
)

# The text stands in databases, and older programs read it while nodes are replaced one by one.
STORED: list[tuple[InternalBody, str]] = [
    (
        TicketChangedBody(ticket_id=7, change="status", comment="ждём деталь", event_id=9, actor_name="Ирина"),
        '{"kind":"ticket_changed","ticket_id":7,"change":"status","comment":"ждём деталь","event_id":9,'
        '"actor_name":"Ирина"}',
    ),
    (
        TicketChangedBody(ticket_id=7, change="visit", event_id=9, joined=True),
        '{"kind":"ticket_changed","ticket_id":7,"change":"visit","comment":"","event_id":9,"joined":true}',
    ),
    (
        TimerBody(kind="draft_close", token="t"),
        '{"kind":"timer","timer":"draft_close","ticket_id":0,"token":"t"}',
    ),
    (
        HandoverBody(claimed=True, dispatcher_name="Ирина"),
        '{"kind": "handover", "claimed": true, "dispatcher_name": "Ирина"}',
    ),
    (FileRefusedBody(file="f", reason="lost"), '{"kind": "file_refused", "file": "f", "reason": "lost"}'),
    (RecognisedBody(file="f", text="Течёт"), '{"kind": "recognised", "file": "f", "text": "Течёт"}'),
    (MergedBody(outcome="linked", channel="vk"), '{"kind":"merged","outcome":"linked","channel":"vk"}'),
    (DraftMovedBody(form=3, channel="vk"), '{"kind":"draft_moved","form":3,"channel":"vk"}'),
    (ForgottenBody(), '{"kind":"forgotten"}'),
]


@pytest.mark.parametrize(("body", "text"), STORED, ids=lambda value: type(value).__name__)
def test_stored_text_stays_and_is_read_back(body: InternalBody, text: str) -> None:
    assert encode(body) == text
    assert decode(text) == body


def test_every_kind_is_stored() -> None:
    assert {type(body) for body, _ in STORED} == set(get_args(InternalBody))


def test_rows_of_older_programs_lack_what_came_later() -> None:
    assert decode('{"kind":"ticket_changed","ticket_id":7,"change":"term"}') == TicketChangedBody(
        ticket_id=7, change="term"
    )
    assert decode('{"kind":"timer","timer":"draft_close","ticket_id":null}') == TimerBody(kind="draft_close")
    assert decode('{"kind":"handover","claimed":false}') == HandoverBody(claimed=False)
    assert decode('{"kind":"merged","outcome":"same"}') == MergedBody(outcome="same")


@pytest.mark.parametrize("text", ["{}", '{"kind":"text"}', '{"kind":"merged"}', '{"kind":"dance"}'])
def test_foreign_body_is_refused(text: str) -> None:
    with pytest.raises(PayloadError):
        decode(text)
