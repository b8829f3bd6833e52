"""`Connection` over a transaction of Tortoise, for SQLite and PostgreSQL."""

from __future__ import annotations

import functools
import re
import zlib
from collections.abc import Sequence
from typing import Any, cast

from tortoise.backends.base.client import BaseDBAsyncClient

LOCKS = 7_140_002  # the class of our locks by name; any number that nothing else in the database uses


class TortoiseConnection:
    """`Connection` over one open transaction of Tortoise."""

    def __init__(self, client: BaseDBAsyncClient) -> None:
        self._client: BaseDBAsyncClient | None = client
        self.dialect = client.capabilities.dialect
        self._translate = dollars if self.dialect == "postgres" else str

    async def fetch(self, sql: str, *args: object) -> list[dict[str, Any]]:
        return await self._open().execute_query_dict(self._translate(sql), list(args))

    async def fetch_one(self, sql: str, *args: object) -> dict[str, Any] | None:
        rows = await self.fetch(sql, *args)
        return rows[0] if rows else None

    async def execute(self, sql: str, *args: object) -> int:
        if self.dialect == "postgres" and sql.lstrip()[:6].upper() == "INSERT":
            return len(await self.fetch(sql + " RETURNING 1", *args))  # Tortoise counts no inserts there
        return (await self._open().execute_query(self._translate(sql), list(args)))[0]

    async def insert(self, sql: str, *args: object) -> int:
        if self.dialect == "postgres":
            return int((await self.fetch(sql + " RETURNING id", *args))[0]["id"])
        return cast(int, await self._open().execute_insert(sql, list(args)))

    async def many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        if rows:
            await self._open().execute_many(self._translate(sql), [list(row) for row in rows])

    async def lock(self, name: str) -> None:
        if self.dialect == "postgres":
            await self.fetch("SELECT pg_advisory_xact_lock(?, ?)", LOCKS, zlib.crc32(name.encode()) - 2**31)

    def end(self) -> None:
        self._client = None

    def _open(self) -> BaseDBAsyncClient:
        if self._client is None:
            raise RuntimeError("a connection was used after its transaction had ended")
        return self._client


_QUOTED_OR_MARK = re.compile(r"'(?:[^']|'')*'|\?")


@functools.lru_cache(maxsize=1024)
def dollars(sql: str) -> str:
    """Turn `?` placeholders into ``$1``, ``$2`` ..., leaving quoted text alone."""
    count = 0

    def replace(match: re.Match[str]) -> str:
        nonlocal count
        if match[0] != "?":
            return match[0]
        count += 1
        return f"${count}"

    return _QUOTED_OR_MARK.sub(replace, sql)
