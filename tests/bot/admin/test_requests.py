"""Every command of the administrator has its answer, in a running program as beside it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from bot.admin.requests import HANDLERS, Installation, answer_request
from bot.settings.loader import load_settings
from errors import DomovoyError
from models.database.database import Database, open_database

ADD = {"action": "add", "login": "irina", "name": "Ирина", "role": "manager", "reset": False}


async def answer(database: Database, **request: Any) -> dict[str, Any]:
    return await answer_request(Installation(settings=load_settings(None, {}), database=database), request)


def test_the_table_names_every_request() -> None:
    assert set(HANDLERS) == {"doctor", "import", "corrections", "retention", "backup", "add", "list", "off"}


async def test_accounts_are_added_listed_and_switched_off(database: Database) -> None:
    assert len((await answer(database, **ADD))["password"]) == 16
    (account,) = (await answer(database, action="list"))["users"]
    assert (account["login"], account["name"], account["role"], account["active"]) == ("irina", "Ирина", "manager", 1)
    assert await answer(database, action="off", login="irina") == {}
    assert [account["active"] for account in (await answer(database, action="list"))["users"]] == [0]


async def test_unknown_request_is_refused(database: Database) -> None:
    with pytest.raises(DomovoyError, match="dance: такого действия нет"):
        await answer(database, action="dance")


async def test_requests_that_only_read_answer_plain_json(database: Database) -> None:
    assert await answer(database, action="corrections", do="read") == {"rows": []}
    assert set((await answer(database, action="retention", dry_run=True))["gone"].values()) == {0}
    checked = (await answer(database, action="doctor"))["checked"]
    assert checked[2:] == ["Дома: 0. Диспетчеры: 0."]  # no channel is open here, and no library is missing


async def test_houses_are_imported_from_a_file(database: Database, tmp_path: Path) -> None:
    (tmp_path / "houses.csv").write_text("address\nул. Садовая, д. 5\n", encoding="utf-8")
    imported = await answer(database, action="import", path=str(tmp_path / "houses.csv"))
    assert imported == {"added": 1, "updated": 0, "errors": []}


async def test_backup_is_a_database_file(tmp_path: Path) -> None:
    database = await open_database(f"sqlite://{tmp_path / 'domovoy.db'}")
    try:
        assert await answer(database, action="backup", path=str(tmp_path / "copy.db")) == {}
    finally:
        await database.close()
    connection = sqlite3.connect(tmp_path / "copy.db")
    assert connection.execute("SELECT COUNT(*) FROM operator_user").fetchone() == (0,)
    connection.close()
