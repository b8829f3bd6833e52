"""What a resident corrects in the dialog is stored in the same turn, without what is personal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.turns.batch import Batch
from bot.turns.conversation_state import state_from_rows
from bot.turns.effects.carry_out import carry_out
from dialogs.effects import KeepCorrection
from models import corrections
from models.database.connection import Connection
from models.queues import turn_batch as rows
from tests.bench.durability.rig import Rig, rig


@pytest.fixture
async def made(tmp_path: Path, database_url: str) -> AsyncIterator[Rig]:
    async with rig(tmp_path, database_url) as running:
        yield running


async def test_a_correction_is_stored_with_its_conversation_and_nothing_personal(made: Rig) -> None:
    async def work(conn: Connection) -> int:
        talks = await rows.conversations(conn, [("bench", "resident-1")], 5)
        row = talks["bench", "resident-1"]
        person = (await rows.residents(conn, [row.resident_id]))[row.resident_id]
        effect = KeepCorrection(
            text="Это Анна Каштан, на Каштановой 5 темно, тел. 8 927 123-45-67",
            guessed="yard_light",
            chosen="entrance_light",
            personal=("ул. Каштановая, д. 5",),
        )
        await carry_out(Batch(conn=conn, now_ms=9), state_from_rows(row, person, ()), effect, lambda _: "")
        return row.id

    conversation_id = await made.database.transaction(work)
    (kept,) = await made.database.transaction(corrections.kept)
    assert (kept.text, kept.guessed, kept.chosen) == ("Это [*], на [*] темно, тел. [*]", "yard_light", "entrance_light")
    assert (kept.who, kept.at_ms, kept.learned_ms) == ("resident", 9, 0)
    found = await made.database.transaction(
        lambda conn: conn.fetch("SELECT conversation_id, ticket_id FROM correction")
    )
    assert found == [{"conversation_id": conversation_id, "ticket_id": 0}]
