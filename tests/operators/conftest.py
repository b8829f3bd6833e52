"""A real SQLite file with two dispatchers and a conversation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from models import conversations
from models.database import TENANT, Connection, Database, open_database
from operators.handover import Dispatcher

NOW = 1_790_000_000_000
IRINA = Dispatcher(id=1, name="Ирина")
OLEG = Dispatcher(id=2, name="Олег")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await open_database(f"sqlite://{tmp_path / 'test.db'}")
    try:
        await opened.unit(add_dispatchers)
        yield opened
    finally:
        await opened.close()


async def add_dispatchers(conn: Connection) -> None:
    for user in (IRINA, OLEG):
        await conn.insert(
            "INSERT INTO operator_user (tenant, login, name, role, password_hash, created_ms)"
            " VALUES (?, ?, ?, 'dispatcher', '', 0)",
            TENANT,
            f"user{user.id}",
            user.name,
        )


@pytest.fixture
async def talk(database: Database) -> dict[str, Any]:
    """A conversation over the web chat in which the bot speaks."""
    return await database.unit(
        lambda conn: conversations.get_or_create(
            conn, tenant=TENANT, channel="web", address="w1", now_ms=NOW, sender_name="Анна"
        )
    )
