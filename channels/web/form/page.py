"""The report form of the site: one page, one POST, one ticket. The answer comes in the web chat's conversation.

With JavaScript `static/form.js` sends the form in place. Without it the browser does, and is redirected to a page with
the answer. The protection against programs (a trap field, a signed token, buckets) never stops an emergency report.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Sequence

from aiohttp import web

from channels.contract import FileRef, Line, Overloaded, PayloadError
from channels.web import incoming, outgoing, session
from channels.web.chat import ChatService
from channels.web.errors import JSON_HEADERS, Refusal, not_ready
from channels.web.event_stream import all_lines, next_lines
from channels.web.form import fields
from channels.web.form import view as form_view
from channels.web.form.fields import Filled
from channels.web.form.token import FormTokens
from channels.web.rate_limiter import Throttle

logger = logging.getLogger(__name__)
NOT_SENT = "Заявка ещё не отправлена: сервис перегружен. Подождите несколько секунд и отправьте ещё раз."
MOST_AGE_SECONDS = 12 * 3600.0  # of a page; limits the use of tokens collected in bulk
MOST_BIG = 6  # forms with photos read at once
READ_SECONDS = 300.0  # for photos over a weak connection


class FormPage:
    def __init__(self, chat: ChatService) -> None:
        config = chat.config
        self._chat = chat
        self._tokens = FormTokens(config.form_secret)
        self.big = 0  # forms with photos that are being read
        self._by_session = Throttle(config.form_burst, config.form_per_second, chat.monotonic)
        self._by_address = Throttle(config.form_address_burst, config.form_address_per_second, chat.monotonic)

    # --- the page ---

    async def show(self, request: web.Request) -> web.Response:
        """Show an empty form and give the browser its session."""
        form_token = self._tokens.new(self._now())
        token = session.token_of(request) or self._tokens.session_token(form_token)
        lines = await all_lines(self._chat.transcript, session.address_of(token))
        form = fields.empty()
        form.fields |= {"id": str(uuid.uuid4()), "stamp": form_token, "after": str(lines[-1].id if lines else 0)}
        response = self._page(form, embed="embed" in request.query)
        # The browser caches the page, so that "back" shows the same form with the same id. The POST has another
        # address, because a POST to this address would drop the page from the cache.
        response.headers["Cache-Control"] = "private, no-cache"
        if not session.token_of(request):
            session.set_cookie(response, request, token, self._chat.config)
        return response

    def _page(self, form: Filled, *, status: int = 200, alert: str = "", embed: bool = False) -> web.Response:
        text = form_view.form_page(self._chat.config, form, alert, embed=embed)
        return self._html(text, status)

    def _html(self, text: str, status: int = 200) -> web.Response:
        headers = outgoing.page_headers(self._chat.config)
        return web.Response(text=text, status=status, content_type="text/html", headers=headers)

    # --- sending ---

    async def take(self, request: web.Request) -> web.Response:
        """Take the form. Errors are shown beside its fields, which stay filled in."""
        in_place = request.headers.get("X-Requested-With") == "fetch"
        form = fields.empty()
        try:
            session.check_origin(request, self._chat.config)
            await self._read(request, form)
            token = self._token(request, form)
            await self._accept(request, form, session.address_of(token))
        except Refusal as refusal:
            return self._refused(form, refusal, in_place=in_place)
        except Overloaded:
            return self._refused(form, not_ready(NOT_SENT), in_place=in_place)
        after = incoming.line_id_of(form["after"])
        if in_place:
            embedded = form["embed"] == "1"
            answer = {"stored": True, "after": after} | ({"token": token} if embedded else {})
            response = web.json_response(answer, headers=JSON_HEADERS)
        else:
            response = web.Response(status=303, headers={"Location": f"/form/sent?after={after}"})
        session.set_cookie(response, request, token, self._chat.config)
        return response

    async def _read(self, request: web.Request, form: Filled) -> None:
        """Read a form. Above `MOST_BIG` forms with photos at once, further photos are dropped to limit memory."""
        config = self._chat.config
        is_big = (request.content_length or config.form_bytes) > fields.BYTES * 3
        photos = config.form_photos if not is_big or self.big < MOST_BIG else 0
        self.big += is_big
        try:
            async with asyncio.timeout(READ_SECONDS):
                await fields.read_form(
                    request, form, photos=photos, photo_bytes=config.photo_bytes, body_bytes=config.form_bytes
                )
        except TimeoutError as error:
            raise Refusal(408, "too_slow", "Форма не успела дойти. Отправьте её без фотографий.") from error
        finally:
            self.big -= is_big

    def _token(self, request: web.Request, form: Filled) -> str:
        if token := session.token_of(request):
            return token
        is_ours = self._tokens.age(form["stamp"], self._now()) is not None
        return self._tokens.session_token(form["stamp"]) if is_ours else session.new_token()

    async def _accept(self, request: web.Request, form: Filled, conversation: str) -> None:
        """Check and store the form.

        Raises:
            Refusal: the form is refused. A storable report of an emergency is never refused.
        """
        message_id = incoming.message_id_of(form["id"])
        urgent = bool(form["text"]) and self._chat.is_emergency(form["text"])
        if not urgent:
            fields.checked(form)
            self._check_person(form)
            if not form.errors:
                self._throttle(request, conversation)
        files = await self._stored(form) if urgent or not form.errors else []
        if form.errors and not urgent:
            raise Refusal(400, "bad_fields", "Проверьте отмеченные поля: заявка ещё не отправлена.")
        for number, content in enumerate(fields.contents(form, files)):
            await self._chat.accept(conversation, f"{message_id}-{number}" if number else message_id, content)

    def _check_person(self, form: Filled) -> None:
        """Raise `Refusal` for the behaviour of a program. Its message tells a person how to go on."""
        age = self._tokens.age(form["stamp"], self._now())
        least = self._chat.config.form_least_seconds
        if form["website"]:
            logger.info("form with its trap filled", extra={"action": "web.form_refused", "code": "trap"})
            raise Refusal(400, "trap", "Скрытое поле формы должно остаться пустым. Мы очистили его, отправьте ещё раз.")
        if age is None or age > MOST_AGE_SECONDS:
            logger.info("form with no stamp of ours", extra={"action": "web.form_refused", "code": "stale"})
            raise Refusal(409, "stale", "Страница открыта слишком давно. Мы обновили её, отправьте ещё раз.", least)
        if age < least:
            logger.info("form filled in too fast", extra={"action": "web.form_refused", "code": "too_fast"})
            raise Refusal(429, "too_fast", "Проверьте, всё ли верно, и отправьте ещё раз.", least - age)

    def _throttle(self, request: web.Request, conversation: str) -> None:
        address = session.client_address(request, self._chat.config)
        if wait := self._by_address.take(address) or self._by_session.take(conversation):
            logger.info("form throttled", extra={"action": "web.form_refused", "code": "too_often"})
            message = "Заявок подряд слишком много. Подождите минуту и отправьте ещё раз или напишите в чат."
            raise Refusal(429, "too_often", message, wait)

    async def _stored(self, form: Filled) -> Sequence[FileRef]:
        files: list[FileRef] = []
        for photo in form.photos:
            try:
                files.append(await self._chat.files.put(photo.data, photo.name, photo.mime))
            except PayloadError:
                form.errors["photo"] = "Один из файлов не удалось прочитать как фотографию. Подойдут JPEG, PNG и WebP."
        return files

    def _refused(self, form: Filled, refusal: Refusal, *, in_place: bool) -> web.Response:
        """Answer with the errors. Replace a useless form token and empty the trap."""
        if refusal.code == "stale" or not form["stamp"]:
            form.fields["stamp"] = self._tokens.new(self._now())
        form.fields["website"] = ""
        form.fields["id"] = form["id"] or str(uuid.uuid4())
        if in_place:
            answer = {"error": refusal.code, "message": refusal.message, "fields": form.errors, "stamp": form["stamp"]}
            response = web.json_response(answer, status=refusal.status, headers=JSON_HEADERS)
        else:
            if form.photos:
                form.errors.setdefault("photo", "Выберите, пожалуйста, фотографии ещё раз: браузер их не запомнил.")
            response = self._page(form, status=refusal.status, alert=refusal.message)
        response.headers.update(refusal.headers())
        return response

    # --- the answer, without JavaScript ---

    async def sent(self, request: web.Request) -> web.Response:
        """Show the answer. Until there is one, the page reloads itself."""
        token = session.token_of(request)
        after = incoming.line_id_of(request.query.get("after"))
        lines = await self._answer(session.address_of(token), after) if token else []
        response = self._html(form_view.sent_page(self._chat.config, lines))
        if token and not lines:
            response.headers["Refresh"] = "3"
        return response

    async def _answer(self, conversation: str, after: int) -> list[Line]:
        """Return our lines above `after`; wait a little for the first."""
        seen = after
        with self._chat.listeners.listen(conversation) as woken:
            try:
                async with asyncio.timeout(self._chat.config.plain_wait_seconds):
                    while True:
                        lines = await next_lines(self._chat.transcript, conversation, seen, 30, woken)
                        if any(line.author != "resident" for line in lines):
                            break
                        seen = lines[-1].id if lines else seen
            except TimeoutError:
                return []
        lines = await all_lines(self._chat.transcript, conversation, after)
        return [line for line in lines if line.author != "resident"]

    def _now(self) -> float:
        return self._chat.now().timestamp()
