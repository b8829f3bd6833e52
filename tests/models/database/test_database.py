from __future__ import annotations

import asyncio
import itertools
import random
import re
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import pytest
import pytest_asyncio

from errors import ConfigError
from models.database.connection import Connection, Unavailable
from models.database.database import Database, open_database
from models.database.transaction import dollars
from models.tables.queues import Lane

ROOT = Path(__file__).resolve().parents[3]
OPEN = """
import asyncio, sys
from errors import ConfigError
from models.database.database import open_database
async def main():
    try:
        await (await open_database(sys.argv[1])).close()
    except ConfigError as error:
        print(error)
asyncio.run(main())
"""


@pytest_asyncio.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await open_database(f"sqlite://{tmp_path / 'test.db'}")
    yield opened
    await opened.close()


async def counted(database: Database) -> int:
    rows = await database.transaction(lambda conn: conn.fetch("SELECT COUNT(*) AS n FROM lane WHERE id >= 1000"))
    return int(rows[0]["n"])


async def test_unit_commits_what_it_did_and_rolls_back_what_failed(database: Database) -> None:
    async def good(conn: Connection) -> None:
        await conn.execute("INSERT INTO lane (id) VALUES (1001)")

    async def bad(conn: Connection) -> None:
        await conn.execute("INSERT INTO lane (id) VALUES (1002)")
        raise RuntimeError("no")

    await database.transaction(good)
    with pytest.raises(RuntimeError):
        await database.transaction(bad)
    assert await counted(database) == 1


async def test_random_cancellations_leave_no_lock_behind(database: Database) -> None:
    chance = random.Random(7)  # noqa: S311

    async def work(conn: Connection, number: int) -> None:
        await conn.execute("INSERT INTO lane (id) VALUES (?)", 1000 + number)

    for number in range(200):
        task = asyncio.create_task(database.transaction(lambda conn, number=number: work(conn, number)))  # type: ignore[misc]
        for _ in range(chance.randrange(6)):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})
    stored = await asyncio.wait_for(counted(database), timeout=30)
    assert stored > 0  # some were committed before their caller was cancelled


async def test_task_made_inside_a_unit_does_not_inherit_its_transaction(database: Database) -> None:
    children: list[asyncio.Task[int]] = []

    async def child(conn: Connection) -> int:
        return await conn.execute("INSERT INTO lane (id) VALUES (1005)")

    async def parent(conn: Connection) -> None:
        children.append(asyncio.create_task(database.transaction(child)))
        raise RuntimeError("rolled back")

    with pytest.raises(RuntimeError):
        await database.transaction(parent)
    await children[0]
    assert await counted(database) == 1


async def test_second_process_is_refused_at_once_with_a_clear_line(sqlite: Database) -> None:
    url = sqlite.url
    run = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", OPEN, url], cwd=ROOT, capture_output=True, text=True, timeout=30
    )
    assert "уже работает другой процесс" in run.stdout
    assert run.stderr == ""


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://x/y", "database.url: нужен адрес вида sqlite:///"),
        ("sqlite://", "database.url: нужен адрес вида sqlite:///"),
        ("sqlite:///no/such/folder/x.db", "ею нельзя пользоваться"),
    ],
)
async def test_wrong_address_says_what_helps(url: str, message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        await open_database(url)


async def test_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("это не база данных, а записка\n" * 100, encoding="utf-8")
    with pytest.raises(ConfigError, match="file is not a database"):
        await open_database(f"sqlite://{path}")
    assert path.read_text(encoding="utf-8").startswith("это не база")


async def test_newer_schema_is_refused(database_url: str) -> None:
    database = await open_database(database_url)

    async def work(conn: Connection) -> None:
        await conn.execute("INSERT INTO schema_version (version, name, applied_ms) VALUES (999, 'later', 0)")

    await database.transaction(work)
    await database.close()
    with pytest.raises(ConfigError, match="её схема 999"):
        await open_database(database_url)


async def test_failed_commit_leaves_nothing_for_the_next_unit_to_commit(database: Database) -> None:
    async def tables(conn: Connection) -> None:
        await conn.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
        await conn.execute("CREATE TABLE child (id INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)")

    await database.transaction(tables)
    with pytest.raises((sqlite3.IntegrityError, asyncpg.ForeignKeyViolationError)):  # only the commit finds out
        await database.transaction(lambda conn: conn.execute("INSERT INTO child (id) VALUES (1)"))
    assert await database.transaction(lambda conn: conn.fetch("SELECT * FROM child")) == []


async def test_unit_inside_a_unit_is_an_error_instead_of_a_deadlock(database: Database) -> None:
    with pytest.raises(RuntimeError, match="inside a transaction"):
        await database.transaction(lambda conn: counted(database))
    assert await counted(database) == 0


async def test_connection_is_worthless_after_its_unit(database: Database) -> None:
    async def keep(conn: Connection) -> Connection:
        return conn

    kept = await database.transaction(keep)
    with pytest.raises(RuntimeError, match="after its transaction"):
        await kept.fetch("SELECT 1")


async def test_cancelled_caller_waits_for_the_end_of_its_unit(database: Database) -> None:
    inside, go = asyncio.Event(), asyncio.Event()

    async def work(conn: Connection) -> None:
        await conn.execute("INSERT INTO lane (id) VALUES (1001)")
        inside.set()
        await go.wait()

    caller = asyncio.create_task(database.transaction(work))
    await inside.wait()
    for _ in range(3):  # impatient: cancelled again while it waits
        caller.cancel()
        await asyncio.sleep(0)
    assert not caller.done()
    go.set()
    await asyncio.wait({caller})
    assert caller.cancelled()
    assert await counted(database) == 1


async def test_rows_affected_and_ids_are_told(database: Database) -> None:
    async def work(conn: Connection) -> list[int]:
        first = await conn.insert("INSERT INTO resident (tenant, created_ms) VALUES (?, ?)", 1, 1)
        second = await conn.insert("INSERT INTO resident (tenant, created_ms) VALUES (?, ?)", 1, 1)
        changed = await conn.execute("UPDATE resident SET name = ?", "Анна")
        missed = await conn.execute("UPDATE resident SET name = ? WHERE id = ?", "Анна", 99)
        return [second - first, changed, missed]

    assert await database.transaction(work) == [1, 2, 0]


async def test_sqlite_is_set_to_survive_a_power_cut_and_to_stay_alone(sqlite: Database) -> None:
    names = ("locking_mode", "journal_mode", "synchronous", "busy_timeout", "wal_autocheckpoint")

    async def work(conn: Connection) -> list[object]:
        return [next(iter((await conn.fetch(f"PRAGMA {name}"))[0].values())) for name in names]

    assert await sqlite.transaction(work) == ["exclusive", "wal", 2, 0, 4000]


async def test_database_file_is_readable_by_its_owner_only(sqlite: Database, tmp_path: Path) -> None:
    assert (tmp_path / "test.db").stat().st_mode & 0o077 == 0


async def test_what_was_stored_is_there_after_reopening(database_url: str) -> None:
    database = await open_database(database_url)
    await database.transaction(lambda conn: conn.execute("INSERT INTO lane (id) VALUES (1003)"))
    await database.close()
    await database.close()
    again = await open_database(database_url, migrate=False)
    assert await counted(again) == 1
    await again.close()


async def test_models_of_tortoise_see_the_transaction_of_their_unit(database: Database) -> None:
    async def work(conn: Connection) -> int:
        await conn.execute("INSERT INTO lane (id) VALUES (1003)")
        return await Lane.filter(id__gte=1000).count()

    assert await database.transaction(work) == 1


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT * FROM a WHERE b = ? AND c = ?", "SELECT * FROM a WHERE b = $1 AND c = $2"),
        ("SELECT '?', 'it''s ?' WHERE a = ?", "SELECT '?', 'it''s ?' WHERE a = $1"),
        ("SELECT 1", "SELECT 1"),
    ],
)
def test_placeholders_become_those_of_postgres(sql: str, expected: str) -> None:
    assert dollars(sql) == expected


def test_transactions_are_opened_in_one_place_only() -> None:
    bare = re.compile(r"\b(in_transaction|atomic)\s*\(")
    rooms = ("bot", "channels", "dialogs", "faq", "houses", "language", "models", "operators", "reports", "tickets")
    found = [
        path.relative_to(ROOT).as_posix()
        for room in rooms
        for path in (ROOT / room).rglob("*.py")
        if bare.search(path.read_text(encoding="utf-8"))
    ]
    assert found == ["models/database/database.py"]


async def test_snapshot_is_the_state_between_two_units(sqlite: Database, tmp_path: Path) -> None:
    async def add(conn: Connection, number: int) -> None:
        await conn.execute("INSERT INTO counter (tenant, name, value) VALUES (1, 'a' || ?, 1)", number)
        await conn.execute("INSERT INTO counter (tenant, name, value) VALUES (1, 'b' || ?, 1)", number)

    async def write() -> None:
        for number in itertools.count():
            await sqlite.transaction(lambda conn: add(conn, number))  # noqa: B023  # done before the next number

    writing = asyncio.create_task(write())
    await asyncio.gather(*(sqlite.snapshot(str(tmp_path / f"copy{n}.db")) for n in range(3)))
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    counted = [await pairs(tmp_path / f"copy{n}.db") for n in range(3)]
    assert counted == sorted(set(counted))  # the writer went on during each
    assert counted[-1] <= await pairs(tmp_path / "test.db", sqlite)


async def pairs(file: Path, database: Database | None = None) -> int:
    """How many transactions a database holds, after looking that it holds whole ones and its file is sound."""
    opened = database or await open_database(f"sqlite://{file}", migrate=False)
    rows = await opened.transaction(
        lambda conn: conn.fetch("SELECT substr(name, 2) AS n, COUNT(*) AS c FROM counter GROUP BY 1")
    )
    sound = await opened.transaction(lambda conn: conn.fetch("PRAGMA integrity_check"))
    if database is None:
        await opened.close()
    assert {row["c"] for row in rows} <= {2}
    assert sorted(int(row["n"]) for row in rows) == list(range(len(rows)))
    assert [list(row.values()) for row in sound] == [["ok"]]
    return len(rows)


async def test_database_is_still_ours_alone_after_a_snapshot(sqlite: Database, tmp_path: Path) -> None:
    await sqlite.snapshot(str(tmp_path / "copy.db"))
    run = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", OPEN, sqlite.url], cwd=ROOT, capture_output=True, text=True, timeout=30
    )
    assert "уже работает другой процесс" in run.stdout


async def test_snapshot_that_cannot_be_written_changes_nothing(sqlite: Database, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="не записать"):
        await sqlite.snapshot(str(tmp_path / "no folder" / "copy.db"))
    await sqlite.transaction(lambda conn: conn.execute("INSERT INTO counter (tenant, name, value) VALUES (1, 'a', 1)"))
    assert await checkpoint_pages(sqlite) == 4000


async def test_cancelled_snapshot_lets_checkpoints_go_on(sqlite: Database, tmp_path: Path) -> None:
    task = asyncio.create_task(sqlite.snapshot(str(tmp_path / "copy.db")))
    while await checkpoint_pages(sqlite):
        pass
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await checkpoint_pages(sqlite) == 4000


async def checkpoint_pages(database: Database) -> int:
    rows = await database.transaction(lambda conn: conn.fetch("PRAGMA wal_autocheckpoint"))
    return int(next(iter(rows[0].values())))
