"""SQLite behind `models.database.database`: how the file is opened, and which of its errors pass by themselves."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from pathlib import Path
from typing import Any, cast

from tortoise.backends.base.client import BaseDBAsyncClient, TransactionContext
from tortoise.backends.sqlite.client import SqliteTransactionContext

from errors import ConfigError

ENGINE = "tortoise.backends.sqlite"

# Applied in this order; the lock has to come before WAL, then no other process can open the file and no shared memory
# file is needed. FULL: an accepted message survives a power cut.
SETTINGS: dict[str, str | int] = {
    "busy_timeout": 0,
    "locking_mode": "EXCLUSIVE",
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "wal_autocheckpoint": 4000,
    "journal_size_limit": 67_108_864,
    "cache_size": -65_536,
    "temp_store": "MEMORY",
    "foreign_keys": "ON",
}
PASSING = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)


def credentials(file: str) -> dict[str, Any]:
    return {"file_path": file, **SETTINGS}


async def connect(client: BaseDBAsyncClient, file: str) -> None:
    """Open the file. Raises `ConfigError` when it is in use or cannot be used."""
    try:
        if file != ":memory:":
            Path(file).touch(mode=0o600)  # personal data: nobody else on this machine reads it
        await client.create_connection(with_db=True)
    except (OSError, sqlite3.Error) as error:
        raise ConfigError(explain(file, error)) from error


def explain(file: str, error: Exception) -> str:
    """Say in Russian why a file cannot be opened or written."""
    if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
        return f"база {file}: с ней уже работает другой процесс; остановите его или выберите другую папку: --data ПАПКА"
    return f"база {file}: ею нельзя пользоваться: {error}"


async def copy_file(file: str, target: str) -> None:
    """Copy the bytes of a database in a process of its own: closing the file here would give up our lock on it.

    Raises:
        OSError: it was not copied.
    """
    code = "import shutil, sys; shutil.copyfile(sys.argv[1], sys.argv[2])"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-c", code, file, target),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise OSError(said.decode(errors="replace").strip().rpartition("\n")[2])


def passes(error: BaseException) -> bool:
    """Say whether the same work may succeed later: the disk is full, the file is in use or cannot be written now."""
    return isinstance(error, sqlite3.Error) and (getattr(error, "sqlite_errorcode", 0) & 0xFF) in PASSING


def conflicts(error: BaseException) -> bool:
    """Never: one connection writes."""
    return False


def stale(error: BaseException) -> bool:
    """Never: there is no pool."""
    return False


async def abandon(context: TransactionContext) -> None:
    """Give back the connection after its transaction could not begin; Tortoise 1.1.9 keeps it locked forever."""
    cast(SqliteTransactionContext, context)._trxlock.release()
