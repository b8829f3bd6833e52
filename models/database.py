"""The only door to the database: `Database.unit` runs one piece of work as one transaction.

The convention worth knowing: no transaction is opened anywhere else (a test looks for it). Tortoise 1.1.9 leaves its
connection locked for ever when a task is cancelled while it enters a transaction, and hands a running transaction to
tasks created inside it; `unit` therefore works in a task of its own, in a context of its own, shielded from
cancellation.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import logging
import re
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.context import TortoiseContext
from tortoise.transactions import in_transaction

from channels.contract import ConfigError
from models.migrate import bring_up_to_date, check_version

logger = logging.getLogger(__name__)

T = TypeVar("T")

TENANT = 1

# Applied in this order; the lock has to come before WAL, then no other process can open the file and no shared memory
# file is needed. FULL: an accepted message survives a power cut.
SQLITE_SETTINGS: dict[str, str | int] = {
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


class Connection(Protocol):
    """One transaction; valid only inside the unit that handed it out. Placeholders are `?` on every database."""

    dialect: str  # "sqlite" or "postgres"

    async def fetch(self, sql: str, *args: object) -> list[dict[str, Any]]:
        """Return all rows of a SELECT or of a statement with RETURNING."""
        ...

    async def fetch_one(self, sql: str, *args: object) -> dict[str, Any] | None:
        """Return the first row, if any."""
        ...

    async def execute(self, sql: str, *args: object) -> int:
        """Return how many rows were written."""
        ...

    async def insert(self, sql: str, *args: object) -> int:
        """Insert one row into a table that numbers its rows; return its id. Neither RETURNING nor ON CONFLICT."""
        ...

    async def many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Run one statement for each row of values."""


class Transaction:
    """`Connection` over one open transaction of Tortoise."""

    def __init__(self, client: BaseDBAsyncClient) -> None:
        self._client: BaseDBAsyncClient | None = client
        self.dialect = client.capabilities.dialect
        self._translate = dollars if self.dialect == "postgres" else str

    async def fetch(self, sql: str, *args: object) -> list[dict[str, Any]]:
        return await self._open().execute_query_dict(self._translate(sql), list(args))

    async def fetch_one(self, sql: str, *args: object) -> dict[str, Any] | None:
        rows = await self.fetch(sql, *args)
        return rows[0] if rows else None

    async def execute(self, sql: str, *args: object) -> int:
        if self.dialect == "postgres" and sql.lstrip()[:6].upper() == "INSERT":
            return len(await self.fetch(sql + " RETURNING 1", *args))  # Tortoise counts no inserts there
        return (await self._open().execute_query(self._translate(sql), list(args)))[0]

    async def insert(self, sql: str, *args: object) -> int:
        if self.dialect == "postgres":
            return int((await self.fetch(sql + " RETURNING id", *args))[0]["id"])
        return cast(int, await self._open().execute_insert(sql, list(args)))

    async def many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        if rows:
            await self._open().execute_many(self._translate(sql), [list(row) for row in rows])

    def end(self) -> None:
        self._client = None

    def _open(self) -> BaseDBAsyncClient:
        if self._client is None:
            raise RuntimeError("a connection was used after its unit had ended")
        return self._client


class Database:
    """One open database. Made by `open_database`; close it in a ``finally``, its thread outlives the loop otherwise."""

    def __init__(self, tortoise: TortoiseContext, context: contextvars.Context) -> None:
        self._tortoise = tortoise
        self._context = context
        self._units: set[asyncio.Task[Any]] = set()
        self.dialect: str = tortoise.db().capabilities.dialect

    async def unit(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Run `work` in one transaction and return its result; an exception of `work` rolls everything back.

        A cancelled caller waits until the transaction has ended, committed or not, and is then cancelled. `work` must
        neither open another unit nor wait for anything but its connection.
        """
        if asyncio.current_task() in self._units:
            raise RuntimeError("a unit was opened inside a unit")
        task = asyncio.create_task(self._transaction(work), context=self._context.copy())
        self._units.add(task)
        task.add_done_callback(self._units.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            while not task.done():
                await _until_done(task)
            if not task.cancelled() and (error := task.exception()):
                logger.error(
                    "a unit failed after its caller was cancelled",
                    extra={"action": "database.unit_failed", "error": type(error).__name__},
                )
            raise

    async def _transaction(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        async with in_transaction() as client:
            connection = Transaction(client)
            try:
                result = await work(connection)
            finally:
                connection.end()
            # Not left to Tortoise: when its own commit fails (disk full), the transaction stays open, and the next one
            # begins by committing it. An error raised here is rolled back.
            await client.commit()
            return result

    async def close(self) -> None:
        """Wait for the units under way, then release the file; a second call does nothing."""
        if self._units:
            await asyncio.wait(self._units)
        await asyncio.create_task(self._tortoise.close_connections(), context=self._context.copy())


async def open_database(url: str, *, migrate: bool = True) -> Database:
    """Open ``sqlite:///absolute/file.db`` (or ``sqlite://:memory:``) and bring its schema up to date.

    migrate: False only checks that the schema is the one this program knows.

    Raises: `ConfigError` when the address is not understood, another process uses the file, the file cannot be used,
        or the schema is newer than this program.
    """
    if not url.startswith("sqlite://") or not (file := url.removeprefix("sqlite://")):
        raise ConfigError("database.url: нужен адрес вида sqlite:///полный/путь/domovoy.db")
    for noisy in ("tortoise", "aiosqlite"):
        logging.getLogger(noisy).setLevel(logging.WARNING)  # below it they log the values, which are personal data
    context = contextvars.copy_context()
    tortoise = await asyncio.create_task(_connect(file), context=context)
    database = Database(tortoise, context)
    try:
        await database.unit(bring_up_to_date if migrate else check_version)
    except BaseException:
        await database.close()
        raise
    return database


async def _connect(file: str) -> TortoiseContext:
    tortoise = TortoiseContext()
    tortoise.__enter__()  # for the context of this task, which every unit copies
    credentials = {"file_path": file, **SQLITE_SETTINGS}
    await tortoise.init(
        config={
            "connections": {"default": {"engine": "tortoise.backends.sqlite", "credentials": credentials}},
            "apps": {"models": {"models": ["models.tables"], "default_connection": "default"}},
        }
    )
    try:
        if file != ":memory:":
            Path(file).touch(mode=0o600)  # personal data: nobody else on this machine reads it
        await tortoise.db().create_connection(with_db=True)
    except (OSError, sqlite3.Error) as error:
        await tortoise.close_connections()
        raise ConfigError(_explain(file, error)) from error
    return tortoise


def _explain(file: str, error: Exception) -> str:
    if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
        return f"база {file}: с ней уже работает другой процесс; остановите его или выберите другую папку: --data ПАПКА"
    return f"база {file}: ею нельзя пользоваться: {error}"


async def _until_done(task: asyncio.Task[Any]) -> None:
    """Wait for a unit whose caller is being cancelled, perhaps several times."""
    try:
        await asyncio.wait({task})
    except asyncio.CancelledError:
        return


_QUOTED_OR_MARK = re.compile(r"'(?:[^']|'')*'|\?")


@functools.lru_cache(maxsize=1024)
def dollars(sql: str) -> str:
    """Turn `?` placeholders into ``$1``, ``$2`` ..., leaving quoted text alone."""
    count = 0

    def replace(match: re.Match[str]) -> str:
        nonlocal count
        if match[0] != "?":
            return match[0]
        count += 1
        return f"${count}"

    return _QUOTED_OR_MARK.sub(replace, sql)
