"""Rows for every table that a database has, made from its catalogue; and all rows, to compare databases."""

from __future__ import annotations

from models.database.connection import Connection
from tests.models.database import catalogue

AT_LEAST = 50  # rows of each table

Rows = tuple[tuple[str, ...], set[tuple[object, ...]]]  # columns, and the rows by them


async def fill_all(conn: Connection, found: dict[str, catalogue.Table], step: int) -> None:
    """Add `AT_LEAST` rows to every table; no two values of a column are the same."""
    for name, table in found.items():
        if name == "schema_version":
            continue
        columns = list(table.columns)
        values = [[value(table.columns[c][0], c, step * 1000 + n) for c in columns] for n in range(AT_LEAST)]
        placeholders = ", ".join("?" * len(columns))
        await conn.many(f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({placeholders})", values)  # noqa: S608


def value(kind: str, column: str, number: int) -> object:
    match kind:
        case "text":
            return f"{column} – «{number}» 'й'; \\ 😀"
        case "bytes":
            return number.to_bytes(4, "big") + bytes(range(256))
    return number


async def all_rows(conn: Connection, found: dict[str, catalogue.Table]) -> dict[str, Rows]:
    return {
        name: (tuple(table.columns), await rows_of(conn, name, tuple(table.columns)))
        for name, table in found.items()
        if name != "schema_version"
    }


async def rows_of(conn: Connection, table: str, columns: tuple[str, ...]) -> set[tuple[object, ...]]:
    rows = await conn.fetch(f"SELECT {', '.join(columns)} FROM {table}")  # noqa: S608
    return {tuple(row.values()) for row in rows}
