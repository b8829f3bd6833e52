"""Accounts of dispatchers: created with a password that is stored as an argon2id hash only."""

from __future__ import annotations

import re

from errors import DomovoyError
from models.database.connection import TENANT, Connection
from models.database.database import Database
from operators.accounts import passwords
from operators.permissions import ROLES

LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")


class AccountError(DomovoyError):
    """An account with this log-in, name or role is not possible."""


async def create_user(
    database: Database, *, login: str, name: str, role: str = "dispatcher", now_ms: int, password: str = ""
) -> str:
    """Create an account and return its password (random unless given). A known log-in gets the new password and name.

    Raises:
        AccountError: the log-in, the name or the role is not allowed.
    """
    login, name = login.strip().lower(), name.strip()
    if not LOGIN.fullmatch(login):
        raise AccountError(f"логин {login!r}: нужно от 1 до 64 знаков a-z, 0-9, точка, дефис, подчёркивание, @")
    if not name:
        raise AccountError("имя пусто, а его видят жители")
    if role not in ROLES:
        raise AccountError(f"роли {role!r} нет; бывают: {', '.join(ROLES)}")
    password = password or passwords.new_password()
    hashed = await passwords.hash_password(password)
    await database.transaction(lambda conn: _save_user(conn, login, name, role, hashed, now_ms))
    return password


async def _save_user(conn: Connection, login: str, name: str, role: str, hashed: str, now_ms: int) -> None:
    known = await conn.fetch_one("SELECT id FROM operator_user WHERE tenant = ? AND login = ?", TENANT, login)
    if known:
        await conn.execute("DELETE FROM operator_session WHERE user_id = ?", known["id"])
        await conn.execute(
            "UPDATE operator_user SET name = ?, role = ?, password_hash = ?, active = 1 WHERE id = ?",
            name,
            role,
            hashed,
            known["id"],
        )
        return
    await conn.insert(
        "INSERT INTO operator_user (tenant, login, name, role, password_hash, created_ms) VALUES (?, ?, ?, ?, ?, ?)",
        TENANT,
        login,
        name,
        role,
        hashed,
        now_ms,
    )


async def any_user(conn: Connection) -> bool:
    """Return whether there is at least one account."""
    return await conn.fetch_one("SELECT id FROM operator_user WHERE tenant = ? LIMIT 1", TENANT) is not None
