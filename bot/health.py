"""`GET /healthz`: 200 when the program takes messages and its database answers."""

from __future__ import annotations

import asyncio

from aiohttp import web

from models.database import Connection, Database


def health_routes(database: Database, ready: asyncio.Event) -> list[web.RouteDef]:
    async def healthz(request: web.Request) -> web.Response:
        if not ready.is_set():
            return web.json_response({"status": "starting"}, status=503)

        async def ping(conn: Connection) -> None:
            await conn.fetch("SELECT 1")

        try:
            await asyncio.wait_for(database.unit(ping), timeout=5)
        except Exception:  # noqa: BLE001 - whatever it is, the answer is the same: the database does not answer
            return web.json_response({"status": "database"}, status=503)
        return web.json_response({"status": "ok"})

    return [web.get("/healthz", healthz)]
