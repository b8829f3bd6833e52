"""PostgreSQL behind `models.database.database`.

Its address, its settings, and which of its errors pass by themselves.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import asyncpg  # type: ignore[import-untyped]  # it ships no types
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.backends.base.client import BaseDBAsyncClient, TransactionContext
from tortoise.exceptions import DBConnectionError

from errors import ConfigError

ENGINE = "tortoise.backends.asyncpg"
SCHEMES = ("asyncpg", "postgres", "postgresql")
OLDEST = 140000  # `idle_session_timeout` is of PostgreSQL 14
POOL = 8  # connections of one process; one more holds its locks, one hears its wake-ups
CONNECT_SECONDS = 5.0
# A node that is cut off must let go of its rows and locks by itself: the server ends what it hears nothing of.
SERVER_SETTINGS = {
    "application_name": "domovoy",
    "timezone": "UTC",
    "statement_timeout": "5s",
    "lock_timeout": "4s",
    "idle_in_transaction_session_timeout": "3s",
    "tcp_keepalives_idle": "2",
    "tcp_keepalives_interval": "1",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "5000",
}
# What a connection raises when it breaks; the last one when it breaks in the middle of a statement.
LOST = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
HELP = "проверьте database.url и что PostgreSQL запущен и принимает соединения с этого компьютера"


class Light(asyncpg.Connection):  # type: ignore[misc]  # its base is untyped
    """A pooled connection that is given back without a question to the server: transactions leave nothing behind."""

    def get_reset_query(self) -> str:
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The address of the database; `shown` is it without its password."""

    host: str
    port: int
    user: str
    password: str
    database: str
    ssl: str

    @property
    def shown(self) -> str:
        return f"{self.host}:{self.port}/{self.database}"

    def options(self) -> dict[str, Any]:
        """Keyword arguments that asyncpg and Tortoise's client share."""
        found: dict[str, Any] = {"host": self.host, "port": self.port, "user": self.user, "database": self.database}
        if self.password:
            found["password"] = self.password
        if self.ssl:
            found["ssl"] = self.ssl
        return found | {"timeout": CONNECT_SECONDS}


def parse(url: str) -> Address:
    """Read ``asyncpg://user:password@host:5432/name`` (also ``postgres://``, ``postgresql://``).

    ``?host=/folder`` names a Unix socket's folder, ``?sslmode=require`` the kind of encryption, as for libpq.

    Raises:
        ConfigError: the address cannot be one.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or 5432
    except ValueError as error:
        raise ConfigError(f"database.url: адрес написан с ошибкой: {error}") from error
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    name = unquote(parts.path.lstrip("/"))
    if parts.scheme not in SCHEMES or not name:
        raise ConfigError("database.url: нужен адрес вида asyncpg://пользователь:пароль@узел:5432/имя_базы")
    return Address(
        host=query.get("host") or parts.hostname or "127.0.0.1",
        port=port,
        user=unquote(parts.username or "") or os.environ.get("PGUSER", "postgres"),
        password=_password(parts),
        database=name,
        ssl=query.get("sslmode", ""),
    )


def _password(parts: SplitResult) -> str:
    return unquote(parts.password or "") or os.environ.get("PGPASSWORD", "")


def credentials(address: Address) -> dict[str, Any]:
    return address.options() | {
        "minsize": 1,
        "maxsize": POOL,
        "connection_class": Light,
        "server_settings": dict(SERVER_SETTINGS),
        "max_inactive_connection_lifetime": 60.0,
    }


async def connect(client: BaseDBAsyncClient, address: Address) -> None:
    """Open the pool. Raises `ConfigError` when the server cannot be reached, refuses us, or cannot serve us."""
    try:
        await client.create_connection(with_db=True)
        found = await client.execute_query_dict(
            "SELECT current_setting('server_version_num')::int AS version, current_setting('server_encoding') AS coding"
        )
    except (*LOST, DBConnectionError) as error:
        raise ConfigError(explain(address, error)) from error
    if found[0]["version"] < OLDEST:
        raise ConfigError(f"база {address.shown}: PostgreSQL слишком стар; нужен 14 или новее")
    if found[0]["coding"] != "UTF8":
        raise ConfigError(
            f"база {address.shown}: её кодировка {found[0]['coding']}; создайте базу заново: "
            f"CREATE DATABASE {address.database} ENCODING 'UTF8' TEMPLATE template0"
        )


def explain(address: Address, error: BaseException) -> str:
    """Say in Russian why the server does not let us in."""
    cause = error.__cause__ if isinstance(error, DBConnectionError) and error.__cause__ else error
    where = f"база {address.shown}"
    if isinstance(cause, asyncpg.InvalidCatalogNameError):
        return f"{where}: такой базы на сервере нет; создайте её: createdb {address.database}"
    if isinstance(cause, asyncpg.InvalidPasswordError | asyncpg.InvalidAuthorizationSpecificationError):
        return f"{where}: сервер не пускает пользователя {address.user}; проверьте имя и пароль в database.url"
    if isinstance(cause, asyncpg.InsufficientPrivilegeError):
        return f"{where}: у пользователя {address.user} нет прав; нужны права на создание таблиц"
    if isinstance(cause, TimeoutError):
        return f"{where}: сервер не отвечает; {HELP}"
    return f"{where}: соединиться не удалось ({type(cause).__name__}); {HELP}"


def passes(error: BaseException) -> bool:
    """Say whether the same work may succeed later: the server is away, restarts, is full, or was too slow."""
    if isinstance(error, ValueError):
        return False  # asyncpg's error for a value of the wrong type is an InterfaceError too
    return isinstance(
        error,
        OSError
        | TimeoutError
        | asyncpg.InterfaceError
        | asyncpg.InternalClientError
        | asyncpg.PostgresConnectionError
        | asyncpg.OperatorInterventionError
        | asyncpg.InsufficientResourcesError
        | asyncpg.IdleInTransactionSessionTimeoutError
        | asyncpg.IdleSessionTimeoutError
        | asyncpg.ReadOnlySQLTransactionError
        | asyncpg.LockNotAvailableError
        | asyncpg.InvalidAuthorizationSpecificationError
        | asyncpg.InvalidCatalogNameError,
    ) or conflicts(error)


def conflicts(error: BaseException) -> bool:
    """Say whether this transaction was rolled back because of another one, so that it may be done again at once."""
    return isinstance(error, asyncpg.DeadlockDetectedError | asyncpg.SerializationError)


def stale(error: BaseException) -> bool:
    """Say whether a pooled connection was dead: the server ended its session or was restarted meanwhile."""
    dead = asyncpg.InterfaceError | asyncpg.InternalClientError | asyncpg.PostgresConnectionError | ConnectionError
    return isinstance(error, dead | asyncpg.AdminShutdownError | asyncpg.CrashShutdownError)


async def alone(address: Address, **server_settings: str) -> Any:
    """Open a connection beside the pool, for what belongs to a session: locks and notifications."""
    settings = {**SERVER_SETTINGS, **server_settings}
    return await asyncpg.connect(**address.options(), server_settings=settings, command_timeout=2.0)


async def end(connection: Any) -> None:
    """Close a connection of `alone`, politely when the server still answers."""
    try:
        async with asyncio.timeout(1):
            await connection.close()
    except LOST:
        connection.terminate()


async def abandon(context: TransactionContext) -> None:
    """Give back the connection after its transaction could not begin; Tortoise 1.1.9 would lose it from the pool."""
    client = cast(AsyncpgDBClient, context.client)
    if client._connection is not None:
        await cast(Any, client)._parent._pool.release(client._connection)
