"""The web chat: a page of our own, POST for what a resident says, server-sent events for what we say.

`send` delivers nothing by itself: the transcript is the store, the stream reads it, and the id of a line is the id of
its event. So a lost connection resumes where it stopped, and a repeated `send` shows nothing twice.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

from aiohttp import web

from channels.config import ChannelContext
from channels.contract import (
    Accept,
    Capabilities,
    Content,
    Files,
    Incoming,
    Outgoing,
    Overloaded,
    PayloadError,
    Photo,
    SendError,
    Start,
    Text,
    Transcript,
    Voice,
)
from channels.web import incoming, outgoing, session
from channels.web.config import WebConfig
from channels.web.errors import JSON_HEADERS, Handler, Refusal, answering
from channels.web.event_stream import BATCH, Listeners, next_lines
from channels.web.form.page import FormPage
from channels.web.no_script import page as plain
from channels.web.rate_limiter import Throttle

logger = logging.getLogger(__name__)
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
        is_emergency: whether a text reports a danger; such a text is taken however often its author wrote.
        now, monotonic: the clocks, replaceable in tests.
    """

    name = "web"
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
        self.config = config
        self.transcript = transcript
        self.listeners = Listeners()
        self.files = files
        self.is_emergency = is_emergency
        self.now = now
        self.monotonic = monotonic
        self._accept: Accept | None = None
        self._closed = False
        self._by_session = Throttle(config.session_burst, config.session_per_second, monotonic)
        self._by_address = Throttle(config.address_burst, config.address_per_second, monotonic)
        self._page = outgoing.chat_page(config)
        self.form = FormPage(self)

    # --- Channel ---

    async def receive(self, accept: Accept) -> None:
        """Take messages until cancelled; before and after, a POST is answered 503."""
        self._accept = accept
        try:
            await asyncio.Event().wait()
        finally:
            self._accept = None

    async def send(self, message: Outgoing) -> str:
        """Wake whoever reads this conversation here; the line itself is in the transcript already."""
        self.listeners.wake(message.conversation)
        return message.key

    async def close(self) -> None:
        """End every open stream. Call before the web server is cleaned up, which waits for open answers."""
        self._closed = True
        self.listeners.wake_all()

    # --- Linked ---

    async def link(self, payload: str) -> str:
        """Return the address of the chat that tells `payload`. Raises `SendError` without an outer address."""
        if not self.config.shared.public_url:
            raise SendError("rejected", retryable=False, detail="server.public_url is empty")
        return f"{self.config.shared.public_url.rstrip('/')}/?start={payload}"

    # --- routes ---

    def routes(self) -> list[web.RouteDef]:
        """Everything the web chat serves; paths begin with `/chat`, besides the page, the form and the widget."""
        without_script = plain.PlainPage(self)
        form = self.form
        return [
            web.get("/", self._chat_page),
            web.get("/widget.js", self._asset("widget.js", shared=True)),
            *(web.get(f"/chat/{name}", self._asset(name)) for name in ASSETS),
            web.post("/chat/session", answering(self._open_session)),
            web.post("/chat/messages", answering(self._take_message)),
            web.post("/chat/photos", answering(self._take_photo)),
            web.get("/chat/events", answering(self._events)),
            web.get("/chat/lines", answering(self._lines)),
            web.get("/chat/files/{name}", answering(self._file)),
            web.get("/chat/plain", without_script.show),
            web.post("/chat/plain", without_script.take),
            web.get("/form", form.show),
            web.post("/form/send", form.take),
            web.get("/form/sent", form.sent),
        ]

    async def _chat_page(self, request: web.Request) -> web.Response:
        return web.Response(text=self._page, content_type="text/html", headers=outgoing.page_headers(self.config))

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

    # --- what a resident does ---

    async def _open_session(self, request: web.Request) -> web.Response:
        """Give the browser its session; the first time, tell the core that a resident came.

        Making a session stores nothing, so it is never throttled: who is throttled may still report an emergency.
        """
        session.check_origin(request, self.config)
        data = incoming.parse_object(await incoming.read_limited(request, 4096) or b"{}")
        token = session.token_of(request) or session.new_token()
        conversation = session.address_of(token)
        mark = data.get("start")
        start = Start(mark if isinstance(mark, str) and incoming.START_MARK.fullmatch(mark) else "")
        is_new = bool(start.payload) or not await self.transcript.lines_after(conversation, 0, 1)
        if is_new and not self._wait_seconds(request, conversation):
            # A mark counts once, however often its page is loaded again.
            await self.accept(conversation, f"start:{start.payload}" if start.payload else "start", start)
        embedded = data.get("embed") is True
        response = web.json_response({"token": token} if embedded else {}, headers=JSON_HEADERS)
        if not embedded:
            session.set_cookie(response, request, token, self.config)
        return response

    async def _take_message(self, request: web.Request) -> web.Response:
        session.check_origin(request, self.config)
        conversation = session.conversation_of(request)
        body = await incoming.read_limited(
            request, self.config.text_bytes * 6 + 4096
        )  # JSON may write a letter as \uXXXX
        sent = incoming.parse_message(body, self.config.text_bytes)
        self.throttle(request, conversation, sent.content)
        await self.accept(conversation, sent.id, sent.content)
        return stored()

    async def _take_photo(self, request: web.Request) -> web.Response:
        session.check_origin(request, self.config)
        conversation = session.conversation_of(request)
        self.throttle(request, conversation, None)
        upload = await self.read_upload(request)
        if not upload.photo:
            raise Refusal(400, "bad_photo", "Фотография не пришла. Выберите её, пожалуйста, ещё раз.")
        message_id = incoming.message_id_of(upload.fields.get("id"))
        await self.accept(conversation, message_id, await self.photo_of(upload))
        return stored()

    async def read_upload(self, request: web.Request) -> incoming.Upload:
        config = self.config
        return await incoming.read_upload(request, photo_bytes=config.photo_bytes, text_bytes=config.text_bytes)

    async def photo_of(self, upload: incoming.Upload) -> Photo | Voice:
        try:
            file = await self.files.put(upload.photo, upload.photo_name, upload.photo_mime)
        except PayloadError as error:
            message = "Такой файл принять не можем. Подойдут фото (JPEG, PNG, WebP), PDF, документ, звук или видео MP4."
            raise Refusal(400, "bad_photo", message) from error
        caption = incoming.clean(upload.fields.get("caption", upload.fields.get("text", "")))[:4000]
        return Voice(file) if file.mime.startswith("audio/") and not caption else Photo(file, caption)

    def throttle(self, request: web.Request, conversation: str, content: Content | None) -> None:
        """Raises `Refusal` 429 when too much was written, unless `content` reports an emergency."""
        wait = self._wait_seconds(request, conversation)
        text = content.text if isinstance(content, Text) else content.caption if isinstance(content, Photo) else ""
        if wait and not (text and self.is_emergency(text)):
            logger.info("message throttled", extra={"action": "web.throttled"})
            raise Refusal(429, "too_often", "Слишком много сообщений подряд. Подождите немного, пожалуйста.", wait)

    def _wait_seconds(self, request: web.Request, conversation: str) -> float:
        by_address = self._by_address.take(session.client_address(request, self.config))
        return by_address or self._by_session.take(conversation)

    async def accept(self, conversation: str, message_id: str, content: Content) -> None:
        """Store one message; only then may the browser be told so.

        Raises:
            Overloaded: the store cannot take it now, or the core takes no messages yet or any more.
        """
        if self._accept is None:
            raise Overloaded
        item = Incoming(
            channel=self.name,
            conversation=conversation,
            external_id=f"{conversation}:{message_id}",
            sent_at=self.now(),
            content=content,
        )
        await self._accept([item])

    # --- what a resident sees ---

    async def _events(self, request: web.Request) -> web.StreamResponse:
        conversation = session.conversation_of(request)
        after = incoming.line_id_of(request.headers.get("Last-Event-ID") or request.query.get("after"))
        if self.listeners.count(conversation) >= self.config.streams_per_session:
            raise Refusal(429, "too_often", "Чат открыт в слишком многих окнах. Закройте лишние.", 10)
        response = web.StreamResponse(headers={**JSON_HEADERS, "X-Accel-Buffering": "no"})
        response.content_type, response.charset = "text/event-stream", "utf-8"
        with self.listeners.listen(conversation) as woken:
            await response.prepare(request)
            try:
                await self._write_events(response, conversation, after, woken)
            except ConnectionResetError:
                logger.debug("stream left", extra={"action": "web.stream_left"})
        return response

    async def _write_events(
        self, response: web.StreamResponse, conversation: str, after: int, woken: asyncio.Event
    ) -> None:
        """Write lines as they come; `event: ready` once, when what was stored before has been written."""
        await response.write(b"retry: 2000\n\n")
        ready = False
        while not self._closed:
            seconds = self.config.heartbeat_seconds if ready else 0
            lines = await next_lines(self.transcript, conversation, after, seconds, woken)
            if lines:
                after = lines[-1].id
                await response.write(b"".join(outgoing.as_event(line) for line in lines))
            elif ready:
                await response.write(b": quiet\n\n")
            if not ready and len(lines) < BATCH:
                ready = True
                await response.write(b"event: ready\ndata: {}\n\n")

    async def _lines(self, request: web.Request) -> web.Response:
        conversation = session.conversation_of(request)
        after = incoming.line_id_of(request.query.get("after"))
        seconds = min(incoming.line_id_of(request.query.get("wait", "0")), self.config.poll_seconds)
        if self._closed or self.listeners.count(conversation) >= self.config.streams_per_session:
            seconds = 0
        with self.listeners.listen(conversation) as woken:
            lines = await next_lines(self.transcript, conversation, after, seconds, woken)
        return web.json_response(
            {"lines": [outgoing.line_as_json(line) for line in lines], "more": len(lines) == BATCH},
            headers=JSON_HEADERS,
        )

    async def _file(self, request: web.Request) -> web.Response:
        """Serve a file of the resident's own conversation and no other."""
        conversation = session.conversation_of(request)
        name = request.match_info["name"]
        missing = Refusal(404, "not_found", "Такого файла в этом разговоре нет.")
        if not await self._occurs(conversation, name):
            raise missing
        try:
            data, mime, title = await self.files.get(name)
        except KeyError as error:
            raise missing from error
        headers = {
            **outgoing.COMMON_HEADERS,
            "Cache-Control": "private, max-age=86400, immutable",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Content-Disposition": outgoing.disposition(title, mime),
        }
        kind = mime if outgoing.is_shown(mime) else "application/octet-stream"
        return web.Response(body=data, content_type=kind, headers=headers)

    async def _occurs(self, conversation: str, stored_name: str) -> bool:
        after = 0
        while lines := await self.transcript.lines_after(conversation, after, BATCH):
            if any(line.file and line.file.remote_id == stored_name for line in lines):
                return True
            after = lines[-1].id
        return False


def stored() -> web.Response:
    return web.json_response({"stored": True}, headers=JSON_HEADERS)
