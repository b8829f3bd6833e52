"""PostgreSQL as source and target of a copy: one connection and one transaction each, without time limits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it ships no types

from errors import ConfigError
from models.copy import sqlite
from models.copy.table import CopyFailed, Row, Table
from models.database import postgres
from models.database.database import open_database
from models.database.migrate import migrations, refuse_newer

PATIENT = {"statement_timeout": "0", "idle_in_transaction_session_timeout": "0"}
AT_A_TIME, FILES_AT_A_TIME = 200, 2  # rows that the server sends at once


class PostgresRows:
    """Implements `models.copy.copier.Source` and `Target` inside one transaction."""

    def __init__(self, connection: Any, version: int) -> None:
        self._connection = connection
        self.version = version

    async def tables(self) -> list[Table]:
        rows = await self._connection.fetch(
            'SELECT c.table_name AS name, array_agg(c.column_name::text ORDER BY c.column_name::text COLLATE "C")'
            " AS columns, bool_or(c.data_type = 'bytea') AS has_bytes, ("
            "SELECT array_agg(a.attname::text ORDER BY array_position(x.indkey::int2[], a.attnum)) FROM pg_index x"
            " JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = ANY (x.indkey)"
            " WHERE x.indisprimary AND x.indrelid = to_regclass(quote_ident(c.table_name))) AS key"
            " FROM information_schema.columns c WHERE c.table_schema = current_schema()"
            " AND c.table_name <> 'schema_version' GROUP BY c.table_name ORDER BY c.table_name::text COLLATE \"C\""
        )
        return [Table(row["name"], tuple(row["columns"]), tuple(row["key"] or ()), row["has_bytes"]) for row in rows]

    async def count(self, table: Table) -> int:
        return int(await self._connection.fetchval(f'SELECT COUNT(*) FROM "{table.name}"'))  # noqa: S608  # our catalogue

    async def rows(self, table: Table) -> AsyncIterator[Row]:
        prefetch = FILES_AT_A_TIME if table.has_bytes else AT_A_TIME
        async for record in self._connection.cursor(table.select, prefetch=prefetch):
            yield tuple(record)

    async def last_ids(self) -> Mapping[str, int]:
        found = {}
        for table, sequence in await self._sequences():
            row = await self._connection.fetchrow(f"SELECT last_value, is_called FROM {sequence}")  # noqa: S608  # quoted by the server
            if row["is_called"]:
                found[table] = int(row["last_value"])
        return found

    async def _sequences(self) -> list[tuple[str, str]]:
        rows = await self._connection.fetch(
            "SELECT table_name, pg_get_serial_sequence(quote_ident(table_name), column_name) AS sequence"
            " FROM information_schema.columns WHERE table_schema = current_schema() AND is_identity = 'YES'"
        )
        return [(row["table_name"], row["sequence"]) for row in rows]

    async def clear(self, table: Table) -> None:
        await self._connection.execute(f'DELETE FROM "{table.name}"')  # noqa: S608  # a name of our catalogue

    async def write(self, table: Table, rows: Sequence[Row]) -> None:
        try:
            await self._connection.copy_records_to_table(table.name, records=rows, columns=table.columns)
        except (asyncpg.DataError, ValueError, TypeError, OverflowError) as error:
            where = f"таблица {table.name}, строки с {self._key(table, rows[0])} по {self._key(table, rows[-1])}"
            raise CopyFailed(f"{where}: значение не подходит для PostgreSQL ({type(error).__name__})") from error

    def _key(self, table: Table, row: Row) -> str:
        return "/".join(str(value) for column, value in zip(table.columns, row, strict=True) if column in table.key)

    async def set_last_id(self, table: str, last: int) -> None:
        sequences = dict(await self._sequences())
        await self._connection.execute("SELECT setval($1::text::regclass, $2::bigint)", sequences[table], last)


@asynccontextmanager
async def source(url: str) -> AsyncIterator[PostgresRows]:
    """See `models.copy.copier.open_source`: a snapshot; the program goes on writing."""
    address = postgres.parse(url)
    async with _connected(address) as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        if await connection.fetchval("SELECT to_regclass('schema_version')") is None:
            raise ConfigError(f"база {address.shown}: это не база Домового")
        version = await connection.fetchval("SELECT MAX(version) FROM schema_version")
        refuse_newer(version, len(migrations()))
        yield PostgresRows(connection, version)


@asynccontextmanager
async def target(url: str) -> AsyncIterator[PostgresRows]:
    """See `models.copy.copier.open_target`. Everything is one transaction; nobody else writes meanwhile."""
    await (await open_database(url)).close()  # makes the schema
    address = postgres.parse(url)
    async with _connected(address) as connection, connection.transaction():
        rows = PostgresRows(connection, len(migrations()))
        tables = await rows.tables()
        names = ", ".join(f'"{table.name}"' for table in tables)
        try:
            await connection.execute(f"LOCK TABLE {names} IN EXCLUSIVE MODE NOWAIT")
        except asyncpg.LockNotAvailableError as error:
            raise ConfigError(f"база {address.shown}: с ней уже работает другой процесс; остановите его") from error
        counts = {table.name: await rows.count(table) for table in tables}
        sqlite.refuse_filled(address.shown, counts, rows.version)
        yield rows


@asynccontextmanager
async def _connected(address: postgres.Address) -> AsyncIterator[Any]:
    """A connection that waits as long as it takes; its losses become one clear line."""
    settings = postgres.SERVER_SETTINGS | PATIENT
    try:
        connection = await asyncpg.connect(**address.options(), server_settings=settings)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise ConfigError(postgres.explain(address, error)) from error
    try:
        yield connection
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise CopyFailed(
            f"база {address.shown}: работа прервана ({type(error).__name__}); ничего не записано, повторите"
        ) from error
    finally:
        await postgres.end(connection)
