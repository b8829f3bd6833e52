"""Signs of a wrong clock in the database, and repair of the due times that it leaves."""

from __future__ import annotations

from models.database.connection import TENANT, Connection
from models.queues.states import OutboxState

DAY_MS = 86_400_000
JUMP_MS = 5_000  # smaller corrections are everyday


async def clocks(conn: Connection) -> tuple[int, int]:
    """Return the server's clock (0: there is no server) and the time of the newest record (0: none), in ms."""
    server = 0
    if conn.dialect == "postgres":
        row = await conn.fetch_one("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS ms")
        server = int(row["ms"]) if row else 0
    newest = await conn.fetch_one("SELECT at_ms FROM message ORDER BY id DESC LIMIT 1")
    return server, int(newest["at_ms"]) if newest else 0


async def release_future(conn: Connection, now_ms: int) -> int:
    """After a jump back: what was to be sent "now" by the clock of before is due now; return how many messages."""
    freed = await conn.execute(
        f"UPDATE outbox SET due_ms = ?, created_ms = ? WHERE state = {OutboxState.WAITING}"  # noqa: S608
        " AND created_ms > ? AND due_ms > ?",
        now_ms,
        now_ms,
        now_ms + JUMP_MS,
        now_ms,
    )
    await conn.execute(
        f"UPDATE outbox SET due_ms = ? WHERE state = {OutboxState.UNCONFIRMED} AND tenant = ? AND due_ms > ?",  # noqa: S608
        now_ms,
        TENANT,
        now_ms + DAY_MS,
    )
    await conn.execute("UPDATE channel SET paused_until_ms = ? WHERE paused_until_ms > ?", now_ms, now_ms + DAY_MS)
    return freed
