"""Attachments: registered with a turn, fetched from the channel afterwards; their bytes lie in `file_content`.

The convention worth knowing: the same bytes are kept once, under their SHA-256, however many attachments have them;
they go with the last of these. A transaction that adds or drops an attachment first locks the row of its bytes.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from channels.contract import FileRef
from models.database.connection import TENANT, Connection
from models.queues.states import FileState

MOST_PER_STATEMENT = 500
KEY = "CASE WHEN a.hash <> '' THEN a.hash ELSE a.name END"  # of an attachment `a` in `file_content`


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A file whose bytes are there."""

    title: str  # as people see it
    mime: str
    data: bytes
    hash: str  # SHA-256 of `data` in hexadecimal


async def stored_name(
    conn: Connection, channel: str, remote: FileRef, now_ms: int, *, conversation_id: int = 0, voice: bool = False
) -> str:
    """Return our name of a file a resident sent; one that still lies at the channel is registered to be fetched.

    voice: it is a voice message, to be written down where a transcriber is set.
    """
    known = await conn.fetch_one(
        "SELECT name FROM attachment WHERE tenant = ? AND name = ? AND channel = ''", TENANT, remote.remote_id
    )
    if known:
        await conn.execute(
            "UPDATE attachment SET conversation_id = ?, voice = ? WHERE tenant = ? AND name = ?"
            " AND conversation_id = 0",
            conversation_id,
            int(voice),
            TENANT,
            known["name"],
        )
        return str(known["name"])
    name = secrets.token_hex(16)
    await conn.insert(
        "INSERT INTO attachment (tenant, name, channel, remote, title, mime, size, created_ms, conversation_id, voice)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        TENANT,
        name,
        channel,
        json.dumps(asdict(remote)),
        remote.name[:200],
        remote.mime,
        remote.size,
        now_ms,
        conversation_id,
        int(voice),
    )
    return name


@dataclass(frozen=True, slots=True, kw_only=True)
class DueFile:
    """A file to be fetched from its channel."""

    name: str  # stored name
    channel: str
    remote: str  # JSON of the channel's `FileRef`
    tries: int
    conversation_id: int  # 0: of an older program


async def due(conn: Connection, now_ms: int, limit: int) -> list[DueFile]:
    """Return files to fetch now, oldest first."""
    rows = await conn.fetch(
        "SELECT name, channel, remote, tries, conversation_id FROM attachment"  # noqa: S608
        f" WHERE state = {FileState.WAITING} AND due_ms <= ?"
        " ORDER BY due_ms LIMIT ?",
        now_ms,
        limit,
    )
    return [DueFile(**row) for row in rows]


async def postpone(conn: Connection, name: str, error: str, due_ms: int) -> None:
    """A fetch failed; try again at `due_ms`."""
    await conn.execute(
        "UPDATE attachment SET tries = tries + 1, error = ?, due_ms = ? WHERE tenant = ? AND name = ?",
        error,
        due_ms,
        TENANT,
        name,
    )


async def give_up(conn: Connection, name: str, error: str) -> bool:
    """A file cannot be had; the console says so. False: that was known, or it was forgotten meanwhile."""
    changed = await conn.execute(
        f"UPDATE attachment SET state = {FileState.LOST}, voice = 0, tries = tries + 1, error = ?"  # noqa: S608
        f" WHERE tenant = ? AND name = ? AND state = {FileState.WAITING}",
        error,
        TENANT,
        name,
    )
    return changed > 0


async def forget(conn: Connection, names: Sequence[str]) -> None:
    """Files go, from the tickets that showed them too; names nobody knows are passed by."""
    for start in range(0, len(names), MOST_PER_STATEMENT):
        part = names[start : start + MOST_PER_STATEMENT]
        placeholders = ", ".join("?" * len(part))
        rows = await conn.fetch(
            f"SELECT DISTINCT {KEY} AS k FROM attachment a WHERE a.tenant = ? AND a.name IN ({placeholders})",  # noqa: S608
            TENANT,
            *part,
        )
        for table, column in (("ticket_file", "file"), ("attachment", "name")):
            await conn.execute(
                f"DELETE FROM {table} WHERE tenant = ? AND {column} IN ({placeholders})",  # noqa: S608
                TENANT,
                *part,
            )
        await _drop_unused(conn, {row["k"] for row in rows})


async def _drop_unused(conn: Connection, keys: Iterable[str]) -> None:
    """Delete bytes that no attachment has any more. The lock makes a second look see what others have committed."""
    known = sorted(keys)
    if not known:
        return
    placeholders = ", ".join("?" * len(known))
    if conn.dialect == "postgres":
        await conn.fetch(
            f"SELECT 1 FROM file_content WHERE tenant = ? AND name IN ({placeholders}) ORDER BY name FOR UPDATE",  # noqa: S608
            TENANT,
            *known,
        )
    await conn.execute(
        f"DELETE FROM file_content AS c WHERE c.tenant = ? AND c.name IN ({placeholders})"  # noqa: S608
        " AND NOT EXISTS (SELECT 1 FROM attachment a WHERE a.tenant = c.tenant AND a.hash = c.name)"
        " AND NOT EXISTS (SELECT 1 FROM attachment a WHERE a.tenant = c.tenant AND a.name = c.name AND a.hash = '')",
        TENANT,
        *known,
    )


async def register_stored(conn: Connection, name: str, title: str, mime: str, size: int, now_ms: int) -> None:
    """Write the row of a file that came with its bytes; `store` follows in the same transaction."""
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


async def title_of(conn: Connection, name: str) -> str:
    """Return what the sender called a file; '' when nobody knows it."""
    row = await conn.fetch_one("SELECT title FROM attachment WHERE tenant = ? AND name = ?", TENANT, name)
    return str(row["title"]) if row else ""


async def fill(conn: Connection, name: str, file: Stored) -> bool:
    """Store a registered file that was fetched. False: it was forgotten meanwhile."""
    changed = await conn.execute(
        f"UPDATE attachment SET state = {FileState.STORED}, title = ?, mime = ?, size = ?, error = ''"  # noqa: S608
        " WHERE tenant = ? AND name = ?",
        file.title,
        file.mime,
        len(file.data),
        TENANT,
        name,
    )
    if changed:
        await store(conn, name, file.data, file.hash)
    return changed > 0


async def store(conn: Connection, name: str, data: bytes, digest: str) -> None:
    """Give an attachment its bytes, whose SHA-256 is `digest`; what it had before goes unless others have it too."""
    before = await conn.fetch_one(
        f"SELECT {KEY} AS k FROM attachment a WHERE a.tenant = ? AND a.name = ?",  # noqa: S608
        TENANT,
        name,
    )
    await conn.execute(
        "INSERT INTO file_content (tenant, name, data) VALUES (?, ?, ?)"
        " ON CONFLICT (tenant, name) DO UPDATE SET name = excluded.name",  # the same bytes: only locks them
        TENANT,
        digest,
        data,
    )
    await conn.execute("UPDATE attachment SET hash = ? WHERE tenant = ? AND name = ?", digest, TENANT, name)
    if before and before["k"] != digest:
        await _drop_unused(conn, [before["k"]])


async def is_stored(conn: Connection, name: str) -> bool:
    """Say whether the file was received with its bytes."""
    return bool(
        await conn.fetch_one(
            f"SELECT 1 FROM attachment WHERE tenant = ? AND name = ? AND state = {FileState.STORED}",  # noqa: S608
            TENANT,
            name,
        )
    )


async def read(conn: Connection, name: str) -> dict[str, Any] | None:
    """Return ``{"data", "mime", "title"}`` of a stored file, if it is one."""
    return await conn.fetch_one(
        "SELECT c.data, a.mime, a.title FROM attachment a"  # noqa: S608
        f" JOIN file_content c ON c.tenant = a.tenant AND c.name = {KEY}"
        f" WHERE a.tenant = ? AND a.name = ? AND a.state = {FileState.STORED}",
        TENANT,
        name,
    )


# --- voice messages ------------------------------------------------------------------------------------------------


async def unheard(conn: Connection, since_ms: int, limit: int) -> list[dict[str, Any]]:
    """Return stored voice messages to be written down, oldest first: ``{"name", "conversation_id"}``.

    since_ms: older ones are left alone; they came before a transcriber was set, or while it was long away.
    """
    return await conn.fetch(
        f"SELECT name, conversation_id FROM attachment WHERE voice = 1 AND state = {FileState.STORED}"  # noqa: S608
        " AND created_ms >= ?"
        " ORDER BY id LIMIT ?",
        since_ms,
        limit,
    )


async def keep_transcript(conn: Connection, name: str, transcript: str) -> bool:
    """Keep what a voice message says; '' when nobody could tell. False: that was known, or it was forgotten."""
    changed = await conn.execute(
        "UPDATE attachment SET voice = 2, transcript = ? WHERE tenant = ? AND name = ? AND voice = 1",
        transcript,
        TENANT,
        name,
    )
    return changed > 0
