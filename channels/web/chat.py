"""The service behind every page of the web chat: it checks, throttles and stores the messages of residents."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

from aiohttp import web

from channels.contract import (
    Accept,
    Content,
    Files,
    Incoming,
    Overloaded,
    PayloadError,
    Photo,
    Text,
    Transcript,
    Voice,
)
from channels.web import incoming, session
from channels.web.config import INFO, WebConfig
from channels.web.errors import Refusal
from channels.web.event_stream import Listeners
from channels.web.rate_limiter import Throttle

logger = logging.getLogger(__name__)


class ChatService:
    """The state and services shared by the chat, the form and the page without JavaScript.

    Args:
        is_emergency: whether a text reports a danger. Such a text is never throttled.
        now, monotonic: the clocks, replaceable in tests.
    """

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
        self.files = files
        self.is_emergency = is_emergency
        self.now = now
        self.monotonic = monotonic
        self.listeners = Listeners()
        self.receiver: Accept | None = None  # None: the core is not taking messages
        self.closed = False  # True: open streams end
        self._by_session = Throttle(config.session_burst, config.session_per_second, monotonic)
        self._by_address = Throttle(config.address_burst, config.address_per_second, monotonic)

    async def accept(self, conversation: str, message_id: str, content: Content) -> None:
        """Store one message. Only then may the browser get its confirmation.

        Raises:
            Overloaded: the store cannot take it now, or the core is not taking messages.
        """
        if self.receiver is None:
            raise Overloaded
        item = Incoming(
            channel=INFO.name,
            conversation=conversation,
            external_id=f"{conversation}:{message_id}",
            sent_at=self.now(),
            content=content,
        )
        await self.receiver([item])

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
        """Raise `Refusal` 429 for too many messages, unless `content` reports an emergency."""
        wait = self.wait_seconds(request, conversation)
        text = content.text if isinstance(content, Text) else content.caption if isinstance(content, Photo) else ""
        if wait and not (text and self.is_emergency(text)):
            logger.info("message throttled", extra={"action": "web.throttled"})
            raise Refusal(429, "too_often", "Слишком много сообщений подряд. Подождите немного, пожалуйста.", wait)

    def wait_seconds(self, request: web.Request, conversation: str) -> float:
        """Count one message; return 0, or the seconds its author must wait."""
        by_address = self._by_address.take(session.client_address(request, self.config))
        return by_address or self._by_session.take(conversation)
