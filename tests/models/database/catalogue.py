"""What a database says of its schema, in one shape for SQLite, PostgreSQL and the Tortoise models."""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass, field
from typing import Any

from tortoise import fields
from tortoise.models import Model

from models.database.connection import Connection
from models.tables.registry import TABLE_MODULES

KINDS = {"bigint": "int8", "integer": "int4", "text": "text", "blob": "bytes", "bytea": "bytes"}
FIELDS: tuple[tuple[type[fields.Field[Any]], str], ...] = (
    (fields.BigIntField, "int8"),
    (fields.IntField, "int4"),
    (fields.TextField, "text"),
    (fields.CharField, "text"),
)


@dataclass(slots=True)
class Table:
    """One table; a column is (kind, may be null, default; "auto": numbered), an index (columns, condition)."""

    columns: dict[str, tuple[str, bool, str | None]] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    uniques: set[tuple[str, ...]] = field(default_factory=set)
    indexes: dict[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)


MODELS: dict[str, type[Model]] = {
    model.Meta.table: model  # type: ignore[attr-defined]  # Model.Meta declares no `table`
    for module in TABLE_MODULES
    for model in vars(importlib.import_module(module)).values()
    if isinstance(model, type) and issubclass(model, Model) and model is not Model
}


def of_model(model: type[Model]) -> Table:
    meta = model._meta
    return Table(
        columns={name: _column(field) for name, field in meta.fields_map.items()},
        key=(meta.db_pk_column,),
        uniques={tuple(columns) for columns in meta.unique_together},
        indexes={
            index.name: (tuple(index.fields), index.extra.removeprefix(" WHERE "))  # type: ignore[union-attr,misc]  # all are Index with a name
            for index in meta.indexes
        },
    )


def _column(column: fields.Field[Any]) -> tuple[str, bool, str | None]:
    kind = next(kind for cls, kind in FIELDS if isinstance(column, cls))
    default = column.default
    if column.generated:
        return kind, False, "auto"
    return kind, column.null, None if default is None else f"'{default}'" if kind == "text" else str(default)


async def of_database(conn: Connection) -> dict[str, Table]:
    """Read every table, `schema_version` included."""
    return await (_of_postgres(conn) if conn.dialect == "postgres" else _of_sqlite(conn))


async def _of_sqlite(conn: Connection) -> dict[str, Table]:
    found = {}
    for row in await conn.fetch(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    ):
        table = found[row["name"]] = Table()
        info = await conn.fetch(f"PRAGMA table_info({row['name']})")
        for column in info:
            kind, default = KINDS[column["type"].lower()], column["dflt_value"]
            if column["pk"] and "AUTOINCREMENT" in row["sql"]:
                kind, default = "int8", "auto"  # SQLite numbers only what is called INTEGER, and that has 8 bytes
            table.columns[column["name"]] = (kind, not (column["notnull"] or column["pk"]), default)
        table.key = tuple(c["name"] for c in sorted(info, key=lambda c: int(c["pk"])) if c["pk"])
        for index in await conn.fetch(f"PRAGMA index_list({row['name']})"):
            columns = tuple(c["name"] for c in await conn.fetch(f"PRAGMA index_info({index['name']})"))
            if index["origin"] == "u":
                table.uniques.add(columns)
            elif index["origin"] == "c":
                made = await conn.fetch_one("SELECT sql FROM sqlite_master WHERE name = ?", index["name"])
                assert made
                table.indexes[index["name"]] = (columns, made["sql"].partition(" WHERE ")[2])
    return found


async def _of_postgres(conn: Connection) -> dict[str, Table]:
    found: dict[str, Table] = {}
    for row in await conn.fetch(
        "SELECT table_name, column_name, data_type, is_nullable, column_default, is_identity"
        " FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY ordinal_position"
    ):
        default = "auto" if row["is_identity"] == "YES" else row["column_default"]
        table = found.setdefault(row["table_name"], Table())
        nullable = row["is_nullable"] == "YES"
        table.columns[row["column_name"]] = (KINDS[row["data_type"]], nullable, default and _without_casts(default))
    for row in await conn.fetch(
        "SELECT t.relname AS table_name, i.relname AS name, x.indisprimary, x.indisunique,"
        " pg_get_expr(x.indpred, x.indrelid) AS condition,"
        " ARRAY(SELECT pg_get_indexdef(x.indexrelid, k, true) FROM generate_series(1, x.indnkeyatts) k ORDER BY k)"
        " AS columns FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid"
        " WHERE t.relnamespace = current_schema()::regnamespace AND x.indisvalid"
    ):
        table, columns = found[row["table_name"]], tuple(row["columns"])
        if row["indisprimary"]:
            table.key = columns
        elif row["indisunique"]:
            table.uniques.add(columns)
        else:
            table.indexes[row["name"]] = (columns, _without_casts(row["condition"] or ""))
    return found


def _without_casts(expression: str) -> str:
    """``(state = 0)`` -> ``state = 0``, ``''::text`` -> ``''``."""
    plain = re.sub(r"::\w+", "", expression)
    return plain[1:-1] if plain.startswith("(") and plain.endswith(")") else plain
