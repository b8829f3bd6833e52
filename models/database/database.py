"""The only door to the database: `Database.transaction` runs one piece of work as one transaction.

The convention worth knowing: no transaction is opened anywhere else (a test looks for it). Tortoise 1.1.9 leaves its
connection locked forever when a task is cancelled while it enters a transaction, and hands a running transaction to
tasks created inside it; `transaction` therefore works in a task of its own, in a context of its own, shielded from
cancellation.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Protocol, TypeVar, cast

from tortoise.backends.base.client import TransactionalDBClient, TransactionContext
from tortoise.connection import get_connections
from tortoise.context import TortoiseContext
from tortoise.exceptions import BaseORMException
from tortoise.transactions import in_transaction

from errors import ConfigError
from models.database import sqlite
from models.database.connection import Connection, Unavailable
from models.database.migrate import bring_up_to_date, check_version
from models.database.transaction import TortoiseConnection
from models.tables.registry import TABLE_MODULES

logger = logging.getLogger(__name__)

T = TypeVar("T")

MOST_TRIES = 10  # of a transaction that another one pushes aside, or that got a connection which is dead by now
LONGEST_TRANSACTION_SECONDS = 10.0  # then its connection is cut: the network to the server is broken
LONGEST_MIGRATION_SECONDS = 3600.0  # an index over a large table, or waiting for the node that makes it


class NotBegun(Exception):
    """A transaction did not begin; the reason is its cause."""


class Driver(Protocol):
    """Differences between the databases; `models.database.sqlite` and `models.database.postgres` are two of them."""

    ENGINE: str

    def passes(self, error: BaseException, /) -> bool:
        """Say whether the same work may succeed later."""
        ...

    def conflicts(self, error: BaseException, /) -> bool:
        """Say whether the transaction was rolled back because of another one, so that it may be done again at once."""
        ...

    def stale(self, error: BaseException, /) -> bool:
        """Say whether a pooled connection was dead; another one may live."""
        ...

    async def abandon(self, context: TransactionContext, /) -> None:
        """Give back what a transaction took that could not begin."""


class Database:
    """One open database. Made by `open_database`; close it in a ``finally``, its thread outlives the loop otherwise."""

    def __init__(
        self, tortoise: TortoiseContext, context: contextvars.Context, driver: Driver, url: str, shown: str
    ) -> None:
        self.url = url
        self.shown = shown  # the address without its password
        self.dialect: str = tortoise.db().capabilities.dialect
        self.failed_transactions = 0
        self.versions = (0, 0)  # of the schema: before it was opened, and now
        self._tortoise = tortoise
        self._context = context
        self._driver = driver
        self._transactions: set[asyncio.Task[Any]] = set()
        self._closed = False
        self._snapshots = asyncio.Lock()

    async def transaction(
        self, work: Callable[[Connection], Awaitable[T]], *, longest_seconds: float | None = None
    ) -> T:
        """Run `work` in one transaction and return its result; an exception of `work` rolls everything back.

        A cancelled caller waits until the transaction has ended, committed or not, and is then cancelled. `work` must
        neither open another transaction nor wait for anything but its connection; it is run again when PostgreSQL
        rolled it back for the sake of another transaction.

        Raises:
            Unavailable: the database cannot do it now (disk full, server away); the same work may succeed later. When
                the connection broke during the commit, nobody knows whether it was done.
        """
        if asyncio.current_task() in self._transactions:
            raise RuntimeError("a transaction was opened inside a transaction")
        return await self._shielded(self._committed(work, longest_seconds or LONGEST_TRANSACTION_SECONDS))

    async def snapshot(self, path: str) -> None:
        """Copy the SQLite file as it is between two transactions to `path`; transactions go on, they wait for a
        checkpoint only.

        Without checkpoints everything new goes to the journal, so the file itself stands still while it is copied.

        Raises:
            Unavailable: the copy cannot be written, or the disk is full.
        """
        async with self._snapshots:
            try:
                await self._shielded(self._settings("wal_autocheckpoint = 0", "wal_checkpoint(TRUNCATE)"))
                await sqlite.copy_file(self.shown, path)
            except OSError as error:
                raise Unavailable(f"{path}: не записать ({error}); проверьте папку и место на диске") from error
            finally:
                await self._shielded(self._settings(f"wal_autocheckpoint = {sqlite.SETTINGS['wal_autocheckpoint']}"))

    async def _settings(self, *pragmas: str) -> None:
        async with self._tortoise.db().acquire_connection() as connection:  # the lock that transactions hold
            for pragma in pragmas:
                await connection.execute_fetchall(f"PRAGMA {pragma}")

    async def _shielded(self, work: Coroutine[Any, Any, T]) -> T:
        """Run in a task and a context of its own; a cancelled caller waits for its end first."""
        if self._closed:
            work.close()
            raise Unavailable(f"база {self.shown}: уже закрыта, программа останавливается")
        task = asyncio.create_task(work, context=self._context.copy())
        self._transactions.add(task)
        task.add_done_callback(self._transactions.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            while not task.done():
                await _until_done(task)
            if not task.cancelled() and (error := task.exception()):
                logger.error(
                    "a transaction failed after its caller was cancelled",
                    extra={"action": "database.unit_failed", "error": type(error).__name__},
                )
            raise

    async def _committed(self, work: Callable[[Connection], Awaitable[T]], longest_seconds: float) -> T:
        tries = 0
        while True:
            tries += 1
            try:
                return await self._try(work, longest_seconds)
            except Exception as error:
                cause = _cause_of(error)
                if tries < MOST_TRIES and (
                    self._driver.conflicts(cause) or (isinstance(error, NotBegun) and self._driver.stale(cause))
                ):
                    continue
                self.failed_transactions += 1
                if self._driver.passes(cause):
                    name = type(cause).__name__
                    raise Unavailable(f"база {self.shown}: сейчас недоступна ({name}); повторите позже") from cause
                if isinstance(error, NotBegun):
                    raise cause from None
                raise

    async def _try(self, work: Callable[[Connection], Awaitable[T]], longest_seconds: float) -> T:
        async with self._begun(longest_seconds) as client:
            connection = TortoiseConnection(client)
            try:
                result = await work(connection)
            finally:
                connection.end()
            # Not left to Tortoise: when its own commit fails (disk full), the transaction stays open, and the next one
            # begins by committing it. An error raised here is rolled back.
            try:
                await client.commit()
            except Exception:
                client._finalized = self.dialect == "postgres"  # ended by the server; a rollback would be refused
                raise
            return result

    @asynccontextmanager
    async def _begun(self, longest_seconds: float) -> AsyncIterator[TransactionalDBClient]:
        """A transaction of Tortoise that cleans up when it cannot begin, and ends when the server falls silent."""
        context = in_transaction()
        try:
            client = await context.__aenter__()
        except Exception as error:
            if (token := getattr(context, "token", None)) is not None:
                get_connections().reset(token)  # or the next try would believe itself inside this one
            await self._driver.abandon(context)
            raise NotBegun from error
        guard = None
        if self.dialect == "postgres":
            terminate = cast(Any, client)._connection.terminate
            guard = asyncio.get_running_loop().call_later(longest_seconds, terminate)
        try:
            async with _entered(context):
                yield client
        finally:
            if guard:
                guard.cancel()

    async def close(self) -> None:
        """Wait for the transactions under way, then release the file; a second call does nothing."""
        self._closed = True
        if self._transactions:
            await asyncio.wait(self._transactions)
        await asyncio.create_task(self._tortoise.close_connections(), context=self._context.copy())


@asynccontextmanager
async def _entered(context: TransactionContext) -> AsyncIterator[None]:
    """Leave a transaction that was entered by hand as ``async with`` would."""
    try:
        yield
    except BaseException as error:
        await context.__aexit__(type(error), error, error.__traceback__)
        raise
    else:
        await context.__aexit__(None, None, None)


def _cause_of(error: BaseException) -> BaseException:
    """The database's own error under Tortoise's."""
    while isinstance(error, BaseORMException | NotBegun):
        inner = error.__cause__ or error.__context__
        if inner is None:
            break
        error = inner
    return error


async def open_database(url: str, *, migrate: bool = True) -> Database:
    """Open a database and bring its schema up to date.

    url: ``sqlite:///absolute/file.db``, ``sqlite://:memory:`` or ``asyncpg://user:password@host:5432/name``.
    migrate: False leaves an old schema as it is and refuses it; an empty database gets its schema all the same.

    Raises: `ConfigError` when the address is not understood, another process uses the file, the file cannot be used,
        the server cannot be reached, or the schema is newer than this program.
    """
    for noisy in ("tortoise", "aiosqlite", "asyncpg"):
        logging.getLogger(noisy).setLevel(logging.WARNING)  # below it they log the values, which are personal data
    context = contextvars.copy_context()
    database = await asyncio.create_task(_connect(url, context), context=context)
    try:
        work = bring_up_to_date if migrate else check_version
        database.versions = await database.transaction(work, longest_seconds=LONGEST_MIGRATION_SECONDS)
    except BaseException:
        await database.close()
        raise
    return database


async def _connect(url: str, context: contextvars.Context) -> Database:
    if file := url.removeprefix("sqlite://") if url.startswith("sqlite://") else "":
        tortoise = await _set_up(sqlite.ENGINE, sqlite.credentials(file))
        connecting, driver, shown = sqlite.connect(tortoise.db(), file), cast(Driver, sqlite), file
    elif url.partition("://")[0] in ("asyncpg", "postgres", "postgresql"):
        from models.database import postgres  # its library is loaded where it is used

        address = postgres.parse(url)
        tortoise = await _set_up(postgres.ENGINE, postgres.credentials(address))
        connecting, driver, shown = postgres.connect(tortoise.db(), address), cast(Driver, postgres), address.shown
    else:
        raise ConfigError(
            "database.url: нужен адрес вида sqlite:///полный/путь/domovoy.db"
            " или asyncpg://пользователь:пароль@узел:5432/имя_базы"
        )
    try:
        await connecting
    except BaseException:
        await tortoise.close_connections()
        raise
    return Database(tortoise, context, driver, url, shown)


async def _set_up(engine: str, credentials: dict[str, Any]) -> TortoiseContext:
    tortoise = TortoiseContext()
    tortoise.__enter__()  # for the context of this task, which every transaction copies
    await tortoise.init(
        config={
            "connections": {"default": {"engine": engine, "credentials": credentials}},
            "apps": {"models": {"models": [*TABLE_MODULES], "default_connection": "default"}},
        }
    )
    return tortoise


async def _until_done(task: asyncio.Task[Any]) -> None:
    """Wait for a transaction whose caller is being cancelled, perhaps several times."""
    try:
        await asyncio.wait({task})
    except asyncio.CancelledError:
        return
