"""A real SQLite file with one house and one conversation, and a desk that changes its tickets."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from models.database.connection import TENANT, Connection
from models.database.database import Database
from tests.support.conversations import get_or_create
from tickets import service
from tickets.lifecycle.types import Actor, TicketView
from tickets.service import NewTicket

T = TypeVar("T")

NOW = int(datetime(2026, 11, 24, 9, 0, tzinfo=UTC).timestamp() * 1000)  # noon in Moscow
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
IRINA = Actor(kind="dispatcher", id=7, name="Ирина")
RESIDENT = Actor(kind="resident", id=1, name="Анна")


@dataclass(slots=True, kw_only=True)
class Desk:
    database: Database
    conversation_id: int
    house_id: int

    async def do(self, change: Callable[..., Awaitable[T]], *args: Any, actor: Actor = IRINA, **named: Any) -> T:
        """Run one change in a transaction of its own."""
        named.setdefault("now_ms", NOW)

        async def work(conn: Connection) -> T:
            return await change(conn, *args, actor=actor, **named)

        return await self.database.transaction(work)

    async def open(self, problem: str = "hot_no_water", *, now_ms: int = NOW, **fields: Any) -> TicketView:
        order: dict[str, Any] = {
            "source": "web",
            "conversation_id": self.conversation_id,
            "resident_id": 1,
            "house_id": self.house_id,
            "address": "ул. Садовая, д. 5",
            "text": "нет горячей воды",
        }
        ticket = NewTicket(problem=problem, **(order | fields))
        return await self.do(service.open_ticket, ticket, actor=RESIDENT, now_ms=now_ms)

    async def rows(self, sql: str, *args: object) -> list[dict[str, Any]]:
        return await self.database.transaction(lambda conn: conn.fetch(sql, *args))

    async def row(self, ticket_id: int) -> dict[str, Any]:
        return (await self.rows("SELECT * FROM ticket WHERE id = ?", ticket_id))[0]

    async def events(self, ticket_id: int) -> list[tuple[str, str, dict[str, Any]]]:
        """Return action, actor and details of each event, oldest first."""
        rows = await self.rows("SELECT * FROM ticket_event WHERE ticket_id = ? ORDER BY id", ticket_id)
        return [(row["action"], row["actor_name"], json.loads(row["details"])) for row in rows]

    async def news(self) -> list[dict[str, Any]]:
        """Return what the resident's dialog is told, oldest first, each with its inbox key."""
        rows = await self.rows("SELECT key, body FROM inbox ORDER BY id")
        return [{"key": row["key"], **json.loads(row["body"])} for row in rows]

    async def timers(self) -> dict[str, int]:
        """Return the due time of each waiting timer by its kind."""
        rows = await self.rows("SELECT body, due_ms FROM timer WHERE state = 0 ORDER BY id")
        return {json.loads(row["body"])["timer"]: row["due_ms"] for row in rows}


@pytest.fixture
async def desk(database: Database) -> Desk:
    return await database.transaction(lambda conn: furnish(conn, database))


async def furnish(conn: Connection, database: Database) -> Desk:
    conversation = await get_or_create(conn, tenant=TENANT, channel="web", address="visitor", now_ms=NOW)
    house_id = await conn.insert(
        "INSERT INTO house (tenant, address, details) VALUES (?, ?, ?)",
        TENANT,
        "ул. Садовая, д. 5",
        json.dumps({"timezone": "Asia/Yekaterinburg"}),
    )
    return Desk(database=database, conversation_id=conversation["id"], house_id=house_id)
