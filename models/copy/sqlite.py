"""SQLite as source and target of a copy, and a copy of the file as it is."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

from errors import ConfigError
from models.copy.table import Row, Table
from models.database.atomic_file import new_file
from models.database.migrate import NOTE, VERSIONS, migrations, refuse_newer
from models.database.sqlite import explain

HEADER = b"SQLite format 3\x00"


class SqliteRows:
    """Implements `models.copy.copier.Source` and `Target` over one connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    @property
    def version(self) -> int:
        return int(self.connection.execute("SELECT MAX(version) FROM schema_version").fetchone()[0])

    async def tables(self) -> list[Table]:
        return tables_of(self.connection)

    async def count(self, table: Table) -> int:
        return count(self.connection, table.name)

    async def rows(self, table: Table) -> AsyncIterator[Row]:
        for row in self.connection.execute(table.select):
            yield row

    async def last_ids(self) -> Mapping[str, int]:
        return dict(self.connection.execute("SELECT name, seq FROM sqlite_sequence"))

    async def clear(self, table: Table) -> None:
        self.connection.execute(f'DELETE FROM "{table.name}"')  # noqa: S608  # a name of our catalogue

    async def write(self, table: Table, rows: Sequence[Row]) -> None:
        placeholders = ", ".join("?" * len(table.columns))
        self.connection.executemany(f'INSERT INTO "{table.name}" ({table.listed}) VALUES ({placeholders})', rows)  # noqa: S608

    async def set_last_id(self, table: str, last: int) -> None:
        self.connection.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
        self.connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, last))


def tables_of(connection: sqlite3.Connection) -> list[Table]:
    """Return the tables of a database, without `schema_version`."""
    found = []
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    ).fetchall()
    for (name,) in names:
        info = connection.execute(f'PRAGMA table_info("{name}")').fetchall()
        columns = tuple(sorted(row[1] for row in info))
        key = tuple(row[1] for row in sorted(info, key=lambda row: int(row[5])) if row[5])
        if name != "schema_version":
            found.append(Table(name, columns, key, any(row[2] == "BLOB" for row in info)))
    return found


def count(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f'SELECT COUNT(*) FROM "{table}"').fetchone()[0])  # noqa: S608  # of our catalogue


def make_schema(connection: sqlite3.Connection, version: int) -> None:
    """Apply the migrations up to a version to an empty database."""
    connection.execute(VERSIONS)
    for migration in migrations()[:version]:
        for statement in migration.statements("sqlite"):
            connection.execute(statement)
        connection.execute(NOTE, migration.note())


def fresh(version: int) -> sqlite3.Connection:
    """A database in memory as the migrations leave it: what an empty one looks like."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    make_schema(connection, version)
    return connection


def refuse_filled(shown: str, counts: Mapping[str, int], version: int, helps: str = "нужна пустая база") -> None:
    """Raise `ConfigError` when a table has more rows than the migrations put there; `helps` says what to do."""
    with closing(fresh(version)) as empty:
        filled = [table for table, rows in counts.items() if rows > count(empty, table)]
    if filled:
        raise ConfigError(f"база {shown}: в ней уже есть данные ({', '.join(filled[:3])}); {helps}")


@contextmanager
def locked(file: Path) -> Iterator[sqlite3.Connection]:
    """Open an existing file alone; nobody else can use it until the end of the block.

    Raises:
        ConfigError: there is no such file, it is in use, damaged, or no database.
    """
    if not file.is_file():
        raise ConfigError(f"база {file}: такого файла нет")
    connection = sqlite3.connect(file.resolve().as_uri() + "?mode=rw", uri=True, isolation_level=None, timeout=0)
    try:
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("ROLLBACK")  # the lock stays
            yield connection
        except sqlite3.Error as error:
            raise ConfigError(explain(str(file), error)) from error
    finally:
        connection.close()


def is_damaged(error: BaseException) -> bool:
    """Say whether `locked` or a statement failed because the file is broken, not because somebody uses it."""
    cause = error.__cause__ or error
    return isinstance(cause, sqlite3.DatabaseError) and not isinstance(cause, sqlite3.OperationalError)


def version_of(file: Path, connection: sqlite3.Connection) -> int:
    """Return the schema's version. Raises `ConfigError`: no database of Domovoy, or newer than this program."""
    try:
        version = SqliteRows(connection).version
    except (sqlite3.OperationalError, TypeError) as error:
        raise ConfigError(f"{file}: это не база Домового") from error
    refuse_newer(version, len(migrations()))
    return version


@asynccontextmanager
async def source(file: Path) -> AsyncIterator[SqliteRows]:
    """See `models.copy.copier.open_source`."""
    with locked(file) as connection:
        version_of(file, connection)
        connection.execute("PRAGMA query_only = ON")
        yield SqliteRows(connection)


@asynccontextmanager
async def target(file: Path, version: int) -> AsyncIterator[SqliteRows]:
    """See `models.copy.copier.open_target`. An empty database in its place is replaced."""
    with _held_empty(file), new_file(file) as part:
        async with filling(part, version) as rows:
            yield rows
        check(part)
        remove_journals(file)


@asynccontextmanager
async def filling(part: Path, version: int) -> AsyncIterator[SqliteRows]:
    """Make the schema in an empty file and fill it; after an error the file is worth nothing."""
    with closing(sqlite3.connect(part, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")  # `new_file` does it once
        try:
            connection.execute("BEGIN")
            make_schema(connection, version)
            yield SqliteRows(connection)
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise ConfigError(explain(str(part), error)) from error


@contextmanager
def _held_empty(file: Path) -> Iterator[None]:
    """Keep others away from the empty database that will be replaced."""
    if not file.exists() or file.stat().st_size == 0:
        yield
        return
    with locked(file) as connection:
        refuse_rows(file, connection)
        connection.execute("PRAGMA journal_mode = DELETE")  # no journal is left to the file that comes instead
        yield


def refuse_rows(file: Path, connection: sqlite3.Connection, helps: str = "нужна пустая база") -> None:
    """As `refuse_filled`, for a file."""
    counts = {table.name: count(connection, table.name) for table in tables_of(connection)}
    refuse_filled(str(file), counts, version_of(file, connection), helps)


def remove_journals(file: Path) -> None:
    """Of a database that is gone; applied to the next file of this name they would destroy it."""
    for end in ("-wal", "-shm", "-journal"):
        file.with_name(file.name + end).unlink(missing_ok=True)


def settle(part: Path) -> None:
    """Take a copied file out of WAL mode, so that reading it anywhere makes no other files. Raises `ConfigError`."""
    with locked(part) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def vacuum_into(file: Path, part: Path) -> None:
    """Write the database of a stopped program into `part`, whatever its version. Raises `ConfigError`."""
    with locked(file) as connection:
        os.truncate(part, 0)
        connection.execute("VACUUM INTO ?", (str(part),))


def check_header(file: Path) -> None:
    """Raise `ConfigError` when a file is no SQLite database, or not there."""
    try:
        with file.open("rb") as opened:
            if opened.read(len(HEADER)) == HEADER:
                return
    except OSError as error:
        raise ConfigError(f"{file}: не читается: {os.strerror(error.errno or 0)}") from error
    raise ConfigError(f"{file}: это не резервная копия Домового")


def check(file: Path, named: Path | None = None) -> dict[str, int]:
    """Look whether a file is a whole database of ours; return the rows of each table. Errors say `named`.

    Raises:
        ConfigError: it is damaged, no database of Domovoy, or newer than this program.

    Nobody may write the file meanwhile: it is read without locks.
    """
    shown = named or file
    try:
        with closing(sqlite3.connect(file.resolve().as_uri() + "?mode=ro&immutable=1", uri=True)) as connection:
            return _checked(shown, connection)
    except sqlite3.Error as error:
        raise ConfigError(f"{shown}: файл повреждён: {error}") from error


def _checked(file: Path, connection: sqlite3.Connection) -> dict[str, int]:
    found = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")]
    if found != ["ok"]:
        raise ConfigError(f"{file}: файл повреждён: {found[0].splitlines()[-1]}")
    with closing(fresh(version_of(file, connection))) as empty:
        if tables_of(connection) != tables_of(empty):
            raise ConfigError(f"{file}: это не база Домового: таблицы не те")
    return {table.name: count(connection, table.name) for table in tables_of(connection)}
