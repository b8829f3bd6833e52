"""What an administrator types about backups, without a running program; `tests/e2e/test_backup.py` has one."""

from __future__ import annotations

import io
import json
import sqlite3
from pathlib import Path

import pytest

from bot.commands import backups
from bot.process.progress import Progress
from bot.settings.schema import DatabaseSettings, Settings
from errors import ConfigError
from models.database.connection import Connection
from models.database.database import open_database
from models.database.migrate import migrations
from tests.models.database import catalogue
from tests.models.filler import Rows, all_rows, fill_all

SQLITE = Settings()


@pytest.fixture
async def data(tmp_path: Path) -> Path:
    """A data folder with rows in every table."""
    folder = tmp_path / "data"
    folder.mkdir()
    database = await open_database(f"sqlite://{folder / 'domovoy.db'}")
    await database.transaction(fill)
    await database.close()
    return folder


async def fill(conn: Connection) -> None:
    await fill_all(conn, await catalogue.of_database(conn), 5)


async def rows_of(url: str | Path) -> dict[str, Rows]:
    async def work(conn: Connection) -> dict[str, Rows]:
        return await all_rows(conn, await catalogue.of_database(conn))

    database = await open_database(url if isinstance(url, str) else f"sqlite://{url}")
    try:
        return await database.transaction(work)
    finally:
        await database.close()


async def test_backup_is_one_file_with_every_row_for_its_owner_only(data: Path, tmp_path: Path) -> None:
    assert await backups.backup(SQLITE, data, tmp_path / "a.db", force=False) == 0
    assert (tmp_path / "a.db").stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.db", "data"]
    assert await rows_of(tmp_path / "a.db") == await rows_of(data / "domovoy.db")


async def test_backup_replaces_a_file_only_when_asked_and_never_the_database(data: Path, tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("precious")
    with pytest.raises(ConfigError, match="--force"):
        await backups.backup(SQLITE, data, tmp_path / "a.db", force=False)
    assert (tmp_path / "a.db").read_text() == "precious"
    await backups.backup(SQLITE, data, tmp_path / "a.db", force=True)
    with pytest.raises(ConfigError, match="это сама база"):
        await backups.backup(SQLITE, data, data / "domovoy.db", force=True)
    assert await rows_of(tmp_path / "a.db") == await rows_of(data / "domovoy.db")


async def test_failed_backup_keeps_the_older_one(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("yesterday's")
    with pytest.raises(ConfigError, match="такого файла нет"):
        await backups.backup(SQLITE, tmp_path / "nothing", tmp_path / "a.db", force=True)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.db", "yesterday's")]


async def test_restored_backup_is_the_same_and_the_old_database_is_kept(data: Path, tmp_path: Path) -> None:
    before = await rows_of(data / "domovoy.db")
    await backups.backup(SQLITE, data, tmp_path / "a.db", force=False)
    await change(data)
    changed = await rows_of(data / "domovoy.db")
    assert await backups.restore(SQLITE, data, tmp_path / "a.db", replace=True) == 0
    assert await rows_of(data / "domovoy.db") == before
    (kept,) = data.glob("domovoy.db.before-restore-*")
    assert await rows_of(kept) == changed
    await backups.restore(SQLITE, data, tmp_path / "a.db", replace=True)
    assert len(list(data.glob("domovoy.db.before-restore-*"))) == 2


async def change(data: Path) -> None:
    database = await open_database(f"sqlite://{data / 'domovoy.db'}")
    await database.transaction(lambda conn: conn.execute("DELETE FROM ticket"))
    await database.close()


async def test_restore_leaves_a_filled_database_alone_unless_asked(data: Path, tmp_path: Path) -> None:
    await backups.backup(SQLITE, data, tmp_path / "a.db", force=False)
    await change(data)
    before = await rows_of(data / "domovoy.db")
    with pytest.raises(ConfigError, match=r"уже есть данные .*--replace"):
        await backups.restore(SQLITE, data, tmp_path / "a.db", replace=False)
    assert await rows_of(data / "domovoy.db") == before


async def test_restore_goes_into_a_new_folder_and_into_an_empty_database(data: Path, tmp_path: Path) -> None:
    await backups.backup(SQLITE, data, tmp_path / "a.db", force=False)
    await backups.restore(SQLITE, tmp_path / "new", tmp_path / "a.db", replace=False)
    (tmp_path / "empty").mkdir()
    await (await open_database(f"sqlite://{tmp_path / 'empty' / 'domovoy.db'}")).close()
    await backups.restore(SQLITE, tmp_path / "empty", tmp_path / "a.db", replace=False)
    for folder in ("new", "empty"):
        assert await rows_of(tmp_path / folder / "domovoy.db") == await rows_of(data / "domovoy.db")


async def test_restore_waits_for_the_program_to_be_stopped(data: Path, tmp_path: Path) -> None:
    await backups.backup(SQLITE, data, tmp_path / "a.db", force=False)
    database = await open_database(f"sqlite://{data / 'domovoy.db'}")
    with pytest.raises(ConfigError, match="уже работает другой процесс"):
        await backups.restore(SQLITE, data, tmp_path / "a.db", replace=True)
    await database.close()
    assert list(data.iterdir()) == [data / "domovoy.db"]


async def test_damaged_database_is_replaced_and_kept(data: Path, tmp_path: Path) -> None:
    await backups.backup(SQLITE, data, tmp_path / "a.db", force=False)
    before = await rows_of(data / "domovoy.db")
    (data / "domovoy.db").write_bytes(b"what a disk left of it" * 1000)
    with pytest.raises(ConfigError, match="файл повреждён; добавьте --replace"):
        await backups.restore(SQLITE, data, tmp_path / "a.db", replace=False)
    await backups.restore(SQLITE, data, tmp_path / "a.db", replace=True)
    assert await rows_of(data / "domovoy.db") == before
    assert len(list(data.glob("domovoy.db.before-restore-*"))) == 1


def foreign(folder: Path) -> Path:
    with sqlite3.connect(folder / "bad.db") as connection:
        connection.execute("CREATE TABLE birds (name TEXT)")
    connection.close()
    return folder / "bad.db"


def pretending(folder: Path) -> Path:
    with sqlite3.connect(foreign(folder)) as connection:
        connection.execute("CREATE TABLE schema_version (version INTEGER)")
        connection.execute("INSERT INTO schema_version VALUES (?)", (len(migrations()),))
    connection.close()
    return folder / "bad.db"


def newer(folder: Path) -> Path:
    with sqlite3.connect(pretending(folder)) as connection:
        connection.execute("UPDATE schema_version SET version = 999")
    connection.close()
    return folder / "bad.db"


def no_database(folder: Path) -> Path:
    (folder / "bad.db").write_text("a letter")
    return folder / "bad.db"


def cut_off(folder: Path) -> Path:
    data = (folder / "a.db").read_bytes()
    (folder / "bad.db").write_bytes(data[: len(data) // 2])
    return folder / "bad.db"


def overwritten(folder: Path) -> Path:
    data = bytearray((folder / "a.db").read_bytes())
    data[8192:20000] = bytes(11808)
    (folder / "bad.db").write_bytes(data)
    return folder / "bad.db"


def of_a_running_program(folder: Path) -> Path:
    (folder / "bad.db").write_bytes((folder / "a.db").read_bytes())
    (folder / "bad.db-wal").write_bytes(b"what was written last")
    return folder / "bad.db"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (foreign, "это не база Домового"),
        (pretending, "таблицы не те"),
        (newer, "её схема 999 новее"),
        (no_database, "это не резервная копия"),
        (cut_off, "файл повреждён"),
        (overwritten, "файл повреждён"),
        (of_a_running_program, "файл работавшей базы"),
        (lambda folder: folder / "absent.db", "не читается"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_file_that_is_no_backup_changes_nothing(make: object, said: str, data: Path, tmp_path: Path) -> None:
    await backups.backup(SQLITE, data, tmp_path / "a.db", force=False)
    before = await rows_of(data / "domovoy.db")
    assert callable(make)
    with pytest.raises(ConfigError, match=said):
        await backups.restore(SQLITE, data, make(tmp_path), replace=True)
    assert await rows_of(data / "domovoy.db") == before
    assert list(data.iterdir()) == [data / "domovoy.db"]


async def test_older_backup_is_migrated_after_restoring(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await old_database(tmp_path / "old.db", monkeypatch)
    await backups.backup(at(f"sqlite://{tmp_path / 'old.db'}"), tmp_path, tmp_path / "a.db", force=False)
    backup = (tmp_path / "a.db").read_bytes()
    await backups.restore(SQLITE, tmp_path / "new", tmp_path / "a.db", replace=False)
    await backups.restore(at(postgres_url), tmp_path / "new", tmp_path / "a.db", replace=False)
    for found in (await rows_of(tmp_path / "new" / "domovoy.db"), await rows_of(postgres_url)):
        assert len(found["house"][1]) == 50
        assert len(found["file_content"][1]) == 0
    assert (tmp_path / "a.db").read_bytes() == backup


async def old_database(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = file.with_suffix(".migrations")
    folder.mkdir()
    for migration in migrations()[:2]:
        (folder / f"{migration.version:04}_{migration.name}.sql").write_text(migration.sql, encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "__defaults__", (folder,))
        database = await open_database(f"sqlite://{file}")
    await database.transaction(fill)
    await database.close()


def at(url: str) -> Settings:
    return Settings(database=DatabaseSettings(url=url))


async def test_backup_of_a_server_is_restored_into_a_file_and_into_an_empty_server(
    postgres_url: str, second_postgres_url: str, tmp_path: Path
) -> None:
    database = await open_database(postgres_url)
    await database.transaction(fill)
    await backups.backup(at(postgres_url), tmp_path, tmp_path / "a.db", force=False)
    await database.close()
    await backups.restore(SQLITE, tmp_path / "new", tmp_path / "a.db", replace=False)
    await backups.restore(at(second_postgres_url), tmp_path / "new", tmp_path / "a.db", replace=False)
    expected = await rows_of(postgres_url)
    assert await rows_of(second_postgres_url) == expected
    assert await rows_of(tmp_path / "new" / "domovoy.db") == expected
    with pytest.raises(ConfigError, match="уже есть данные"):
        await backups.restore(at(postgres_url), tmp_path / "new", tmp_path / "a.db", replace=False)
    with pytest.raises(ConfigError, match="только для SQLite"):
        await backups.restore(at(postgres_url), tmp_path / "new", tmp_path / "a.db", replace=True)


async def test_copy_ends_with_a_line_for_programs(
    data: Path, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await backups.copy(f"sqlite://{data / 'domovoy.db'}", postgres_url) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    expected = await rows_of(data / "domovoy.db")
    assert await rows_of(postgres_url) == expected
    rows = sum(len(found) for _, found in expected.values())
    assert told | {"seconds": 0} == {"tables": len(expected), "rows": rows, "same": True, "seconds": 0}


async def test_copy_of_an_old_schema_says_what_helps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await old_database(tmp_path / "old.db", monkeypatch)
    with pytest.raises(ConfigError, match=r"\./domovoy migrate"):
        await backups.copy(f"sqlite://{tmp_path / 'old.db'}", f"sqlite://{tmp_path / 'new.db'}")
    assert not (tmp_path / "new.db").exists()


async def test_files_of_an_older_version_are_told_of(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "files").mkdir()
    (data / "files" / "a1").write_bytes(b"x")
    await backups.backup(SQLITE, data, tmp_path / "a.db", force=False)
    assert "./domovoy migrate" in capsys.readouterr().err


def test_interrupted_command_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    async def interrupted() -> int:
        raise KeyboardInterrupt

    assert backups.finish(interrupted()) == 1
    assert "ничего не записано" in capsys.readouterr().err


def test_progress_writes_few_lines_into_a_log_and_redraws_a_terminal() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    log, terminal, now = io.StringIO(), Terminal(), [0.0]
    for out in (log, terminal):
        now[0] = 0.0
        progress = Progress(out, clock=lambda: now[0])
        for done in range(0, 2001, 100):
            progress(done, 2000, "копирую ticket")
            now[0] += 1
    assert log.getvalue().splitlines()[0].split("  ") == [" 25%", "500 из 2 000", "копирую ticket"]
    assert len(log.getvalue().splitlines()) == 4
    assert terminal.getvalue().count("\r") == 20
    assert terminal.getvalue().endswith("[########################] 100%  2 000 из 2 000  копирую ticket\n")
