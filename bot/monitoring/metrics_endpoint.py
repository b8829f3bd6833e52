"""`GET /metrics` for Prometheus: access to it, and the age of its answers."""

from __future__ import annotations

import hmac
import ipaddress

from aiohttp import web

import epoch
from bot.monitoring.database_probe import Probe
from bot.monitoring.metrics import Metrics
from models import metrics_queries
from models.database.database import Database

KEEP_SECONDS = 5.0  # whoever asks more often gets the same figures of the database
FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")
TYPE = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}


def metrics_routes(database: Database, metrics: Metrics, token: str, patience: float = 2.0) -> list[web.RouteDef]:
    """token: empty: only programs on this machine are answered. patience: seconds the database has to answer."""
    probe = Probe(
        database,
        lambda conn: metrics_queries.read(conn, epoch.now_ms()),
        patience=patience,
        keep_seconds=KEEP_SECONDS,
    )

    async def scrape(request: web.Request) -> web.Response:
        if not may_ask(request, token):
            return web.Response(status=403, text="Метрики закрыты: нужен server.metrics_token.")
        try:
            metrics.figures = await probe.ask()
        except Exception:  # noqa: BLE001 - whatever it is, the figures are not known now, and the answer says so
            metrics.figures = None
        metrics.database_seconds = probe.seconds
        return web.Response(body=metrics.text(), headers=TYPE)

    return [web.get("/metrics", scrape)]


def may_ask(request: web.Request, token: str) -> bool:
    """With a token: who holds it. Without: who is on this machine and was not let in by a proxy on it."""
    if token:
        given = request.headers.get("Authorization", "").encode(errors="replace")
        return hmac.compare_digest(given, f"Bearer {token}".encode())
    try:
        near = ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        return False
    return near and not any(name in request.headers for name in FORWARDED)


async def count_refusals(metrics: Metrics, response: web.StreamResponse) -> None:
    """Count what was refused for now, whichever part refused it."""
    if response.status in (429, 503):
        metrics.refused.labels(str(response.status)).inc()
