"""`GET /healthz` and `GET /readyz`: small JSON that says what is wrong, within seconds whatever the database does.

`/healthz`: 200 while the program works and its database answers; also says how much work waits. `/readyz`: 200 only
when this process can serve its roles as well: it does not stop, and the schema is the one it knows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from aiohttp import web

import epoch
from bot.monitoring.database_probe import Probe
from models import health
from models.database.database import Database
from models.database.migrate import migrations
from models.health import Health


def health_routes(
    database: Database, ready: asyncio.Event, stop: asyncio.Event, roles: Collection[str], patience: float = 2.0
) -> list[web.RouteDef]:
    """patience: how many seconds the database has to answer."""
    probe = Probe(database, lambda conn: health.look(conn, epoch.now_ms()), patience=patience)
    schema = len(migrations())

    async def examine() -> tuple[str, Health | None]:
        """Return what is wrong ("": nothing) and what was seen."""
        if stop.is_set():
            return "stopping", None
        if not ready.is_set():
            return "starting", None
        try:
            seen = await probe.ask()
        except Exception:  # noqa: BLE001 - whatever it is, the answer is the same: the database does not answer
            return "database", None
        return "", seen

    async def healthz(request: web.Request) -> web.Response:
        wrong, seen = await examine()
        waiting = {"inbox": seen.inbox, "outbox": seen.outbox} if seen else {}
        return web.json_response({"status": wrong or "ok", **waiting}, status=503 if wrong else 200)

    async def readyz(request: web.Request) -> web.Response:
        wrong, seen = await examine()
        if seen and seen.schema != schema:
            wrong = "schema"
        return web.json_response({"status": wrong or "ok", "roles": sorted(roles)}, status=503 if wrong else 200)

    return [web.get("/healthz", healthz), web.get("/readyz", readyz)]
