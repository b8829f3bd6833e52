"""`GET /healthz`: 200 when the program takes messages and its database answers; also says how much work waits."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from aiohttp import web

from models.database import Connection, Database


def health_routes(database: Database, ready: asyncio.Event) -> list[web.RouteDef]:
    async def healthz(request: web.Request) -> web.Response:
        if not ready.is_set():
            return web.json_response({"status": "starting"}, status=503)

        try:
            waiting = await asyncio.wait_for(database.unit(waiting_work), timeout=5)
        except Exception:  # noqa: BLE001 - whatever it is, the answer is the same: the database does not answer
            return web.json_response({"status": "database"}, status=503)
        return web.json_response({"status": "ok", **waiting})

    return [web.get("/healthz", healthz)]


async def waiting_work(conn: Connection) -> dict[str, Any]:
    """Count what is to be done now: events without a turn, messages that are due. What waits for another try counts."""
    row = await conn.fetch_one(
        "SELECT (SELECT count(*) FROM inbox WHERE state = 0) AS inbox,"
        " (SELECT count(*) FROM outbox WHERE state = 0 AND (tries > 0 OR due_ms <= ?)) AS outbox",
        int(time.time() * 1000),
    )
    return row or {}
