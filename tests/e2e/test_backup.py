"""A backup is made while residents write, restored in a fresh place, compared row by row, and answers."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest

from models.database.connection import Connection
from models.database.database import open_database
from models.database.migrate import migrations
from tests.e2e.support.personas import Resident, browser_of, until_quiet
from tests.e2e.support.program import Program
from tests.e2e.test_program import command
from tests.models.database import catalogue
from tests.models.filler import Rows, all_rows


def installation(folder: Path, url: str = "") -> Program:
    folder.mkdir()
    environment = {"DOMOVOY_DATABASE__URL": url} if url else {}
    return Program(folder / "data", command=("-m", "bot", "run"), environment=environment)


async def rows_of(url: str) -> dict[str, Rows]:
    async def work(conn: Connection) -> dict[str, Rows]:
        return await all_rows(conn, await catalogue.of_database(conn))

    database = await open_database(url)
    try:
        return await database.transaction(work)
    finally:
        await database.close()


async def typed(program: Program, *arguments: str) -> str:
    code, output, errors = await command(*arguments, "--data", str(program.data), **program.environment)
    assert code == 0, errors
    return output


class Writers:
    """Residents who come one after the other, write once and read the answer, until stopped."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.answered: list[str] = []
        self.stopped = False
        self.more = asyncio.Event()  # set after each answer

    async def run(self) -> None:
        while not self.stopped:
            text = f"Мой вопрос номер {len(self.answered)}"
            async with browser_of(Resident, self.program) as resident:
                await resident.open()
                await resident.write(text)
                await resident.hears_back()
            self.answered.append(text)
            self.more.set()

    async def wait_for_more(self) -> None:
        for _ in range(3):
            self.more.clear()
            await self.more.wait()


def said_by_residents(file: Path) -> list[str]:
    """The transcript of a backup, after looking that it is one moment: every turn is whole, with its answer."""
    with closing(sqlite3.connect(file)) as connection:
        rows: Sequence[tuple[str, str]] = connection.execute("SELECT author, text FROM message ORDER BY id").fetchall()
        taken = connection.execute("SELECT conversation FROM inbox WHERE state = 1").fetchall()
        conversations = connection.execute("SELECT address FROM conversation WHERE version > 0").fetchall()
    assert {address for (address,) in taken} == {address for (address,) in conversations}
    assert [author for author, _ in rows][-1] == "bot"
    return [text for author, text in rows if author == "resident"]


@pytest.fixture(params=["sqlite", "postgres"])
def addresses(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Of the old and of the new database; empty: the file in the data folder."""
    if request.param == "sqlite":
        return "", ""
    return request.getfixturevalue("postgres_url"), request.getfixturevalue("second_postgres_url")


async def test_backup_while_residents_write_is_restored_and_answers(addresses: tuple[str, str], tmp_path: Path) -> None:
    program = installation(tmp_path / "old", addresses[0])
    await program.start()
    try:
        writers = Writers(program)
        writing = asyncio.create_task(writers.run())
        await writers.wait_for_more()
        before = len(writers.answered)
        await typed(program, "backup", str(tmp_path / "busy.db"))
        assert len(writers.answered) > before  # the program went on
        await writers.wait_for_more()
        writers.stopped = True
        await writing
        async with aiohttp.ClientSession() as http:
            await until_quiet(program, http)
        await typed(program, "backup", str(tmp_path / "quiet.db"))
    finally:
        assert await program.stop() == 0
    busy = said_by_residents(tmp_path / "busy.db")
    assert busy == writers.answered[: len(busy)]
    assert before <= len(busy) < len(writers.answered)
    expected = await rows_of(
        program.environment.get("DOMOVOY_DATABASE__URL", f"sqlite://{program.data / 'domovoy.db'}")
    )
    assert await rows_of(f"sqlite://{tmp_path / 'quiet.db'}") == expected
    await answers_after_restoring(tmp_path / "busy.db", installation(tmp_path / "new", addresses[1]))
    assert '"level": "ERROR"' not in program.errors()


async def answers_after_restoring(file: Path, program: Program) -> None:
    assert "Восстановлено" in await typed(program, "restore", str(file))
    await program.start()
    try:
        async with browser_of(Resident, program) as boris:
            await boris.open()
            await boris.write("Здравствуйте")
            await boris.sees("Нажмите «Продолжить»")
    finally:
        assert await program.stop() == 0


async def test_running_program_is_not_restored_into_and_a_folder_is_no_file(program: Program, tmp_path: Path) -> None:
    await program.start()
    (tmp_path / "a.db").mkdir()
    code, _, errors = await command("backup", str(tmp_path / "a.db"), "--force", "--data", str(program.data))
    assert (code, errors.count("\n")) == (2, 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.db", "data", "errors.log"]
    await typed(program, "backup", str(tmp_path / "b.db"))
    code, _, errors = await command("restore", str(tmp_path / "b.db"), "--replace", "--data", str(program.data))
    assert (code, "работает другой процесс" in errors) == (2, True)
    await program.stop()
    assert program.errors() == ""


async def test_many_nodes_bring_a_fresh_server_up_to_date_together(postgres_url: str, tmp_path: Path) -> None:
    answers = await asyncio.gather(
        *(
            command("migrate", "--data", str(tmp_path / str(node)), DOMOVOY_DATABASE__URL=postgres_url)
            for node in range(4)
        )
    )
    assert [code for code, _, _ in answers] == [0] * 4, answers
    newest = len(migrations())
    told = sorted(output for _, output, _ in answers)
    assert told == [f"Схема базы новая: {newest}.\n"] * 3 + [f"Схема базы: была 0, стала {newest}.\n"]
