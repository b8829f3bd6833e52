"""The HTTP interface of the chat's page: session, messages and photos in, lines and files out."""

from __future__ import annotations

import asyncio
import logging

from aiohttp import web

from channels.contract import Start
from channels.web import incoming, outgoing, session
from channels.web.chat import ChatService
from channels.web.errors import JSON_HEADERS, Refusal, answering
from channels.web.event_stream import BATCH, next_lines

logger = logging.getLogger(__name__)


class ChatApi:
    def __init__(self, chat: ChatService) -> None:
        self._chat = chat

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/chat/session", answering(self._open_session)),
            web.post("/chat/messages", answering(self._take_message)),
            web.post("/chat/photos", answering(self._take_photo)),
            web.get("/chat/events", answering(self._events)),
            web.get("/chat/lines", answering(self._lines)),
            web.get("/chat/files/{name}", answering(self._file)),
        ]

    # --- requests that write ---

    async def _open_session(self, request: web.Request) -> web.Response:
        """Give the browser its session. At the first visit, tell the core that a resident came.

        A new session stores nothing, so it is never throttled. A throttled resident can still report an emergency.
        """
        session.check_origin(request, self._chat.config)
        data = incoming.parse_object(await incoming.read_limited(request, 4096) or b"{}")
        token = session.token_of(request) or session.new_token()
        conversation = session.address_of(token)
        payload = data.get("start")
        start = Start(payload if isinstance(payload, str) and incoming.START_PAYLOAD.fullmatch(payload) else "")
        is_new = bool(start.payload) or not await self._chat.transcript.lines_after(conversation, 0, 1)
        if is_new and not self._chat.wait_seconds(request, conversation):
            # A payload counts once, even if its page is reloaded.
            await self._chat.accept(conversation, f"start:{start.payload}" if start.payload else "start", start)
        embedded = data.get("embed") is True
        response = web.json_response({"token": token} if embedded else {}, headers=JSON_HEADERS)
        if not embedded:
            session.set_cookie(response, request, token, self._chat.config)
        return response

    async def _take_message(self, request: web.Request) -> web.Response:
        session.check_origin(request, self._chat.config)
        conversation = session.conversation_of(request)
        longest = self._chat.config.text_bytes * 6 + 4096  # JSON may write a letter as \uXXXX
        body = await incoming.read_limited(request, longest)
        sent = incoming.parse_message(body, self._chat.config.text_bytes)
        self._chat.throttle(request, conversation, sent.content)
        await self._chat.accept(conversation, sent.id, sent.content)
        return stored()

    async def _take_photo(self, request: web.Request) -> web.Response:
        session.check_origin(request, self._chat.config)
        conversation = session.conversation_of(request)
        self._chat.throttle(request, conversation, None)
        upload = await self._chat.read_upload(request)
        if not upload.photo:
            raise Refusal(400, "bad_photo", "Фотография не пришла. Выберите её, пожалуйста, ещё раз.")
        message_id = incoming.message_id_of(upload.fields.get("id"))
        await self._chat.accept(conversation, message_id, await self._chat.photo_of(upload))
        return stored()

    # --- requests that read ---

    async def _events(self, request: web.Request) -> web.StreamResponse:
        conversation = session.conversation_of(request)
        after = incoming.line_id_of(request.headers.get("Last-Event-ID") or request.query.get("after"))
        if self._chat.listeners.count(conversation) >= self._chat.config.streams_per_session:
            raise Refusal(429, "too_often", "Чат открыт в слишком многих окнах. Закройте лишние.", 10)
        response = web.StreamResponse(headers={**JSON_HEADERS, "X-Accel-Buffering": "no"})
        response.content_type, response.charset = "text/event-stream", "utf-8"
        with self._chat.listeners.listen(conversation) as woken:
            await response.prepare(request)
            try:
                await self._write_events(response, conversation, after, woken)
            except ConnectionResetError:
                logger.debug("stream left", extra={"action": "web.stream_left"})
        return response

    async def _write_events(
        self, response: web.StreamResponse, conversation: str, after: int, woken: asyncio.Event
    ) -> None:
        """Write lines as they come. Write `event: ready` once, after the lines stored before."""
        await response.write(b"retry: 2000\n\n")
        ready = False
        while not self._chat.closed:
            seconds = self._chat.config.heartbeat_seconds if ready else 0
            lines = await next_lines(self._chat.transcript, conversation, after, seconds, woken)
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
        seconds = min(incoming.line_id_of(request.query.get("wait", "0")), self._chat.config.poll_seconds)
        if self._chat.closed or self._chat.listeners.count(conversation) >= self._chat.config.streams_per_session:
            seconds = 0
        with self._chat.listeners.listen(conversation) as woken:
            lines = await next_lines(self._chat.transcript, conversation, after, seconds, woken)
        return web.json_response(
            {"lines": [outgoing.line_as_json(line) for line in lines], "more": len(lines) == BATCH},
            headers=JSON_HEADERS,
        )

    async def _file(self, request: web.Request) -> web.Response:
        """Serve a file, only if it belongs to the resident's own conversation."""
        conversation = session.conversation_of(request)
        name = request.match_info["name"]
        missing = Refusal(404, "not_found", "Такого файла в этом разговоре нет.")
        if not await self._occurs(conversation, name):
            raise missing
        try:
            data, mime, title = await self._chat.files.get(name)
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
        while lines := await self._chat.transcript.lines_after(conversation, after, BATCH):
            if any(line.file and line.file.remote_id == stored_name for line in lines):
                return True
            after = lines[-1].id
        return False


def stored() -> web.Response:
    return web.json_response({"stored": True}, headers=JSON_HEADERS)
