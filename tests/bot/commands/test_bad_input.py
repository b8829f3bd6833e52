"""Strange messages through the real turns: each is answered, none is set aside, no house is guessed."""

from __future__ import annotations

import itertools
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from channels.contract import Text
from tests.bench.durability.rig import Rig, incoming, rig
from tests.support.effort import MOST_GROWTH, TIMES

LONG = ("вода ", "a", "🙂", "1 ", "你好", "Садовая ", "x\u0301", "\u200b", "\n", "(")
SHORT = (
    *("🙂🙂🙂", "12345", "...", "١٢٣", "\u200b\u200d", "\x00", "asdfgh", "'; DROP TABLE"),
    *("你好，没有热水", "السلام عليكم", "Hello, no water", "Исәнмесез", "Привіт", "Salom"),
)
ROUNDS = 3


@pytest.fixture
async def made(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rig(tmp_path) as running:
        yield running


async def rows(made: Rig, sql: str, *args: object) -> list[dict[str, Any]]:
    return await made.database.transaction(lambda conn: conn.fetch(sql, *args))


async def settle(made: Rig) -> None:
    while await made.turns.work():
        continue


async def agree(made: Rig, residents: int) -> None:
    """Bring the first residents past the question for their consent."""
    for place, said in enumerate(("здравствуйте", "Продолжить")):
        await made.intake([incoming(number, place, Text(said)) for number in range(residents)])
        await settle(made)


async def cpu_seconds(made: Rig, number: int, text: str) -> float:
    """What the turn of one message takes of the processor."""
    began = time.process_time()
    await made.intake([incoming(number, 2, Text(text))])
    await settle(made)
    return time.process_time() - began


@pytest.mark.parametrize("accepted", [False, True])
async def test_every_message_is_answered_and_none_is_set_aside(made: Rig, accepted: bool) -> None:
    texts = [*SHORT, *((piece * 100_000)[:100_000] for piece in LONG)]
    if accepted:
        await agree(made, len(texts))
    last = (await rows(made, "SELECT COALESCE(MAX(id), 0) AS id FROM message"))[0]["id"]
    await made.intake([incoming(number, 2, Text(text)) for number, text in enumerate(texts)])
    await settle(made)
    answered = await rows(made, "SELECT DISTINCT conversation_id FROM message WHERE author = 'bot' AND id > ?", last)
    assert len(answered) == len(texts)
    assert await rows(made, "SELECT id FROM inbox WHERE state <> 1") == []
    assert await rows(made, "SELECT id FROM ticket") == []
    assert await rows(made, "SELECT id FROM resident WHERE house_id <> 0") == []


@pytest.mark.parametrize("accepted", [False, True])
async def test_a_long_message_costs_at_most_in_proportion(made: Rig, accepted: bool) -> None:
    sizes = (100_000 // TIMES, 100_000)
    if accepted:
        await agree(made, ROUNDS * len(LONG) * len(sizes))
    numbers = itertools.count()
    grown = {}
    for piece in LONG:
        least = dict.fromkeys(sizes, float("inf"))
        for again in range(ROUNDS):  # of a text that nobody remembers
            for size in sizes:
                text = f"{again}{piece * size}"[:size]
                least[size] = min(least[size], await cpu_seconds(made, next(numbers), text))
        grown[piece] = least[sizes[1]] / least[sizes[0]]
    assert {piece: times for piece, times in grown.items() if times >= MOST_GROWTH} == {}


async def test_emergency_in_another_language_opens_its_ticket(made: Rig) -> None:
    cries = (
        "there is a gas leak",
        "fire!",
        "help, we are stuck in the lift",
        "Газ исе килә",
        "п\u200bахнет га\u00adзом",
    )
    await made.intake([incoming(number, 0, Text(text)) for number, text in enumerate(cries)])
    await settle(made)
    found = await rows(made, "SELECT emergency FROM ticket ORDER BY id")
    assert sorted(row["emergency"] for row in found) == ["fire", "gas", "gas", "gas", "lift"]
