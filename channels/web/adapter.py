"""The web chat: our own page, which sends messages by POST and receives them as server-sent events.

`send` itself delivers nothing. The stream reads the lines from the transcript, and the id of a line is the id of its
event. So a lost connection resumes where it stopped, and a repeated `send` shows nothing twice.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime

from aiohttp import web

from channels.config import ChannelContext
from channels.contract import (
    Accept,
    Capabilities,
    Files,
    Outgoing,
    SendError,
    Transcript,
)
from channels.web import outgoing
from channels.web.api import ChatApi
from channels.web.chat import ChatService
from channels.web.config import INFO, WebConfig
from channels.web.errors import Handler
from channels.web.form.page import FormPage
from channels.web.no_script import page as plain

ASSETS = (
    "app.js",
    "wire.js",
    "queue.js",
    "view.js",
    "focus.js",
    "shrink.js",
    "form.js",
    "form.css",
    "style.css",
    "bare.css",
    "icon.svg",
)


def build(config: WebConfig, context: ChannelContext) -> WebChat:
    return WebChat(config, context.transcript, context.files, context.is_emergency)


class WebChat:
    """Implements `Channel`, `Routes` and `Linked` of `channels.contract`.

    Args:
        is_emergency: whether a text reports a danger. Such a text is never throttled.
        now, monotonic: the clocks, replaceable in tests.
    """

    name = INFO.name
    capabilities = Capabilities(
        text_length=4000,
        buttons=20,
        per_second=1000,
        per_conversation_second=50,
        in_flight=100,
        idempotent=True,
    )

    def __init__(
        self,
        config: WebConfig,
        transcript: Transcript,
        files: Files,
        is_emergency: Callable[[str], bool],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.service = ChatService(config, transcript, files, is_emergency, now=now, monotonic=monotonic)
        self._page = outgoing.chat_page(config)
        self.form = FormPage(self.service)

    # --- Channel ---

    async def receive(self, accept: Accept) -> None:
        """Take messages until cancelled. Before and after, a POST is answered 503."""
        self.service.receiver = accept
        try:
            await asyncio.Event().wait()
        finally:
            self.service.receiver = None

    async def send(self, message: Outgoing) -> str:
        """Wake the readers of this conversation in this process. The line itself is already in the transcript."""
        self.service.listeners.wake(message.conversation)
        return message.key

    async def close(self) -> None:
        """End every open stream. Call it before the clean-up of the web server, which waits for open answers."""
        self.service.closed = True
        self.service.listeners.wake_all()

    # --- Linked ---

    async def link(self, payload: str) -> str:
        """Return the address of the chat with `payload`. Raises `SendError` without a public address."""
        if not self.service.config.shared.public_url:
            raise SendError("rejected", retryable=False, detail="server.public_url is empty")
        return f"{self.service.config.shared.public_url.rstrip('/')}/?start={payload}"

    # --- routes ---

    def routes(self) -> list[web.RouteDef]:
        """Return all routes. Paths begin with `/chat`, except for the page, the form and the widget."""
        without_script = plain.PlainPage(self.service)
        form = self.form
        return [
            web.get("/", self._chat_page),
            web.get("/widget.js", self._asset("widget.js", shared=True)),
            *(web.get(f"/chat/{name}", self._asset(name)) for name in ASSETS),
            *ChatApi(self.service).routes(),
            web.get("/chat/plain", without_script.show),
            web.post("/chat/plain", without_script.take),
            web.get("/form", form.show),
            web.post("/form/send", form.take),
            web.get("/form/sent", form.sent),
        ]

    async def _chat_page(self, request: web.Request) -> web.Response:
        return web.Response(
            text=self._page, content_type="text/html", headers=outgoing.page_headers(self.service.config)
        )

    def _asset(self, name: str, *, shared: bool = False) -> Handler:
        asset = outgoing.load_asset(name)
        headers = {
            **outgoing.COMMON_HEADERS,
            "Cache-Control": "no-cache",
            "ETag": f'"{asset.etag}"',
            "Cross-Origin-Resource-Policy": "cross-origin" if shared else "same-origin",
        }

        async def serve(request: web.Request) -> web.StreamResponse:
            if request.headers.get("If-None-Match") == headers["ETag"]:
                return web.Response(status=304, headers=headers)
            return web.Response(body=asset.body, content_type=asset.content_type, charset="utf-8", headers=headers)

        return serve
