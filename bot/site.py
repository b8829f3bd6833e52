"""Everything over HTTP: pages and webhooks of channels, the console, and what tells how this process is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from bot.monitoring.metrics import Metrics
from bot.monitoring.metrics_endpoint import count_refusals
from channels.contract import Channel, Overloaded, Routes, Webhook

LONGEST_BODY = 30_000_000  # bytes; routes have tighter limits of their own


def build_site(routes: list[web.RouteDef], metrics: Metrics) -> web.Application:
    """Build a site that answers `routes` only: how this process is."""
    site = web.Application(client_max_size=LONGEST_BODY)
    site.add_routes(routes)
    site.on_response_prepare.append(lambda _, response: count_refusals(metrics, response))
    return site


def mount_web(site: web.Application, channels: Mapping[str, Channel], console: web.Application) -> None:
    """Add what a process with the role ``web`` serves."""
    for channel in channels.values():
        if isinstance(channel, Routes):
            site.add_routes(channel.routes())
        if isinstance(channel, Webhook) and channel.webhook_path:
            site.router.add_post(channel.webhook_path, webhook_handler(channel))
    site.add_subapp("/console", console)


def served(channels: Mapping[str, Channel]) -> list[Channel]:
    """Return the channels that residents or their service reach over our web server; the others are polled."""
    return [channel for channel in channels.values() if isinstance(channel, Routes) or has_webhook(channel)]


def has_webhook(channel: Channel) -> bool:
    """Whether the channel is called by its service; a channel that can be, but polls, has an empty path."""
    return isinstance(channel, Webhook) and bool(channel.webhook_path)


def webhook_handler(channel: Webhook) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            status, body = await channel.handle(headers, await request.read())
        except Overloaded:
            status, body = 503, ""
        return web.Response(status=status, text=body)

    return handle
