"""The chat without JavaScript: a page with the conversation, a form, a redirect after each message."""

from __future__ import annotations

import asyncio
import uuid

from aiohttp import web

from channels.contract import Content, Line, Overloaded, Start
from channels.web import incoming, outgoing, session
from channels.web.chat import ChatService
from channels.web.errors import Refusal, not_ready
from channels.web.event_stream import all_lines, next_lines

NOT_SENT = "Сообщение ещё не отправлено: сервис перегружен. Подождите несколько секунд и отправьте ещё раз."
CHOOSE_AGAIN = " Файл выберите, пожалуйста, ещё раз: браузер его не запомнил."
WAITING = "Сообщение принято. Если ответа ещё нет, нажмите «Обновить»."


class PlainPage:
    def __init__(self, chat: ChatService) -> None:
        self._chat = chat

    async def show(self, request: web.Request) -> web.Response:
        """Show the conversation. With `?after=N`, first wait a little for an answer to line N."""
        token = session.token_of(request)
        lines: list[Line] = []
        notice = ""
        if token:
            conversation = session.address_of(token)
            after = request.query.get("after")
            if after is not None and not await self._answered(conversation, incoming.line_id_of(after)):
                notice = WAITING
            lines = await all_lines(self._chat.transcript, conversation)
        return self._page(lines, notice)

    async def take(self, request: web.Request) -> web.Response:
        """Take the form and redirect to the page. After an error the page shows it and keeps the typed text."""
        token = session.token_of(request) or session.new_token()
        conversation = session.address_of(token)
        upload = incoming.Upload({})
        try:
            session.check_origin(request, self._chat.config)
            upload = await self._chat.read_upload(request)
            content = await self._content(upload)
            self._chat.throttle(request, conversation, content)
            await self._chat.accept(conversation, incoming.message_id_of(upload.fields.get("id")), content)
        except Refusal as refusal:
            return await self._refused(conversation, refusal, upload)
        except Overloaded:
            return await self._refused(conversation, not_ready(NOT_SENT), upload)
        after = incoming.line_id_of(upload.fields.get("after"))
        response = web.Response(status=303, headers={"Location": f"/chat/plain?after={after}#end"})
        session.set_cookie(response, request, token, self._chat.config)
        return response

    async def _content(self, upload: incoming.Upload) -> Content:
        if upload.photo:
            return await self._chat.photo_of(upload)
        if press := upload.fields.get("press"):
            return incoming.press_of(press)
        if "start" in upload.fields:
            return Start()
        return incoming.text_of(upload.fields.get("text", ""), self._chat.config.text_bytes)

    async def _refused(self, conversation: str, refusal: Refusal, upload: incoming.Upload) -> web.Response:
        notice = refusal.message + (CHOOSE_AGAIN if upload.photo else "")
        lines = await all_lines(self._chat.transcript, conversation)
        page = self._page(lines, notice, incoming.clean(upload.fields.get("text", "")))
        page.set_status(refusal.status)
        page.headers.update(refusal.headers())
        return page

    def _page(self, lines: list[Line], notice: str, typed: str = "") -> web.Response:
        ids = [str(uuid.uuid4()) for _ in range(1 + len(outgoing.active_buttons(lines)))]
        text = outgoing.plain_page(self._chat.config, lines, ids, notice, typed)
        return web.Response(text=text, content_type="text/html", headers=outgoing.page_headers(self._chat.config))

    async def _answered(self, conversation: str, after: int) -> bool:
        """Wait for our line above `after`; return whether it came. The resident's own lines do not count."""
        with self._chat.listeners.listen(conversation) as woken:
            try:
                async with asyncio.timeout(self._chat.config.plain_wait_seconds):
                    while True:
                        lines = await next_lines(self._chat.transcript, conversation, after, 30, woken)
                        if any(line.author != "resident" for line in lines):
                            return True
                        after = lines[-1].id if lines else after
            except TimeoutError:
                return False
