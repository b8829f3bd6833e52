"""Copy a whole database into an empty one, and read the copy back to compare it.

The convention worth knowing: this is the one place beside `Database.transaction` that speaks to a database. A copy is
one transaction that may take an hour, over a connection of its own; transactions are meant for milliseconds.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from errors import ConfigError
from models.copy import sqlite
from models.copy.table import CopyFailed, Row, Table

BATCH_ROWS = 1000
BATCH_BYTES = 8_000_000  # a batch is held in memory

Tell = Callable[[int, int, str], None]  # rows done, rows in all, what is being done


class Source(Protocol):
    """One consistent state of a database, for reading."""

    @property
    def version(self) -> int:
        """The version of its schema."""
        ...

    async def tables(self) -> list[Table]:
        """Return all tables by name, without `schema_version`; columns in alphabetical order."""
        ...

    async def count(self, table: Table) -> int:
        """Return how many rows there are."""
        ...

    def rows(self, table: Table) -> AsyncIterator[Row]:
        """Read all rows, values in the order of `table.columns`, a few in memory at a time."""
        ...

    async def last_ids(self) -> Mapping[str, int]:
        """Return the last number given out by every table that numbers its rows, also when the row is gone."""
        ...


class Target(Source, Protocol):
    """An empty database with the schema; what is written counts when its context ends without an error."""

    async def clear(self, table: Table) -> None:
        """Delete what the migrations put there."""

    async def write(self, table: Table, rows: Sequence[Row]) -> None:
        """Add rows. Raises `CopyFailed` when the database cannot hold a value."""

    async def set_last_id(self, table: str, last: int) -> None:
        """Number the next row with `last` + 1."""


@dataclass(frozen=True, slots=True)
class Copied:
    """A table that was copied and compared; `checksum` covers all values of all rows, in any order."""

    table: str
    rows: int
    checksum: str


class Checksum:
    """Of the rows of a table in any order: databases sort texts differently."""

    def __init__(self) -> None:
        self.count = 0
        self._sum = 0

    def add(self, row: Row) -> None:
        plain = tuple(_digest(value).hex() if isinstance(value, bytes) else value for value in row)
        text = repr(plain).encode("utf-8", "surrogatepass")  # the same for the same whole numbers and texts
        self._sum += int.from_bytes(_digest(text), "big")
        self.count += 1

    def __str__(self) -> str:
        return f"{self._sum % 2**128:032x}"


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()


async def copy(source: Source, target: Target, tell: Tell) -> list[Copied]:
    """Write every row of `source` into `target`, then read them back and compare counts and checksums.

    Raises:
        CopyFailed: the schemas differ, a value does not fit, or the copy is not the same.
    """
    tables = await source.tables()
    if tables != await target.tables():
        raise CopyFailed("копирование: таблицы двух баз разные; обновите схему: ./domovoy migrate")
    total = 2 * sum([await source.count(table) for table in tables])
    written, done = [], 0
    for table in tables:
        await target.clear(table)
        checksum = Checksum()
        async for batch in batches(source.rows(table)):
            await target.write(table, batch)
            for row in batch:
                checksum.add(row)
            done += len(batch)
            tell(done, total, f"копирую {table.name}")
            await asyncio.sleep(0)  # Ctrl-C is heard here; SQLite never waits
        written.append(Copied(table.name, checksum.count, str(checksum)))
    for name, last in (await source.last_ids()).items():
        await target.set_last_id(name, last)
    for table, expected in zip(tables, written, strict=True):
        found = Checksum()
        async for row in target.rows(table):
            found.add(row)
            if found.count % BATCH_ROWS == 0:
                tell(done + found.count, total, f"сверяю {table.name}")
                await asyncio.sleep(0)
        done += found.count
        if Copied(table.name, found.count, str(found)) != expected:
            raise CopyFailed(f"таблица {table.name}: копия не совпала с исходной; ничего не записано, повторите")
    tell(done, total, "готово")
    return written


async def batches(rows: AsyncIterator[Row]) -> AsyncIterator[list[Row]]:
    """Gather rows to `BATCH_ROWS` or `BATCH_BYTES`, whatever comes first."""
    batch: list[Row] = []
    size = 0
    async for row in rows:
        batch.append(row)
        size += sum(len(value) if isinstance(value, str | bytes) else 8 for value in row)
        if len(batch) >= BATCH_ROWS or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def open_source(url: str) -> AbstractAsyncContextManager[Source]:
    """Open a database for reading as it is now; on PostgreSQL others go on writing meanwhile.

    Raises:
        ConfigError: the address is wrong, the SQLite file is in use, or it is no database of ours.
    """
    if file := file_of(url):
        return sqlite.source(file)
    from models.copy import postgres  # its library is loaded where it is used

    return postgres.source(url)


def open_target(url: str, version: int) -> AbstractAsyncContextManager[Target]:
    """Open an empty or new database, its schema made; written when the context ends without an error, else not at all.

    Raises:
        ConfigError: the address is wrong, the database is in use, or it has rows already.
    """
    if file := file_of(url):
        return sqlite.target(file, version)
    from models.copy import postgres

    return postgres.target(url)


def file_of(url: str) -> Path | None:
    """The file of an SQLite address; None: an address of a server. Raises `ConfigError` for a database in memory."""
    if not url.startswith("sqlite://"):
        return None
    file = url.removeprefix("sqlite://")
    if not file or file == ":memory:":
        raise ConfigError(f"{url}: нужен файл: sqlite:///полный/путь/domovoy.db")
    return Path(file)
