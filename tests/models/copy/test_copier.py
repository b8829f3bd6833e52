"""A copy holds every row of every table, or nothing."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from errors import ConfigError
from models.copy import copier as copying
from models.copy import sqlite
from models.copy.copier import Copied
from models.copy.table import CopyFailed, Row
from models.database.connection import Connection
from models.database.database import open_database
from models.database.migrate import migrations
from tests.models.database import catalogue
from tests.models.filler import Rows, all_rows, fill_all

NEWEST = len(migrations())


@pytest.fixture(params=["to sqlite", "to postgres"])
def target_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "to postgres":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite://{tmp_path / 'target.db'}"


@pytest.fixture(params=["from sqlite", "from postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, postgres_admin: str) -> str:
    """The source; a name of its own, so that a test may have two databases of one server."""
    if request.param == "from postgres":
        return str(request.getfixturevalue("second_postgres_url"))
    return f"sqlite://{tmp_path / 'source.db'}"


@pytest.fixture
async def filled(database_url: str) -> dict[str, Rows]:
    """All rows of a filled source that nobody uses; the youngest row of `message` was deleted."""
    database = await open_database(database_url)
    try:
        return await database.transaction(fill)
    finally:
        await database.close()


async def fill(conn: Connection) -> dict[str, Rows]:
    found = await catalogue.of_database(conn)
    for table in found:
        if conn.dialect == "postgres" and "id" in found[table].columns and found[table].columns["id"][2] == "auto":
            await conn.fetch("SELECT setval(pg_get_serial_sequence(?::text, 'id'), 5049)", table)
    await fill_all(conn, found, 5)
    await conn.execute("DELETE FROM message WHERE id = 5049")
    return await all_rows(conn, found)


async def read(url: str) -> dict[str, Rows]:
    database = await open_database(url)
    try:
        return await database.transaction(read_all)
    finally:
        await database.close()


async def read_all(conn: Connection) -> dict[str, Rows]:
    return await all_rows(conn, await catalogue.of_database(conn))


def same(found: dict[str, Rows], expected: dict[str, Rows]) -> bool:
    """Whether both hold the same rows; columns may stand in another order."""
    return {name: as_dicts(rows) for name, rows in found.items()} == {
        name: as_dicts(rows) for name, rows in expected.items()
    }


def as_dicts(rows: Rows) -> set[frozenset[tuple[str, object]]]:
    columns, values = rows
    return {frozenset(zip(columns, row, strict=True)) for row in values}


async def copied(source_url: str, target_url: str) -> list[Copied]:
    async with (
        copying.open_source(source_url) as source,
        copying.open_target(target_url, source.version) as target,
    ):
        return await copying.copy(source, target, lambda *_: None)


async def test_copy_holds_every_row(filled: dict[str, Rows], database_url: str, target_url: str) -> None:
    told = await copied(database_url, target_url)
    assert same(await read(target_url), filled)
    assert {one.table: one.rows for one in told} == {name: len(rows) for name, (_, rows) in filled.items()}


async def test_copy_gives_out_no_number_twice(filled: dict[str, Rows], database_url: str, target_url: str) -> None:
    await copied(database_url, target_url)
    database = await open_database(target_url)
    try:
        insert = "INSERT INTO message (tenant, conversation_id, author, text, at_ms) VALUES (1, 1, 'bot', '', 1)"
        assert await database.transaction(lambda conn: conn.insert(insert)) == 5050
    finally:
        await database.close()


async def test_filled_target_is_left_alone(filled: dict[str, Rows], database_url: str, target_url: str) -> None:
    await copied(database_url, target_url)
    with pytest.raises(ConfigError, match="уже есть данные"):
        await copied(database_url, target_url)
    assert same(await read(target_url), filled)


async def test_interrupted_copy_leaves_an_empty_target(
    filled: dict[str, Rows], database_url: str, target_url: str, tmp_path: Path
) -> None:
    await (await open_database(target_url)).close()

    async def interrupted() -> None:
        async with copying.open_source(database_url) as source, copying.open_target(target_url, NEWEST) as target:
            task = asyncio.current_task()
            assert task
            await copying.copy(source, target, lambda done, total, _: done * 3 > total and task.cancel())  # type: ignore[arg-type]  # the result is not used

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(interrupted())
    assert list(tmp_path.glob("*.part")) == []
    await copied(database_url, target_url)
    assert same(await read(target_url), filled)


async def test_copy_that_differs_is_refused(
    filled: dict[str, Rows], database_url: str, target_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = copying.batches

    async def losing(rows: AsyncIterator[Row]) -> AsyncIterator[list[Row]]:
        async for batch in batches(rows):
            yield LosesOne(batch)

    monkeypatch.setattr(copying, "batches", losing)
    with pytest.raises(CopyFailed, match="не совпала"):
        await copied(database_url, target_url)


class LosesOne(list[Row]):
    """Says its last row only once: to the writer or to the checksum, whoever comes first."""

    def __iter__(self) -> AsyncIterator[Row]:  # type: ignore[override]  # a test double
        given = self[:-1] if not hasattr(self, "read") else self[:]
        self.read = True
        return iter(given)  # type: ignore[return-value]


async def test_source_file_in_use_is_refused(tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path / 'source.db'}"
    database = await open_database(url)
    with pytest.raises(ConfigError, match="уже работает другой процесс"):
        await copied(url, f"sqlite://{tmp_path / 'target.db'}")
    await database.close()
    assert not (tmp_path / "target.db").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "такого файла нет"), (b"this is no database at all" * 50, "not a database"), (b"", "не база Домового")],
    ids=["absent", "foreign", "empty"],
)
async def test_source_that_is_no_database_of_ours_is_refused(tmp_path: Path, content: bytes | None, said: str) -> None:
    file = tmp_path / "source.db"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=said):
        await copied(f"sqlite://{file}", f"sqlite://{tmp_path / 'target.db'}")
    assert not (tmp_path / "target.db").exists()
    assert (file.read_bytes() if file.exists() else None) == content


async def test_empty_server_is_no_source(postgres_url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="не база Домового"):
        await copied(postgres_url, f"sqlite://{tmp_path / 'target.db'}")


async def test_server_that_somebody_writes_to_is_no_target(postgres_url: str, tmp_path: Path) -> None:
    source = f"sqlite://{tmp_path / 'source.db'}"
    await (await open_database(source)).close()
    database = await open_database(postgres_url)

    async def work(conn: Connection) -> None:
        await conn.execute("DELETE FROM timer")
        with pytest.raises(ConfigError, match="уже работает другой процесс"):
            await copied(source, postgres_url)

    await database.transaction(work)
    await database.close()


async def test_value_that_the_server_cannot_hold_is_named(postgres_url: str, tmp_path: Path) -> None:
    source = f"sqlite://{tmp_path / 'source.db'}"
    await (await open_database(source)).close()
    with sqlite3.connect(tmp_path / "source.db") as connection:
        connection.execute("INSERT INTO login_attempt (login, address, at_ms) VALUES ('a' || char(0), '', 1)")
    connection.close()
    with pytest.raises(CopyFailed, match="таблица login_attempt, строки с 1 по 1: значение не подходит"):
        await copied(source, postgres_url)
    assert all(name == "lane" or not rows for name, (_, rows) in (await read(postgres_url)).items())


async def test_snapshot_of_a_server_is_one_moment_while_others_write(postgres_url: str, tmp_path: Path) -> None:
    database = await open_database(postgres_url)
    before = await database.transaction(fill)
    target_url = f"sqlite://{tmp_path / 'target.db'}"
    async with copying.open_source(postgres_url) as source, copying.open_target(target_url, NEWEST) as target:
        await database.transaction(lambda conn: conn.execute("DELETE FROM ticket"))
        await database.transaction(lambda conn: conn.execute("UPDATE house SET address = address || '!'"))
        await copying.copy(source, target, lambda *_: None)
    await database.close()
    assert same(await read(target_url), before)


async def test_rows_are_read_a_few_at_a_time() -> None:
    async def rows() -> AsyncIterator[Row]:
        for number in range(2500):
            yield (number, "x")
        for number in range(5):
            yield (number, bytes(3_000_000))

    assert [len(batch) async for batch in copying.batches(rows())] == [1000, 1000, 503, 2]


async def test_target_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    async with sqlite.target(tmp_path / "target.db", NEWEST):
        pass
    assert os.stat(tmp_path / "target.db").st_mode & 0o077 == 0
    assert sum(sqlite.check(tmp_path / "target.db").values()) == 64  # the lanes
