"""Requests of `./domovoy user`: create, list and switch off accounts of dispatchers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.database.connection import TENANT, Connection
from models.database.database import Database
from operators.accounts import accounts
from operators.accounts.accounts import AccountError
from operators.handover import queue as handover_queue
from operators.handover import service as handover
from operators.types import Dispatcher


async def act(database: Database, request: Mapping[str, Any], now_ms: int) -> dict[str, Any]:
    """Carry out one request of `./domovoy user`; the answer is plain JSON.

    request: ``action`` is ``add`` (login, name, role, reset), ``list`` or ``off`` (login).

    Raises:
        AccountError: the account exists already, does not exist, or is not possible.
    """
    match request["action"]:
        case "add":
            return await _add(database, request, now_ms)
        case "list":
            return {"users": await database.transaction(list_users)}
        case "off":
            await database.transaction(lambda conn: switch_off(conn, str(request["login"]), now_ms))
            return {}
    raise AccountError(f"{request['action']}: такого действия нет")


async def _add(database: Database, request: Mapping[str, Any], now_ms: int) -> dict[str, Any]:
    login = str(request["login"])
    if not request.get("reset") and await database.transaction(lambda conn: _known(conn, login)):
        raise AccountError(f"{login}: такой диспетчер уже есть; новый пароль: ./domovoy user add {login} --reset")
    name, role = str(request["name"]), str(request["role"])
    password = await accounts.create_user(database, login=login, name=name, role=role, now_ms=now_ms)
    return {"password": password}


async def _known(conn: Connection, login: str) -> bool:
    return await _row(conn, login) is not None


async def _row(conn: Connection, login: str) -> dict[str, Any] | None:
    return await conn.fetch_one(
        "SELECT id, name FROM operator_user WHERE tenant = ? AND login = ?", TENANT, login.strip().lower()
    )


async def list_users(conn: Connection) -> list[dict[str, Any]]:
    """Return accounts by log-in: login, name, role, active (0 or 1), on_duty_ms (last seen on duty; 0: never)."""
    return await conn.fetch(
        "SELECT login, name, role, active, on_duty_ms FROM operator_user WHERE tenant = ? ORDER BY login", TENANT
    )


async def switch_off(conn: Connection, login: str, now_ms: int) -> None:
    """Close an account: end its sessions and put its conversations back into the queue.

    Raises:
        AccountError: there is no such account.
    """
    row = await _row(conn, login)
    if row is None:
        raise AccountError(f"{login}: такого диспетчера нет; список: ./domovoy user list")
    await conn.execute("UPDATE operator_user SET active = 0, on_duty_ms = 0 WHERE id = ?", row["id"])
    await conn.execute("DELETE FROM operator_session WHERE user_id = ?", row["id"])
    user = Dispatcher(id=row["id"], name=row["name"])
    for conversation in await conn.fetch(
        "SELECT id FROM conversation WHERE tenant = ? AND claimed_by = ?", TENANT, user.id
    ):
        await handover.release(conn, conversation_id=conversation["id"], user=user, now_ms=now_ms)
        await handover_queue.call(conn, conversation_id=conversation["id"], reason="asked", urgent=False, now_ms=now_ms)
