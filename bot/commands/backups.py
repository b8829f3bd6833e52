"""`./domovoy backup`, `restore` and `copy`. A backup is always one SQLite file with our schema."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bot.admin.installation import database_url, make_data_folder
from bot.admin.socket import ask_running
from bot.process.progress import Progress
from bot.settings.schema import Settings
from errors import ConfigError
from models.copy import copier as copying
from models.copy import sqlite
from models.copy.copier import Copied
from models.database.atomic_file import new_file
from models.database.database import open_database
from models.database.migrate import migrations

LONGEST_BACKUP_SECONDS = 3600.0
HINT_REPLACE = "добавьте --replace: прежняя база останется рядом"


def finish(work: Coroutine[Any, Any, int]) -> int:
    """Run a command of this module to its end. Ctrl-C changes nothing."""
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        print("\ndomovoy: прервано, ничего не записано", file=sys.stderr)
        return 1


async def copy(source_url: str, target_url: str) -> int:
    """Copy everything from one database into an empty one; the last printed line is JSON."""
    started = time.monotonic()
    if file := copying.file_of(source_url):
        advise_about_files(file.parent / "files")
    async with copying.open_source(source_url) as source:
        if source.version < len(migrations()):
            raise ConfigError(
                f"--from: схема базы {source.version}, а программе нужна {len(migrations())}; обновите её:"
                " ./domovoy migrate"
            )
        async with copying.open_target(target_url, source.version) as target:
            copied = await copying.copy(source, target, Progress())
    print_copied(copied)
    rows = sum(table.rows for table in copied)
    seconds = round(time.monotonic() - started, 1)
    print(json.dumps({"tables": len(copied), "rows": rows, "same": True, "seconds": seconds}))
    return 0


def print_copied(copied: list[Copied]) -> None:
    """Print the copied and compared tables."""
    print(f"{'таблица':20} {'строк':>12}  контрольная сумма (совпала)")
    for table in copied:
        print(f"{table.table:20} {table.rows:>12}  {table.checksum}")


async def backup(settings: Settings, data: Path, file: Path, *, force: bool) -> int:
    """Write all data into one file, whether the program runs or not."""
    file = file.absolute()
    url = database_url(settings, data)
    if file.exists() and not force:
        raise ConfigError(f"{file}: такой файл уже есть; выберите другое имя или добавьте --force")
    database = copying.file_of(url)
    if database and file.exists() and database.exists() and file.samefile(database):
        raise ConfigError(f"{file}: это сама база; для копии нужно другое имя")
    advise_about_files(data / "files")
    with new_file(file) as part:
        if database:
            await _backup_file(database, data, part)
        else:
            await _backup_server(url, part)
        counts = await asyncio.to_thread(sqlite.check, part)
    size = file.stat().st_size / 1_000_000
    print(f"Копия готова и проверена: {file}, строк {sum(counts.values())}, {size:.1f} МБ.")
    return 0


async def _backup_file(database: Path, data: Path, part: Path) -> None:
    request = {"action": "backup", "path": str(part)}
    if await ask_running(data, request, LONGEST_BACKUP_SECONDS) is None:
        await asyncio.to_thread(sqlite.vacuum_into, database, part)
    await asyncio.to_thread(sqlite.settle, part)


async def _backup_server(url: str, part: Path) -> None:
    async with copying.open_source(url) as source, sqlite.filling(part, source.version) as target:
        await copying.copy(source, target, Progress())


async def restore(settings: Settings, data: Path, file: Path, *, replace: bool) -> int:
    """Restore a backup into an empty database. replace: also into the place of a filled SQLite file, which is kept."""
    make_data_folder(data)
    url = database_url(settings, data)
    if file.with_name(file.name + "-wal").exists():
        raise ConfigError(
            f"{file}: рядом лежит {file.name}-wal: это файл работавшей базы, а не копия; сделайте её: ./domovoy backup"
        )
    if database := copying.file_of(url):
        previous = await _restore_file(file, database.absolute(), replace=replace)
        if previous:
            print(f"Прежняя база сохранена: {previous}")
    elif replace:
        raise ConfigError(
            "--replace: только для SQLite; для PostgreSQL создайте пустую базу и укажите её в database.url"
        )
    else:
        await _restore_server(file, url, data)
    print("Восстановлено. Теперь запустите: ./domovoy run")
    return 0


async def _restore_file(file: Path, database: Path, *, replace: bool) -> Path | None:
    previous = None
    with _emptied(database, replace=replace) as filled, new_file(database) as part:
        await _take(file, part)
        if filled:
            previous = _save_previous(database)
        sqlite.remove_journals(database)
    return previous


@contextmanager
def _emptied(database: Path, *, replace: bool) -> Iterator[bool]:
    """Lock the file that will be replaced; yield whether it holds data to keep."""
    if not database.exists() or database.stat().st_size == 0:
        yield False
        return
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(sqlite.locked(database))
            if not replace:
                sqlite.refuse_rows(database, connection, HINT_REPLACE)
            connection.execute("PRAGMA journal_mode = DELETE")  # everything is in the one file now
        except (ConfigError, sqlite3.Error) as error:
            if not sqlite.is_damaged(error):
                raise
            if not replace:
                raise ConfigError(f"база {database}: файл повреждён; {HINT_REPLACE}") from error
        yield True


def _save_previous(database: Path) -> Path:
    """Give the old files a second name, so a database exists under its own name at every moment."""
    name = f"{database.name}.before-restore-{time.strftime('%Y%m%d-%H%M%S')}"
    names = (database.with_name(name + f"-{n}" * bool(n)) for n in itertools.count())
    previous = next(path for path in names if not path.exists())
    for end in ("", "-wal"):
        old, new = database.with_name(database.name + end), previous.with_name(previous.name + end)
        if old.exists():
            try:
                os.link(old, new)
            except OSError:  # a file system without links
                shutil.copy2(old, new)
    return previous


async def _take(file: Path, part: Path) -> None:
    """Copy a backup, check the copy and migrate it; the backup itself is only read. Raises `ConfigError`."""
    sqlite.check_header(file)
    try:
        await asyncio.to_thread(shutil.copyfile, file, part)
    except OSError as error:
        raise ConfigError(f"{file}: не копируется: {os.strerror(error.errno or 0)}") from error
    await asyncio.to_thread(sqlite.check, part, file)
    await (await open_database(f"sqlite://{part}")).close()


async def _restore_server(file: Path, url: str, data: Path) -> None:
    with tempfile.TemporaryDirectory(dir=data) as folder:
        part = Path(folder) / "restore.db"
        part.touch(mode=0o600)
        await _take(file, part)
        async with sqlite.source(part) as source, copying.open_target(url, source.version) as target:
            print_copied(await copying.copy(source, target, Progress()))


def advise_about_files(folder: Path) -> None:
    """Warn about photos of an older version, which lie beside the database until the first start or migration."""
    if folder.is_dir() and any(folder.iterdir()):
        print(
            f"совет: в {folder} лежат файлы прежней версии, в копию они не попадут;"
            " ./domovoy migrate заберёт в базу те, что относятся к сообщениям",
            file=sys.stderr,
        )
