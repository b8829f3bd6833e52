"""The migrated schema and the Tortoise models say the same, and the hot statements use the indexes made for them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tortoise import fields
from tortoise.models import Model

from channels.contract import ConfigError
from models import inbox, outbox, tables, timers
from models.database import Connection, Database, open_database
from models.migrate import migrations, statements

MODELS = {
    model.Meta.table: model  # type: ignore[attr-defined]  # Model.Meta declares no `table`
    for model in vars(tables).values()
    if isinstance(model, type) and issubclass(model, Model) and model is not Model
}
WITHOUT_MODEL = {"schema_version", "counter", "sqlite_sequence"}


@pytest_asyncio.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await open_database(f"sqlite://{tmp_path / 'test.db'}")
    yield opened
    await opened.close()


async def read(database: Database, sql: str) -> list[dict[str, Any]]:
    return await database.unit(lambda conn: conn.fetch(sql))


async def test_every_table_has_a_model(database: Database) -> None:
    rows = await read(database, "SELECT name FROM sqlite_master WHERE type = 'table'")
    assert {row["name"] for row in rows} - WITHOUT_MODEL == set(MODELS)


@pytest.mark.parametrize("table", sorted(MODELS))
async def test_columns_of_table_and_model_agree(database: Database, table: str) -> None:
    found = {
        row["name"]: (bool(row["pk"]), row["type"] == "TEXT", row["dflt_value"])
        for row in await read(database, f"PRAGMA table_info({table})")
    }
    assert found == {name: as_column(field) for name, field in MODELS[table]._meta.fields_map.items()}


def as_column(field: fields.Field[Any]) -> tuple[bool, bool, str | None]:
    is_text = isinstance(field, fields.TextField | fields.CharField)
    default = None if field.default is None else f"'{field.default}'" if is_text else str(field.default)
    return field.pk, is_text, default


@pytest.mark.parametrize("table", sorted(MODELS))
async def test_uniques_of_table_and_model_agree(database: Database, table: str) -> None:
    found = set()
    for index in await read(database, f"PRAGMA index_list({table})"):
        if index["origin"] == "u":
            columns = await read(database, f"PRAGMA index_info({index['name']})")
            found.add(tuple(column["name"] for column in columns))
    assert found == {tuple(columns) for columns in MODELS[table]._meta.unique_together}


@pytest.mark.parametrize("table", sorted(MODELS))
async def test_indexes_of_table_and_model_agree(database: Database, table: str) -> None:
    rows = await read(database, "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'index' AND sql <> ''")
    found = {}
    for row in rows:
        if row["tbl_name"] != table:
            continue
        match = re.search(r"\(([^)]*)\)(?: WHERE (.*))?", row["sql"])
        assert match
        found[row["name"]] = (match[1].split(", "), match[2] or "")
    assert found == {
        index.name: (index.fields, index.extra.removeprefix(" WHERE "))  # type: ignore[union-attr]  # all are Index
        for index in MODELS[table]._meta.indexes
    }


def test_statements_are_split_at_semicolons_outside_of_quotes_and_comments() -> None:
    script = "CREATE TABLE a (b TEXT DEFAULT ';--'); -- one; two\nINSERT INTO a VALUES ('it''s; - so');\n\n"
    assert statements(script) == ["CREATE TABLE a (b TEXT DEFAULT ';--')", "INSERT INTO a VALUES ('it''s; - so')"]


def test_gap_in_the_numbers_of_migrations_is_refused(tmp_path: Path) -> None:
    for name in ("0001_first.sql", "0003_third.sql"):
        (tmp_path / name).write_text("SELECT 1;")
    with pytest.raises(ConfigError, match="идти подряд"):
        migrations(tmp_path)


async def test_failed_migration_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url, folder = f"sqlite://{tmp_path / 'test.db'}", tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001_first.sql").write_text("CREATE TABLE a (id :pk:); CREATE TABLE a (id :pk:);")
    monkeypatch.setattr(migrations, "__defaults__", (folder,))
    with pytest.raises(Exception, match="already exists"):
        await open_database(url)
    (folder / "0001_first.sql").write_text("CREATE TABLE a (id :pk:);")
    database = await open_database(url)
    assert await read(database, "SELECT version, name FROM schema_version") == [{"version": 1, "name": "first"}]
    await database.close()


async def test_migration_that_came_later_is_applied_to_a_filled_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, folder = f"sqlite://{tmp_path / 'test.db'}", tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001_first.sql").write_text("CREATE TABLE a (id :pk:);")
    monkeypatch.setattr(migrations, "__defaults__", (folder,))
    database = await open_database(url)
    await database.unit(lambda conn: conn.execute("INSERT INTO a (id) VALUES (7)"))
    await database.close()
    (folder / "0002_second.sql").write_text("ALTER TABLE a ADD COLUMN b TEXT NOT NULL DEFAULT 'x';")
    with pytest.raises(ConfigError, match="её схема 1, а программе нужна 2"):
        await open_database(url, migrate=False)
    database = await open_database(url)
    assert await read(database, "SELECT id, b FROM a") == [{"id": 7, "b": "x"}]
    await database.close()


class Spy:
    """Passes statements on and remembers the plan of each."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self.dialect = conn.dialect
        self.plans: list[str] = []

    async def fetch(self, sql: str, *args: object) -> list[dict[str, Any]]:
        plan = await self._conn.fetch(f"EXPLAIN QUERY PLAN {sql}", *args)
        self.plans.append("; ".join(str(row["detail"]) for row in plan))
        return await self._conn.fetch(sql, *args)

    async def fetch_one(self, sql: str, *args: object) -> dict[str, Any] | None:
        rows = await self.fetch(sql, *args)
        return rows[0] if rows else None

    async def execute(self, sql: str, *args: object) -> int:
        return await self._conn.execute(sql, *args)

    async def insert(self, sql: str, *args: object) -> int:
        return await self._conn.insert(sql, *args)

    async def many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        for row in rows[:1]:
            plan = await self._conn.fetch(f"EXPLAIN QUERY PLAN {sql}", *row)
            self.plans.append("; ".join(str(step["detail"]) for step in plan))
        await self._conn.many(sql, rows)

    async def lock(self, name: str) -> None:
        await self._conn.lock(name)


async def fill(conn: Connection) -> None:
    """20,000 done and 2,000 waiting rows, and what SQLite knows of their distribution."""
    numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 22000)"
    state = "CASE WHEN i % 11 = 0 THEN 0 ELSE 1 END"
    await conn.execute(
        "INSERT INTO inbox (tenant, lane, channel, key, order_key, conversation, body, at_ms, state)"  # noqa: S608
        f" {numbers} SELECT 1, i % 64, 'web', 'k' || i, 0, 'c' || (i % 900), '{{}}', i, {state} FROM n"
    )
    await conn.execute(
        "INSERT INTO outbox (tenant, channel, conversation, key, body, priority, due_ms, created_ms, state)"  # noqa: S608
        f" {numbers} SELECT 1, 'web', 'c' || (i % 900), 'k' || i, '{{}}', i % 10, i, i, {state} FROM n"
    )
    await conn.execute(
        "INSERT INTO timer (tenant, lane, channel, conversation, key, body, due_ms, state)"  # noqa: S608
        f" {numbers} SELECT 1, i % 64, 'web', 'c' || (i % 900), i || ':draft_close:0', '{{}}', i, {state} FROM n"
    )
    await conn.execute("ANALYZE")


async def plans_of(database: Database, work: str) -> list[str]:
    async def run(conn: Connection) -> list[str]:
        await fill(conn)
        spy = Spy(conn)
        if work == "claim":
            rows = await inbox.claim(spy, 50)
            assert len(rows) == 50
            await inbox.mark_done(spy, [row["id"] for row in rows])
        elif work == "due":
            assert len(await outbox.due(spy, "web", 99_999, 30, exclude_conversations=["c1", "c2"])) == 30
        elif work == "fire":
            assert await timers.fire(spy, 99_999, 100) == 100
        elif work == "cancel":
            assert await timers.cancel_timer(spy, channel="web", conversation="c11", kind="draft_close") > 0
        return spy.plans

    return await database.unit(run)


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        ("claim", ["inbox_arrival", "USING INTEGER PRIMARY KEY"]),
        ("due", ["outbox_waiting"]),
        ("fire", ["timer_waiting"]),
        ("cancel", ["timer_conversation"]),
    ],
)
async def test_hot_statement_uses_its_index_on_a_filled_table(
    database: Database, work: str, expected: list[str]
) -> None:
    plans = await plans_of(database, work)
    assert all(index in plan for index, plan in zip(expected, plans, strict=False)), plans
    assert [plan for plan in plans if "TEMP B-TREE" in plan or re.search(r"SCAN (?!.*USING|\d|CONSTANT)", plan)] == []
    if work == "due":
        assert "SEARCH h USING INDEX outbox_head" in plans[0]
