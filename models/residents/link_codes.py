"""Codes that a resident reads in one channel and types in another, as a proof that both are theirs.

A code lives for 15 minutes and is used once; only its hash is stored. A conversation may try
five wrong codes an hour, and all together a thousand: web chats cost nothing, so one limit alone would not do.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from models.database.connection import TENANT, Connection

DIGITS = 8
LIVES_MS = 15 * 60_000
HOUR_MS = 3_600_000
MOST_TRIES = 5  # wrong codes of one conversation in an hour
MOST_TRIES_OF_ALL = 1000  # with ten codes alive, one guess in ten thousand hours

Outcome = str  # "accepted", "wrong", "expired" (or used), "own", "many" (too many wrong ones)


async def issue(conn: Connection, conversation_id: int, now_ms: int) -> str:
    """Make a code for a conversation and return it; the one it had before is void."""
    await conn.execute("DELETE FROM identity_code WHERE conversation_id = ?", conversation_id)
    await conn.execute("DELETE FROM identity_code WHERE tenant = ? AND expires_ms < ?", TENANT, now_ms - HOUR_MS)
    while True:
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        made = await conn.execute(
            "INSERT INTO identity_code (tenant, conversation_id, hash, expires_ms) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (tenant, hash) DO NOTHING",
            TENANT,
            conversation_id,
            hashed(code),
            now_ms + LIVES_MS,
        )
        if made:
            return code


async def use(conn: Connection, conversation_id: int, code: str, now_ms: int) -> tuple[Outcome, int]:
    """Check a code that was typed in a conversation; return the outcome and the conversation that showed it, or 0.

    An accepted code is used up. A resident's own code is not: it is still good for the other channel.
    """
    if await _exhausted(conn, conversation_id, now_ms):
        return "many", 0
    row = await conn.fetch_one("SELECT * FROM identity_code WHERE tenant = ? AND hash = ?", TENANT, hashed(code))
    if row is None:
        await _count(conn, conversation_id, now_ms)
        return "wrong", 0
    if await _is_own(conn, row, conversation_id):
        return "own", 0
    used = await conn.execute(
        "UPDATE identity_code SET used_ms = ? WHERE id = ? AND used_ms = 0 AND expires_ms > ?",
        now_ms,
        row["id"],
        now_ms,
    )
    if not used:
        await _count(conn, conversation_id, now_ms)
        return "expired", 0
    return "accepted", int(row["conversation_id"])


def hashed(code: str) -> str:
    """Slow on purpose: all codes together would be tried in days, not in minutes."""
    return hashlib.scrypt(code.encode(), salt=b"domovoy link code", n=2**11, r=8, p=1, dklen=16).hex()


async def _is_own(conn: Connection, row: dict[str, Any], conversation_id: int) -> bool:
    same = await conn.fetch_one(
        "SELECT 1 AS same FROM conversation a JOIN conversation b ON b.resident_id = a.resident_id"
        " WHERE a.id = ? AND b.id = ?",
        row["conversation_id"],
        conversation_id,
    )
    return same is not None


async def _exhausted(conn: Connection, conversation_id: int, now_ms: int) -> bool:
    row = await conn.fetch_one(
        "SELECT (SELECT count(*) FROM identity_try WHERE conversation_id = ? AND at_ms > ?) AS mine,"
        " (SELECT count(*) FROM identity_try WHERE at_ms > ?) AS of_all",
        conversation_id,
        now_ms - HOUR_MS,
        now_ms - HOUR_MS,
    )
    return row is not None and (row["mine"] >= MOST_TRIES or row["of_all"] >= MOST_TRIES_OF_ALL)


async def _count(conn: Connection, conversation_id: int, now_ms: int) -> None:
    await conn.execute("DELETE FROM identity_try WHERE at_ms <= ?", now_ms - HOUR_MS)
    await conn.execute(
        "INSERT INTO identity_try (tenant, conversation_id, at_ms) VALUES (?, ?, ?)", TENANT, conversation_id, now_ms
    )
