"""Voice messages written down by a server of the administrator's; off unless `voice.transcriber_url` is set.

Speaks the shape that whisper.cpp's server and OpenAI's `/v1/audio/transcriptions` share: a form with the file in, JSON
with `text` out. No turn waits for it: what was heard comes to the dialog as an event of its own.
"""

from __future__ import annotations

import json
import logging
from typing import Protocol

import aiohttp

import epoch
from bot.attachments.downloader import tell_dialog
from bot.attachments.store import StoredFiles
from bot.messages.content_type import EXTENSIONS
from bot.settings.schema import VoiceSettings
from errors import DomovoyError
from models import attachments
from models.coordination.wakeup import Wakeup
from models.database.connection import Connection
from models.database.database import Database
from models.rows.event_bodies import RecognisedBody

logger = logging.getLogger(__name__)

MOST_ANSWER = 1_000_000  # bytes
MOST_TEXT = 1000  # characters that are kept
CONNECT_SECONDS = 5
FRESH_MS = 3_600_000  # nobody is asked about what was said longer ago


class TranscriberError(DomovoyError):
    """A sound was not written down; the text says why, without an address or what was said."""


class Transcriber(Protocol):
    async def transcribe(self, data: bytes, mime: str) -> str:
        """Return the words of a sound, '' for silence. Raises `TranscriberError`."""
        ...


class HttpTranscriber:
    """Implements `Transcriber`."""

    def __init__(self, settings: VoiceSettings) -> None:
        self._settings = settings

    async def transcribe(self, data: bytes, mime: str) -> str:
        settings = self._settings
        form = aiohttp.FormData()
        name = f"voice.{EXTENSIONS.get(mime, ('ogg',))[0]}"
        form.add_field("file", data, filename=name, content_type=mime or "application/octet-stream")
        for field, value in (("response_format", "json"), ("language", settings.language), ("model", settings.model)):
            if value:
                form.add_field(field, value)
        headers = {"Authorization": f"Bearer {settings.transcriber_token}"} if settings.transcriber_token else {}
        timeout = aiohttp.ClientTimeout(total=settings.timeout_seconds, connect=CONNECT_SECONDS)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as http,
                http.post(settings.transcriber_url, data=form, headers=headers, allow_redirects=False) as answer,
            ):
                if answer.status != 200:
                    raise TranscriberError(f"the transcriber answered {answer.status}")
                body = bytearray()
                async for chunk in answer.content.iter_chunked(65_536):
                    body += chunk
                    if len(body) > MOST_ANSWER:
                        raise TranscriberError("the transcriber answered too much")
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise TranscriberError(f"the transcriber was not reached: {type(error).__name__}") from None
        return _text_of(body)

    async def problems(self) -> list[str]:
        """Ask for a moment of silence; return one plain sentence per problem, empty: all is well."""
        try:
            await self.transcribe(silence(), "audio/wav")
        except TranscriberError as error:
            return [f"распознавание голоса не отвечает ({error}); проверьте voice.transcriber_url и его сервер"]
        return []


def _text_of(body: bytes | bytearray) -> str:
    try:
        found = json.loads(body)
        text = found["text"]
    except (ValueError, RecursionError, KeyError, TypeError):
        raise TranscriberError("the transcriber did not answer with a text") from None
    if not isinstance(text, str):
        raise TranscriberError("the transcriber did not answer with a text")
    return " ".join(text.split())[:MOST_TEXT]


def silence() -> bytes:
    """Return a WAV of a second without a sound: 16,000 samples of 16 bits, one channel."""
    size = 32_000
    head = b"RIFF" + (36 + size).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    form = (1).to_bytes(2, "little") * 2 + (16_000).to_bytes(4, "little") + (32_000).to_bytes(4, "little")
    return head + form + b"\2\0\x10\0data" + size.to_bytes(4, "little") + bytes(size)


class Listener:
    """Takes voice messages one by one; each is tried once, and what fails is left to the dispatcher's ears.

    A process that is killed in between tries the same message again.
    """

    def __init__(self, transcriber: Transcriber, files: StoredFiles, database: Database, wakeup: Wakeup) -> None:
        self._transcriber = transcriber
        self._files = files
        self._database = database
        self._wakeup = wakeup

    async def run(self) -> None:
        """Listen until cancelled."""
        listener = self._wakeup.listen("voice")
        while True:
            if not await self.work():
                await listener.wait(5.0)

    async def work(self) -> int:
        """Write down what waits; return how many were dealt with."""
        since_ms = epoch.now_ms() - FRESH_MS
        rows = await self._database.transaction(lambda conn: attachments.unheard(conn, since_ms, 10))
        for row in rows:
            name, conversation_id = str(row["name"]), int(row["conversation_id"])
            text = await self._heard(name)
            await self._database.transaction(lambda conn, n=name, c=conversation_id, t=text: keep(conn, n, c, t))  # type: ignore[misc]  # lambda default
            self._wakeup.notify("inbox")
            self._wakeup.notify("console")
        return len(rows)

    async def _heard(self, name: str) -> str:
        try:
            data, mime, _ = await self._files.get(name)
            return await self._transcriber.transcribe(data, mime)
        except KeyError:
            return ""  # forgotten meanwhile
        except TranscriberError as error:
            cause = str(error)  # of ours: no address, no words
            logger.warning("a voice message was not written down", extra={"action": "voice.failed", "cause": cause})
            return ""


async def keep(conn: Connection, name: str, conversation_id: int, text: str) -> None:
    """Keep what was heard beside its file, and let the dialog know; both or neither."""
    if await attachments.keep_transcript(conn, name, text):
        await tell_dialog(conn, conversation_id, f"voice:{name}", RecognisedBody(file=name, text=text))
