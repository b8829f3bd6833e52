"""Accounts over a real database: passwords, sessions, throttling."""

from __future__ import annotations

import asyncio

import pytest
from argon2 import Type

from models.database.database import Database
from operators.accounts import accounts, sessions
from operators.accounts.accounts import AccountError
from operators.accounts.sessions import LoginRefused, LoginThrottled
from tests.operators.conftest import SHIPPED_HASHER

NOW = 1_790_000_000_000
MINUTE = 60_000
HOUR = 60 * MINUTE


async def add(database: Database, login: str = "anna") -> str:
    return await accounts.create_user(database, login=login, name="Анна Петровна", now_ms=NOW)


async def enter(
    database: Database, password: str, *, login: str = "anna", address: str = "10.0.0.1", now_ms: int = NOW
) -> str:
    return await sessions.log_in(database, login=login, password=password, address=address, now_ms=now_ms)


async def session(database: Database, token: str, now_ms: int) -> sessions.Session | None:
    return await database.transaction(lambda conn: sessions.session_of(conn, token, now_ms))


async def test_the_random_password_opens_a_session(database: Database) -> None:
    password = await add(database)
    token = await enter(database, password, login=" Anna ")
    found = await session(database, token, NOW)
    assert found is not None
    assert (found.user.name, found.user.role) == ("Анна Петровна", "dispatcher")


async def test_neither_password_nor_token_lies_in_the_database(database: Database) -> None:
    password = await add(database)
    token = await enter(database, password)
    users = await database.transaction(lambda conn: conn.fetch("SELECT * FROM operator_user WHERE login = 'anna'"))
    sessions = await database.transaction(lambda conn: conn.fetch("SELECT * FROM operator_session"))
    assert users[0]["password_hash"].startswith("$argon2id$")
    assert password not in str(users)
    assert token not in str(sessions)


def test_guessing_a_password_is_dear_in_use_though_cheap_in_the_tests() -> None:
    """RFC 9106 recommends this or more where memory is short."""
    assert SHIPPED_HASHER.type is Type.ID
    assert (SHIPPED_HASHER.memory_cost, SHIPPED_HASHER.time_cost) >= (65_536, 3)


@pytest.mark.parametrize(("login", "password"), [("anna", "wrong"), ("nobody", "wrong"), ("nobody", ""), ("", "")])
async def test_wrong_password_and_unknown_login_are_refused_alike(
    database: Database, login: str, password: str
) -> None:
    await add(database)
    with pytest.raises(LoginRefused) as refused:
        await enter(database, password, login=login)
    assert str(refused.value) == "unknown log-in or wrong password"


async def test_the_sixth_try_is_throttled_even_with_the_right_password(database: Database) -> None:
    password = await add(database)
    for _ in range(5):
        with pytest.raises(LoginRefused):
            await enter(database, "wrong")
    with pytest.raises(LoginThrottled) as throttled:
        await enter(database, password, now_ms=NOW + 5 * MINUTE)
    assert throttled.value.minutes == 10
    assert await enter(database, password, now_ms=NOW + 15 * MINUTE)


async def test_tries_made_at_once_do_not_slip_past_the_limit(database: Database) -> None:
    await add(database)
    outcomes = await asyncio.gather(*(enter(database, "wrong") for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(outcome, LoginThrottled) for outcome in outcomes) == 3


async def test_another_address_is_not_throttled(database: Database) -> None:
    password = await add(database)
    for _ in range(5):
        with pytest.raises(LoginRefused):
            await enter(database, "wrong")
    assert await enter(database, password, address="10.0.0.2")


async def test_a_success_forgets_earlier_failures(database: Database) -> None:
    password = await add(database)
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(LoginRefused):
                await enter(database, "wrong")
        assert await enter(database, password)


async def test_a_session_ends_after_twelve_idle_hours(database: Database) -> None:
    token = await enter(database, await add(database))
    assert await session(database, token, NOW + 11 * HOUR) is not None
    assert await session(database, token, NOW + 22 * HOUR) is not None
    assert await session(database, token, NOW + 35 * HOUR) is None


async def test_a_session_ends_after_a_week_even_when_used(database: Database) -> None:
    token = await enter(database, await add(database))
    for hours in range(10, 7 * 24, 10):
        assert await session(database, token, NOW + hours * HOUR) is not None
    assert await session(database, token, NOW + (7 * 24 + 1) * HOUR) is None


async def test_logging_out_ends_the_session(database: Database) -> None:
    token = await enter(database, await add(database))
    found = await session(database, token, NOW)
    assert found is not None
    await database.transaction(lambda conn: sessions.log_out(conn, found))
    assert await session(database, token, NOW) is None


async def test_a_new_password_ends_old_sessions(database: Database) -> None:
    old = await add(database)
    token = await enter(database, old)
    new = await add(database)
    assert await session(database, token, NOW) is None
    with pytest.raises(LoginRefused):
        await enter(database, old)
    assert await enter(database, new)


async def test_a_switched_off_account_is_out_at_once(database: Database) -> None:
    password = await add(database)
    token = await enter(database, password)
    await database.transaction(lambda conn: conn.execute("UPDATE operator_user SET active = 0 WHERE login = 'anna'"))
    assert await session(database, token, NOW) is None
    with pytest.raises(LoginRefused):
        await enter(database, password)


@pytest.mark.parametrize(
    ("login", "name", "role"),
    [("", "Анна", "dispatcher"), ("a b", "Анна", "admin"), ("a", " ", "admin"), ("a", "А", "x")],
)
async def test_an_impossible_account_is_refused(database: Database, login: str, name: str, role: str) -> None:
    with pytest.raises(AccountError):
        await accounts.create_user(database, login=login, name=name, role=role, now_ms=NOW)


async def test_purge_forgets_what_has_run_out(database: Database) -> None:
    token = await enter(database, await add(database))
    with pytest.raises(LoginRefused):
        await enter(database, "wrong")
    await database.transaction(lambda conn: sessions.purge(conn, NOW + 13 * HOUR))
    assert await database.transaction(lambda conn: conn.fetch("SELECT 1 AS one FROM operator_session")) == []
    assert await database.transaction(lambda conn: conn.fetch("SELECT 1 AS one FROM login_attempt")) == []
    assert await session(database, token, NOW + 13 * HOUR) is None


async def test_on_duty_are_those_with_the_console_open(database: Database) -> None:
    await enter(database, await add(database))
    assert await database.transaction(lambda conn: sessions.on_duty(conn, NOW + MINUTE)) == ["Анна Петровна"]
    assert await database.transaction(lambda conn: sessions.on_duty(conn, NOW + 3 * MINUTE)) == []
