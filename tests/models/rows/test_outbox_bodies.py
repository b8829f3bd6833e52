from __future__ import annotations

import pytest

from channels.contract import Button
from models.rows.outbox_bodies import OutboxBody, decode, encode

FULL = OutboxBody(
    text="Мастер едет",
    buttons=((Button("Да", "yes"), Button("Нет", "no")), (Button("Меню", "menu"),)),
    ask="contact",
    silent=True,
    answers="17",
    thread="<1@uk>",
    ticket="26-000001",
    edits="5",
    file="f",
)


@pytest.mark.parametrize("body", [OutboxBody(text="Да"), FULL], ids=["short", "full"])
def test_a_body_survives_storing(body: OutboxBody) -> None:
    assert decode(encode(body)) == body


def test_only_what_is_set_is_written() -> None:
    assert encode(OutboxBody(text="Да")) == '{"text":"Да","buttons":[]}'
    assert encode(FULL) == (
        '{"text":"Мастер едет","buttons":[[["Да","yes"],["Нет","no"]],[["Меню","menu"]]],"ask":"contact","silent":true,'
        '"answers":"17","thread":"<1@uk>","ticket":"26-000001","edits":"5","file":"f"}'
    )


def test_rows_of_other_programs_are_read() -> None:
    older = '{"text": "Да", "buttons": [], "ask": "", "silent": false, "answers": ""}'
    assert decode(older) == OutboxBody(text="Да")
    assert decode('{"text": "Нет воды"}') == OutboxBody(text="Нет воды")
    assert decode('{"text": "Да", "buttons": [], "sticker": "of a newer program"}') == OutboxBody(text="Да")
