"""Letters through the real turns: one letter answers one letter, with its thread and its ticket's number."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.attachments.store import StoredFiles
from channels.contract import Capabilities, FileRef, Letter
from tests.bench.durability.rig import Rig, SlowChannel, incoming, rig

MAIL = Capabilities(text_length=100_000, buttons=0, per_second=1e6, per_conversation_second=1e6, letters=True)
FULL = "По адресу Садовая 5, кв. 17 холодные батареи. Анна, 8 903 123-45-67"


@pytest.fixture
async def made(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rig(tmp_path, channel=SlowChannel(capabilities=MAIL)) as running:
        yield running


async def read(made: Rig, number: int, letter: Letter) -> list[dict[str, Any]]:
    """Let a letter be answered; return the new rows of the outbox, bodies read."""
    before = {row["id"] for row in await rows(made, "SELECT id FROM outbox")}
    await made.intake([replace(incoming(1, number, letter), thread=f"<{number}@resident.example>")])
    while await made.turns.work():
        continue
    found = await rows(made, "SELECT id, body, priority FROM outbox ORDER BY id")
    return [row | json.loads(row["body"]) for row in found if row["id"] not in before]


async def rows(made: Rig, sql: str) -> list[dict[str, Any]]:
    return await made.database.transaction(lambda conn: conn.fetch(sql))


async def test_one_letter_answers_and_carries_thread_and_number(made: Rig) -> None:
    (answer,) = await read(made, 1, Letter(text=FULL, subject="Отопление"))
    assert answer["ticket"] == "26-000001"
    assert answer["thread"] == "<1@resident.example>"
    assert answer["text"].startswith("Здравствуйте, Анна!\n\nЗаявка № 26-000001 принята.")
    assert "Удалить мои данные" in answer["text"]
    assert not answer["buttons"]
    (more,) = await read(made, 2, Letter(text="И на кухне тоже", ticket="26-000001"))
    assert more["thread"] == "<2@resident.example>"
    assert "Удалить мои данные" not in more["text"]


async def test_an_emergency_is_one_letter_that_begins_with_the_safety_text(made: Rig) -> None:
    (answer,) = await read(made, 1, Letter(text="Сильно пахнет газом!"))
    assert answer["text"].startswith("⚠️")
    assert "26-000001" in answer["text"]
    assert "– адреса" in answer["text"]
    assert answer["priority"] == 0


async def test_files_of_a_letter_are_in_the_transcript_and_on_the_ticket(made: Rig) -> None:
    path = made.database.url.removeprefix("sqlite://")
    Image.new("RGB", (8, 8), "red").save(picture := Path(path).with_suffix(".png"))
    stored = await StoredFiles(made.database).put(picture.read_bytes(), "кран.png", "image/png")
    await read(made, 1, Letter(text=FULL, files=(FileRef(remote_id=stored.remote_id),)))
    assert [row["file"] for row in await rows(made, "SELECT file FROM ticket_file")] == [stored.remote_id]
    lines = await rows(made, "SELECT text, file FROM message WHERE author = 'resident' ORDER BY id")
    assert [line["file"] for line in lines] == ["", stored.remote_id]
