"""The real program under a clock that is wrong or jumps (libfaketime)."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest

from tests.e2e.support.personas import Resident, browser_of, until_quiet
from tests.e2e.support.program import Program
from tests.support.tools import needed


@pytest.fixture
def fake_clock(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A file that holds the offset of the clock, and the environment of a process that obeys it."""
    offset = tmp_path / "offset"
    offset.write_text("+0s\n")
    found = subprocess.run(
        [needed("faketime", "faketime"), "-m", "-f", "+0s", "printenv", "LD_PRELOAD"],
        capture_output=True,
        text=True,
        check=True,
    )
    return offset, {
        "LD_PRELOAD": found.stdout.strip(),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",  # its name of before
    }


async def jumped(program: Program, anna: Resident, times: int) -> None:
    """Wait until the program has noticed so many jumps; it looks once a second."""
    async with asyncio.timeout(30):
        while program.errors().count("clock.jumped") < times:
            await until_quiet(program, anna.http)


async def test_it_answers_on_after_the_clock_jumps_forth_and_back(
    program: Program, fake_clock: tuple[Path, dict[str, str]]
) -> None:
    offset, environment = fake_clock
    await program.start(**environment)
    async with browser_of(Resident, program) as anna:
        await anna.open()
        await anna.write("Здравствуйте")
        await anna.sees("Нажмите «Продолжить»")
        offset.write_text("+3h\n")
        await anna.press("Продолжить")
        await anna.sees("Чем могу помочь?")
        await jumped(program, anna, 1)
        offset.write_text("+0s\n")
        await anna.press("Сообщить о проблеме")
        await anna.sees("По какому адресу")
        await jumped(program, anna, 2)
        await until_quiet(program, anna.http)
    assert await program.stop() == 0
    waiting = "SELECT (SELECT count(*) FROM inbox WHERE state = 0) + (SELECT count(*) FROM outbox WHERE state = 0) AS n"
    assert program.rows(waiting) == [{"n": 0}]


async def test_a_clock_far_behind_the_records_is_one_clear_line(
    program: Program, fake_clock: tuple[Path, dict[str, str]]
) -> None:
    offset, environment = fake_clock
    await program.start()
    async with browser_of(Resident, program) as anna:
        await anna.open()
        await anna.write("Здравствуйте")
        await anna.sees("Нажмите «Продолжить»")
    await program.stop()
    before = program.rows("SELECT id, text, at_ms FROM message ORDER BY id")
    assert before
    offset.write_text("-2d\n")
    program.command = ("-m", "bot", "run")
    program.process = await program.spawn(**environment)
    assert await program.ended() == 2
    program.process = None
    errors = program.errors().splitlines()
    assert len(errors) == 1
    assert errors[0].startswith("domovoy: часы: сейчас ")
    assert "--trust-clock" in errors[0]
    assert program.rows("SELECT id, text, at_ms FROM message ORDER BY id") == before
