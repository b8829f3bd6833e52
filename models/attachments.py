"""Attachments: registered with a turn, fetched from the channel afterwards; their bytes lie in `file_content`."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from channels.contract import FileRef
from models.database import TENANT, Connection

MOST_PER_STATEMENT = 500


async def stored_name(conn: Connection, channel: str, remote: FileRef, now_ms: int) -> str:
    """Return our name of a file a resident sent; one that still lies at the channel is registered to be fetched."""
    known = await conn.fetch_one(
        "SELECT name FROM attachment WHERE tenant = ? AND name = ? AND channel = ''", TENANT, remote.remote_id
    )
    if known:
        return str(known["name"])
    name = secrets.token_hex(16)
    await conn.insert(
        "INSERT INTO attachment (tenant, name, channel, remote, title, mime, size, created_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        TENANT,
        name,
        channel,
        json.dumps(asdict(remote)),
        remote.name[:200],
        remote.mime,
        remote.size,
        now_ms,
    )
    return name


async def due(conn: Connection, now_ms: int, limit: int) -> list[dict[str, Any]]:
    """Return attachments to fetch now, oldest first: ``{"name", "channel", "remote", "tries"}``."""
    return await conn.fetch(
        "SELECT name, channel, remote, tries FROM attachment WHERE state = 0 AND due_ms <= ? ORDER BY due_ms LIMIT ?",
        now_ms,
        limit,
    )


async def postpone(conn: Connection, name: str, error: str, due_ms: int) -> None:
    """A fetch failed; try again at `due_ms`."""
    await conn.execute(
        "UPDATE attachment SET tries = tries + 1, error = ?, due_ms = ? WHERE tenant = ? AND name = ?",
        error,
        due_ms,
        TENANT,
        name,
    )


async def give_up(conn: Connection, name: str, error: str) -> None:
    """A file cannot be had; the console says so."""
    await conn.execute(
        "UPDATE attachment SET state = 2, tries = tries + 1, error = ? WHERE tenant = ? AND name = ?",
        error,
        TENANT,
        name,
    )


async def forget(conn: Connection, names: Sequence[str]) -> None:
    """Files go, from the tickets that showed them too; names nobody knows are passed by."""
    for start in range(0, len(names), MOST_PER_STATEMENT):
        part = names[start : start + MOST_PER_STATEMENT]
        marks = ", ".join("?" * len(part))
        for table, column in (("ticket_file", "file"), ("attachment", "name"), ("file_content", "name")):
            await conn.execute(
                f"DELETE FROM {table} WHERE tenant = ? AND {column} IN ({marks})",  # noqa: S608
                TENANT,
                *part,
            )


async def register_stored(conn: Connection, name: str, title: str, mime: str, size: int, now_ms: int) -> None:
    """Write the row of a file that came with its bytes; `store` follows in the same unit."""
    await conn.insert(
        "INSERT INTO attachment (tenant, name, channel, remote, title, mime, size, state, created_ms)"
        " VALUES (?, ?, '', '', ?, ?, ?, 1, ?)",
        TENANT,
        name,
        title,
        mime,
        size,
        now_ms,
    )


async def mark_stored(conn: Connection, name: str, mime: str, size: int) -> bool:
    """A registered file was fetched; `store` follows in the same unit. False: it was forgotten meanwhile."""
    changed = await conn.execute(
        "UPDATE attachment SET state = 1, mime = ?, size = ?, error = '' WHERE tenant = ? AND name = ?",
        mime,
        size,
        TENANT,
        name,
    )
    return changed > 0


async def store(conn: Connection, name: str, data: bytes) -> None:
    """Write the bytes of a file; what is there already is replaced."""
    await conn.execute(
        "INSERT INTO file_content (tenant, name, data) VALUES (?, ?, ?)"
        " ON CONFLICT (tenant, name) DO UPDATE SET data = excluded.data",
        TENANT,
        name,
        data,
    )


async def is_stored(conn: Connection, name: str) -> bool:
    """Whether the file was received with its bytes."""
    return bool(
        await conn.fetch_one("SELECT 1 FROM attachment WHERE tenant = ? AND name = ? AND state = 1", TENANT, name)
    )


async def read(conn: Connection, name: str) -> dict[str, Any] | None:
    """Return ``{"data", "mime", "title"}`` of a stored file, if it is one."""
    return await conn.fetch_one(
        "SELECT c.data, a.mime, a.title FROM attachment a"
        " JOIN file_content c ON c.tenant = a.tenant AND c.name = a.name"
        " WHERE a.tenant = ? AND a.name = ? AND a.state = 1",
        TENANT,
        name,
    )
