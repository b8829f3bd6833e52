"""A PostgreSQL that is not there, refuses us, or goes away: one clear line, no password in it, nothing hangs."""

from __future__ import annotations

import asyncio
import re
import socket
import sqlite3
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import pytest

from bot.commands.main import main
from channels.contract import Overloaded
from errors import ConfigError
from models.database import postgres
from models.database.connection import Connection, Unavailable
from models.database.database import Database, open_database
from models.queues.inbox import GroupCommit, InboxRow
from tests.support.postgres import STRANGER


def changed(url: str, *, netloc: str = "", name: str = "") -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=netloc or parts.netloc, path=f"/{name}" if name else parts.path))


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("asyncpg://user@localhost", "нужен адрес вида asyncpg://"),
        ("asyncpg://user@localhost:port/x", "написан с ошибкой"),
        ("postgres://user@localhost:99999/x", "написан с ошибкой"),
    ],
)
async def test_an_address_that_cannot_be_one_says_what_it_should_look_like(url: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        await open_database(url)


async def test_a_server_that_is_not_there_is_told(postgres_url: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        url = f"asyncpg://postgres:secret@127.0.0.1:{port}/x"  # bound, but nobody listens
        with pytest.raises(ConfigError, match=r"соединиться не удалось.*проверьте database.url") as caught:
            await open_database(url)
    assert "secret" not in str(caught.value)


async def test_a_database_that_does_not_exist_says_how_to_make_it(postgres_url: str) -> None:
    with pytest.raises(ConfigError, match=re.escape("такой базы на сервере нет; создайте её: createdb nowhere")):
        await open_database(changed(postgres_url, name="nowhere"))


async def test_a_wrong_password_names_the_user_and_keeps_the_password(postgres_url: str) -> None:
    if urlsplit(postgres_url).hostname != "127.0.0.1":
        pytest.skip("the server is not ours")
    netloc = f"{STRANGER}:guess@{urlsplit(postgres_url).netloc.rpartition('@')[2]}"
    with pytest.raises(ConfigError, match=f"не пускает пользователя {STRANGER}") as caught:
        await open_database(changed(postgres_url, netloc=netloc))
    assert "guess" not in str(caught.value)


def test_the_command_line_says_it_in_one_line_and_ends_with_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOMOVOY_DATABASE__URL", "asyncpg://postgres:secret@127.0.0.1:1/x")
    for command in ("run", "doctor"):
        assert main([command, "--data", str(tmp_path / "data")]) == 2
        told = capsys.readouterr()
        assert told.out == ""
        assert told.err.startswith("domovoy: база 127.0.0.1:1/x: соединиться не удалось")
        assert len(told.err.splitlines()) == 1
        assert "secret" not in told.err


def test_an_old_schema_is_one_clear_line_and_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DOMOVOY_DATABASE__URL", raising=False)
    data = ("--data", str(tmp_path))
    assert main(["user", "list", *data]) == 0  # makes the database
    with sqlite3.connect(tmp_path / "domovoy.db") as connection:
        newest = connection.execute("SELECT MAX(version) FROM schema_version").fetchone()[0]
        connection.execute("DELETE FROM schema_version WHERE version = ?", (newest,))
    connection.close()
    capsys.readouterr()
    for command in (["doctor"], ["user", "list"], ["retention", "--dry-run"]):
        assert main([*command, *data]) == 2
        told = capsys.readouterr()
        assert told.out == ""
        assert told.err == (
            f"domovoy: база: её схема {newest - 1}, а программе нужна {newest}; обновите её: ./domovoy migrate\n"
        )
    with sqlite3.connect(tmp_path / "domovoy.db") as connection:
        assert connection.execute("SELECT MAX(version) FROM schema_version").fetchone()[0] == newest - 1
    connection.close()


async def test_roles_need_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOMOVOY_DATABASE__URL", raising=False)
    for role, says in (("web", "нужен PostgreSQL"), ("cook", "бывают all, web, worker, delivery, clock")):
        with pytest.raises(ConfigError, match=says):
            await run_role(role, tmp_path)


async def run_role(role: str, data: Path) -> None:
    from bot.commands import lifecycle as commands
    from bot.settings.loader import load_settings

    await commands.run(load_settings(Path("config.yaml")), data, role)


async def end_sessions(url: str) -> None:
    connection = await asyncpg.connect(url.replace("asyncpg://", "postgresql://"))
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await connection.close()


@pytest.fixture
async def database_url(postgres_url: str) -> str:
    return postgres_url


async def test_a_unit_whose_session_ends_is_unavailable_and_the_next_one_works(
    database: Database, postgres_url: str
) -> None:
    for _ in range(postgres.POOL * 2):  # more than there are connections: none may be lost

        async def cut(conn: Connection) -> None:
            await conn.execute("INSERT INTO lane (id) VALUES (1000)")
            await end_sessions(postgres_url)
            await conn.fetch("SELECT 1")

        with pytest.raises(Unavailable, match="сейчас недоступна"):
            await database.transaction(cut)
        assert await database.transaction(lambda conn: conn.fetch("SELECT id FROM lane WHERE id = 1000")) == []


async def test_connections_that_cannot_begin_go_back_to_the_pool(database: Database, postgres_url: str) -> None:
    for _ in range(3):
        await asyncio.gather(*(database.transaction(lambda conn: conn.fetch("SELECT 1")) for _ in range(postgres.POOL)))
        await end_sessions(postgres_url)
    answers = await asyncio.gather(
        *(database.transaction(lambda conn: conn.fetch("SELECT 1 AS one")) for _ in range(postgres.POOL * 3)),
        return_exceptions=True,
    )
    assert [answer for answer in answers if not isinstance(answer, Unavailable)]
    assert await database.transaction(lambda conn: conn.fetch("SELECT 1 AS one")) == [{"one": 1}]


async def test_messages_are_refused_at_once_while_the_database_is_away(database: Database) -> None:
    async def away(work: object) -> object:
        raise Unavailable("база сейчас недоступна")

    database.transaction = away  # type: ignore[method-assign,assignment]  # the server is away
    commits = GroupCommit(database)
    rows = [InboxRow(tenant=1, channel="web", conversation="c", key=str(n), body="{}", at_ms=1) for n in range(20)]
    told = await asyncio.gather(*(commits.accept([row]) for row in rows), return_exceptions=True)
    assert [type(answer) for answer in told] == [Overloaded] * 20


async def test_a_server_that_falls_silent_ends_the_unit(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.database.database.LONGEST_TRANSACTION_SECONDS", 0.2)
    with pytest.raises(Unavailable):
        await database.transaction(lambda conn: conn.fetch("SELECT pg_sleep(4)"))
    assert await database.transaction(lambda conn: conn.fetch("SELECT 1 AS one")) == [{"one": 1}]
