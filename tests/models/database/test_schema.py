"""The migrated schema and the Tortoise models say the same, and the hot statements use the indexes made for them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from errors import ConfigError
from models.database.connection import Connection
from models.database.database import Database, open_database
from models.database.migrate import migrations, statements
from models.queues import inbox, outbox, timers
from tests.models.database import catalogue
from tests.models.filler import AT_LEAST, Rows, all_rows, fill_all, rows_of

WITHOUT_MODEL = {"schema_version", "counter", "file_content"}  # Tortoise knows no key of two columns


@pytest_asyncio.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await open_database(f"sqlite://{tmp_path / 'test.db'}")
    yield opened
    await opened.close()


async def read(database: Database, sql: str) -> list[dict[str, Any]]:
    return await database.transaction(lambda conn: conn.fetch(sql))


async def test_schema_and_models_agree(database: Database) -> None:
    agree_with_models(await database.transaction(catalogue.of_database))


def agree_with_models(found: dict[str, catalogue.Table]) -> None:
    assert set(found) - WITHOUT_MODEL == set(catalogue.MODELS)
    for name, model in catalogue.MODELS.items():
        assert (name, found[name]) == (name, catalogue.of_model(model))


async def test_both_databases_have_the_same_schema(sqlite: Database, postgres_url: str) -> None:
    server = await open_database(postgres_url)
    try:
        assert await sqlite.transaction(catalogue.of_database) == await server.transaction(catalogue.of_database)
    finally:
        await server.close()


async def test_every_migration_keeps_the_rows_of_filled_tables(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, known = tmp_path / "migrations", migrations()
    folder.mkdir()
    monkeypatch.setattr(migrations, "__defaults__", (folder,))
    before: dict[str, Rows] = {}
    for migration in known:
        name = f"{migration.version:04}_{migration.name}.sql"
        (folder / name).write_text(migration.sql, encoding="utf-8")
        database = await open_database(database_url)
        try:
            found = await database.transaction(catalogue.of_database)
            await database.transaction(partial(still_there, before=before))
            await database.transaction(partial(fill_all, found=found, step=migration.version))
            before = await database.transaction(partial(all_rows, found=found))
        finally:
            await database.close()
    assert database.versions == (len(known) - 1, len(known))
    assert min(len(rows) for _, rows in before.values()) >= AT_LEAST
    agree_with_models(found)


async def still_there(conn: Connection, before: dict[str, Rows]) -> None:
    """Every row of before is there with all its values; a migration may add rows."""
    for table, (columns, rows) in before.items():
        now = await rows_of(conn, table, columns)
        assert (table, rows - now) == (table, set())
        if table != "lane":  # filled by a migration of its own
            assert (table, len(now)) == (table, len(rows))


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
    await database.transaction(lambda conn: conn.execute("INSERT INTO a (id) VALUES (7)"))
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
            await inbox.mark_done(spy, [row.id for row in rows])
        elif work == "due":
            assert len(await outbox.due(spy, "web", 99_999, 30, exclude_conversations=["c1", "c2"])) == 30
        elif work == "fire":
            assert await timers.fire(spy, 99_999, 100) == 100
        elif work == "cancel":
            assert await timers.cancel_timer(spy, channel="web", conversation="c11", kind="draft_close") > 0
        return spy.plans

    return await database.transaction(run)


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        ("claim", ["inbox_arrival", "USING INTEGER PRIMARY KEY"]),
        ("due", ["outbox_waiting", "outbox_waiting"]),
        ("fire", ["timer_waiting"]),
        ("cancel", ["timer_conversation"]),
    ],
)
async def test_hot_statement_uses_its_index_on_a_filled_table(sqlite: Database, work: str, expected: list[str]) -> None:
    plans = await plans_of(sqlite, work)
    assert all(index in plan for index, plan in zip(expected, plans, strict=False)), plans
    assert [
        plan for plan in plans if "TEMP B-TREE" in plan or re.search(r"SCAN (?!.*USING|\d|CONSTANT|p;)", plan)
    ] == []
    if work == "due":
        assert "SEARCH h USING INDEX outbox_head" in plans[1]
