"""SIGKILL between any two steps of the sewer leak: nothing is lost, nothing is done twice, one ticket is opened."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.support.personas import Dispatcher, Resident, browser_of, until_quiet
from tests.e2e.support.process_pool import Mortal, ProcessPool, mortal, process_pool
from tests.e2e.support.program import Program
from tests.e2e.support.story import dispatch, report_sewer_leak
from tests.fakes.telegram.api import FakeTelegram

Play = Callable[[ProcessPool, Path, tuple[Path, str], int], Awaitable[dict[str, Any]]]
AT_ONCE = 3  # conversations that are played at the same time; each keeps the processor busy
WAITING_AT_ONCE = 12  # over Telegram, which takes one message a second in a chat: most of the time they wait
MOST_POINTS = 400  # more would mean that the count does not end
# Of the conversation with the ticket: when the very first request dies unanswered, the page begins anew and leaves a
# greeted conversation that nobody has.
TRANSCRIPT = (
    "SELECT author, text FROM message WHERE conversation_id IN (SELECT conversation_id FROM ticket) ORDER BY id"
)
MAY_DIFFER = ("killed", "points", "repeated")
MOST_REPEATED = 1  # messages a channel without idempotency may show twice after one kill
CLOCK = re.compile(r"\d{1,2} [а-я]+, \d\d:\d\d")  # moments differ between runs


@pytest.fixture(scope="module")
def home() -> Iterator[ProcessPool]:
    with process_pool() as made:
        yield made


@pytest.fixture
async def first_day(program: Program) -> tuple[Path, str]:
    """A data folder in which everything is set up but nothing has happened, and the dispatcher's password."""
    await program.start()
    password = program.password
    await program.stop()
    return program.data, password


async def play_web(home: ProcessPool, folder: Path, first_day: tuple[Path, str], kill_at: int) -> dict[str, Any]:
    """Play the story in a copy of the first day; return what is in the database afterwards."""
    data, password = first_day
    shutil.copytree(data, folder / "data")
    async with (
        mortal(home, folder, kill_at) as program,
        browser_of(Dispatcher, program) as irina,
        browser_of(Resident, program) as anna,
    ):
        await irina.log_in("demo", password)
        await anna.open()
        number = await report_sewer_leak(anna)
        await dispatch(irina, anna, number)
        await until_quiet(program, anna.http)
    return after(program) | {"seen": [seen(line) for line in anna.lines]}


def seen(line: dict[str, Any]) -> tuple[str, str]:
    return line["author"], CLOCK.sub("…", line["text"])


async def play_telegram(home: ProcessPool, folder: Path, first_day: tuple[Path, str], kill_at: int) -> dict[str, Any]:
    """Play the story over Telegram; `repeated` counts messages that the resident got twice."""
    data, password = first_day
    shutil.copytree(data, folder / "data")
    async with FakeTelegram() as telegram:
        environment = {
            "DOMOVOY_CHANNELS__TELEGRAM__ENABLED": "true",
            "DOMOVOY_CHANNELS__TELEGRAM__TOKEN": telegram.token,
            "DOMOVOY_CHANNELS__TELEGRAM__API_BASE": telegram.base,
            "DOMOVOY_DELIVERY__UNKNOWN_PAUSE_SECONDS": "1",
        }
        maria = telegram.resident("Мария")
        maria.orderly = False  # what was cut off comes once more, after what followed it
        async with mortal(home, folder, kill_at, **environment) as program, browser_of(Dispatcher, program) as irina:
            await irina.log_in("demo", password)
            await dispatch(irina, maria, await report_sewer_leak(maria))
            await until_quiet(program, irina.http)
        received = maria.received()
    return after(program) | {
        "repeated": len(received) - len(set(received)),
        "received": sorted({CLOCK.sub("…", text) for text in received}),
    }


def after(program: Mortal) -> dict[str, Any]:
    """What is in the database of a program that has stopped."""
    return {
        "killed": program.killed,
        "transcript": [seen(row) for row in program.rows(TRANSCRIPT)],
        "tickets": program.rows("SELECT number, status, address, phone, apartment, problem FROM ticket"),
        "changes": [row["action"] for row in program.rows("SELECT action FROM ticket_event ORDER BY id")],
        "inbox": program.rows("SELECT key FROM inbox WHERE state <> 1"),
        "outbox": program.rows("SELECT key, state FROM outbox WHERE state NOT IN (1, 5)"),  # 5: evidently read
        "points": program.points.read_text(encoding="utf-8").splitlines() if program.points.exists() else [],
    }


async def die_everywhere(
    play: Play, home: ProcessPool, first_day: tuple[Path, str], folder: Path, at_once: int = AT_ONCE
) -> list[str]:
    """Play the story whole, then once for every point at which it may die; return what came out differently."""
    (folder / "whole").mkdir()
    whole = await play(home, folder / "whole", first_day, 0)
    assert whole["killed"] == 0
    assert len(whole["tickets"]) == 1
    assert whole["inbox"] == whole["outbox"] == []
    count = len(whole["points"])
    assert 20 < count < MOST_POINTS
    places = asyncio.Semaphore(at_once)

    async def once(kill_at: int) -> str:
        home_folder = folder / str(kill_at)
        home_folder.mkdir()
        async with places:
            got = await play(home, home_folder, first_day, kill_at)
        shutil.rmtree(home_folder)
        assert got["killed"] == 1, f"point {kill_at} was never reached"
        assert got.get("repeated", 0) <= MOST_REPEATED
        wrong = [name for name in whole if name not in MAY_DIFFER and got[name] != whole[name]]
        return f"killed at {got['points'][kill_at - 1]}: {[(name, got[name]) for name in wrong]}" if wrong else ""

    outcomes = await asyncio.gather(*(once(number) for number in range(1, count + 1)))
    return [outcome for outcome in outcomes if outcome]


@pytest.mark.timeout(900)
async def test_the_program_may_die_at_any_commit_and_send(
    home: ProcessPool, first_day: tuple[Path, str], tmp_path: Path
) -> None:
    assert await die_everywhere(play_web, home, first_day, tmp_path) == []


@pytest.mark.timeout(900)
async def test_over_telegram_it_may_die_too_and_repeats_at_most_the_message_under_way(
    home: ProcessPool, first_day: tuple[Path, str], tmp_path: Path
) -> None:
    assert await die_everywhere(play_telegram, home, first_day, tmp_path, WAITING_AT_ONCE) == []
