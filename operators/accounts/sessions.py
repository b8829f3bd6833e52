"""Sessions of the console: throttled log-in, the session of a cookie, log-out, who is on duty.

The database holds no secret that opens the console: session tokens are stored as SHA-256.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from errors import DomovoyError
from models.database.connection import TENANT, Connection
from models.database.database import Database
from operators.accounts import passwords
from operators.types import Dispatcher

MINUTE_MS = 60_000
IDLE_MS = 12 * 60 * MINUTE_MS
MAX_SESSION_MS = 7 * 24 * 60 * MINUTE_MS
THROTTLE_MS = 15 * MINUTE_MS
MAX_FAILURES = 5  # per log-in and address
MAX_FAILURES_OF_ADDRESS = 50  # whatever the log-ins
ON_DUTY_MS = 2 * MINUTE_MS


class LoginRefused(DomovoyError):
    """Unknown log-in or wrong password; the error does not say which."""


class LoginThrottled(LoginRefused):
    """Too many failed log-ins; `minutes` until the next try."""

    def __init__(self, minutes: int) -> None:
        super().__init__(f"too many failed log-ins; try again in {minutes} min")
        self.minutes = minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A log-in that is valid now."""

    token_hash: str
    csrf: str
    user: Dispatcher


async def log_in(database: Database, *, login: str, password: str, address: str, now_ms: int) -> str:
    """Check a password and open a session; returns the session token for the cookie.

    A try is counted before the password is checked, so parallel tries cannot exceed the limit. An unknown log-in costs
    the same work as a known one.

    Raises:
        LoginThrottled: 5 failures of this log-in from this address within 15 minutes.
        LoginRefused: unknown log-in, wrong password, or the account is switched off.
    """
    login = login.strip().lower()[:64]
    attempt = await database.transaction(lambda conn: _count_attempt(conn, login, address, now_ms))
    if isinstance(attempt, LoginThrottled):
        raise attempt
    user = await database.transaction(
        lambda conn: conn.fetch_one(
            "SELECT id, password_hash FROM operator_user WHERE tenant = ? AND login = ? AND active = 1", TENANT, login
        )
    )
    hashed = str(user["password_hash"]) if user else ""
    right = await passwords.matches(hashed, password)
    if user is None or not right:
        raise LoginRefused("unknown log-in or wrong password")
    user_id = int(user["id"])
    return await database.transaction(lambda conn: _open_session(conn, user_id, login, address, now_ms))


async def _count_attempt(conn: Connection, login: str, address: str, now_ms: int) -> LoginThrottled | None:
    await conn.lock(f"login:{address}")  # parallel tries are counted one after the other
    since = now_ms - THROTTLE_MS
    tries = await conn.fetch(
        "SELECT login, at_ms FROM login_attempt WHERE address = ? AND at_ms > ? ORDER BY at_ms", address, since
    )
    tries_of_login = [int(row["at_ms"]) for row in tries if row["login"] == login]
    for times, limit in (
        (tries_of_login, MAX_FAILURES),
        ([int(row["at_ms"]) for row in tries], MAX_FAILURES_OF_ADDRESS),
    ):
        if len(times) >= limit:
            return LoginThrottled(max(1, -(-(times[-limit] + THROTTLE_MS - now_ms) // MINUTE_MS)))
    await conn.insert("INSERT INTO login_attempt (login, address, at_ms) VALUES (?, ?, ?)", login, address, now_ms)
    return None


async def _open_session(conn: Connection, user_id: int, login: str, address: str, now_ms: int) -> str:
    token = secrets.token_urlsafe(32)
    await conn.execute("DELETE FROM login_attempt WHERE login = ? AND address = ?", login, address)
    # The table's key is text, so there is no generated id to ask for.
    await conn.execute(
        "INSERT INTO operator_session (token_hash, user_id, csrf, created_ms, seen_ms) VALUES (?, ?, ?, ?, ?)",
        _sha256(token),
        user_id,
        secrets.token_urlsafe(24),
        now_ms,
        now_ms,
    )
    await conn.execute("UPDATE operator_user SET on_duty_ms = ? WHERE id = ?", now_ms, user_id)
    return token


async def session_of(conn: Connection, token: str, now_ms: int) -> Session | None:
    """Return the session of a cookie, or None when it is unknown, has run out, or the account is switched off."""
    row = await conn.fetch_one(
        "SELECT s.token_hash, s.csrf, s.created_ms, s.seen_ms, u.id, u.name, u.role FROM operator_session s"
        " JOIN operator_user u ON u.id = s.user_id WHERE s.token_hash = ? AND u.active = 1",
        _sha256(token),
    )
    if row is None or now_ms - row["seen_ms"] > IDLE_MS or now_ms - row["created_ms"] > MAX_SESSION_MS:
        return None
    if now_ms - row["seen_ms"] > MINUTE_MS:  # once a minute is enough; a write per request is not
        await conn.execute("UPDATE operator_session SET seen_ms = ? WHERE token_hash = ?", now_ms, row["token_hash"])
    user = Dispatcher(id=row["id"], name=row["name"], role=row["role"])
    return Session(token_hash=row["token_hash"], csrf=row["csrf"], user=user)


async def log_out(conn: Connection, session: Session) -> None:
    await conn.execute("DELETE FROM operator_session WHERE token_hash = ?", session.token_hash)
    await conn.execute("UPDATE operator_user SET on_duty_ms = 0 WHERE id = ?", session.user.id)


async def keep_on_duty(conn: Connection, user_id: int, now_ms: int) -> None:
    """Note that the dispatcher has the console open now."""
    await conn.execute("UPDATE operator_user SET on_duty_ms = ? WHERE id = ?", now_ms, user_id)


async def on_duty(conn: Connection, now_ms: int) -> list[str]:
    """Return the names of dispatchers who had the console open within the last two minutes."""
    rows = await conn.fetch(
        "SELECT name FROM operator_user WHERE tenant = ? AND active = 1 AND on_duty_ms > ? ORDER BY name",
        TENANT,
        now_ms - ON_DUTY_MS,
    )
    return [str(row["name"]) for row in rows]


async def purge(conn: Connection, now_ms: int) -> None:
    """Delete expired sessions and log-in tries that no longer count."""
    await conn.execute(
        "DELETE FROM operator_session WHERE seen_ms < ? OR created_ms < ?",
        now_ms - IDLE_MS,
        now_ms - MAX_SESSION_MS,
    )
    await conn.execute("DELETE FROM login_attempt WHERE at_ms < ?", now_ms - THROTTLE_MS)


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
