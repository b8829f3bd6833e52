"""Files and voices on their way from a channel: fetched, refused, written down by a server on loopback."""

from __future__ import annotations

import asyncio
import io
import json
import time
import wave
from collections.abc import Sequence
from typing import Any

import pytest

from bot.attachments.downloader import Fetcher
from bot.attachments.store import StoredFiles
from bot.attachments.transcription import HttpTranscriber, Listener, TranscriberError, silence
from bot.messages.content_type import mime_of
from bot.settings.schema import VoiceSettings
from channels.contract import Accept, Capabilities, FileRef, Outgoing, SendError
from models import attachments
from models.coordination.wakeup import LocalWakeup
from models.database.connection import Connection
from models.database.database import Database
from tests.fakes.transcriber import OPUS, Server, serving
from tests.support.conversations import get_or_create


class Far:
    """A channel whose files are these."""

    name = "far"
    capabilities = Capabilities(text_length=4000, buttons=5, per_second=100, per_conversation_second=100)

    def __init__(self, **files: bytes | SendError) -> None:
        self.files = files

    async def receive(self, accept: Accept) -> None:
        await asyncio.Event().wait()

    async def send(self, message: Outgoing) -> str:
        return message.key

    async def close(self) -> None:
        return

    async def fetch(self, file: FileRef, limit_bytes: int) -> bytes:
        found = self.files[file.remote_id]
        if isinstance(found, SendError):
            raise found
        return found


async def register(
    database: Database, remote: str, *, voice: bool = False, name: str = "", hours_ago: float = 0
) -> str:
    at_ms = int((time.time() - hours_ago * 3600) * 1000)

    async def work(conn: Connection) -> str:
        talk = await get_or_create(conn, tenant=1, channel="far", address="c", now_ms=1)
        file = FileRef(remote_id=remote, name=name)
        return await attachments.stored_name(conn, "far", file, at_ms, conversation_id=talk["id"], voice=voice)

    return await database.transaction(work)


async def fetch(database: Database, **files: bytes | SendError) -> None:
    channel = Far(**files)
    await Fetcher({"far": channel}, StoredFiles(database), database, LocalWakeup(), 1000).work()


async def events(database: Database) -> list[dict[str, Any]]:
    rows = await read(database, "SELECT conversation, body FROM inbox ORDER BY id")
    assert all(row["conversation"] == "c" for row in rows)
    return [json.loads(row["body"]) for row in rows]


async def read(database: Database, sql: str) -> Sequence[dict[str, Any]]:
    return await database.transaction(lambda conn: conn.fetch(sql))


@pytest.mark.parametrize(
    ("given", "error", "reason"),
    [
        (b"MZ\x90\0 a program", "not_allowed", "not_allowed"),
        (SendError("rejected", retryable=False), "too_big", "too_big"),
        (SendError("not_found", retryable=False), "not_found", "lost"),
    ],
)
async def test_file_that_is_not_kept_is_marked_and_told(
    database: Database, given: bytes | SendError, error: str, reason: str
) -> None:
    name = await register(database, "r", name="счёт.pdf.exe")
    await fetch(database, r=given)
    assert await read(database, "SELECT state, error FROM attachment") == [{"state": 2, "error": error}]
    assert await events(database) == [{"kind": "file_refused", "file": name, "reason": reason}]


async def test_file_that_will_be_had_later_is_not_given_up(database: Database) -> None:
    await register(database, "r")
    await fetch(database, r=SendError("network", retryable=True))
    assert await read(database, "SELECT state, tries FROM attachment") == [{"state": 0, "tries": 1}]
    assert await events(database) == []


async def test_fetched_document_gets_a_name_that_deceives_nobody(database: Database) -> None:
    name = await register(database, "r", name="счёт.pdf.exe")
    await fetch(database, r=b"%PDF-1.7 x")
    assert await StoredFiles(database).get(name) == (b"%PDF-1.7 x", "application/pdf", "счёт_pdf_exe.pdf")


# --- the transcriber -----------------------------------------------------------------------------------------------


def transcriber(server: Server, **settings: Any) -> HttpTranscriber:
    return HttpTranscriber(VoiceSettings(transcriber_url=server.url, **settings))


async def test_sound_goes_out_as_a_form_and_its_words_come_back() -> None:
    async with serving() as server:
        told = await transcriber(server, model="large", transcriber_token="key").transcribe(b"OggS", "audio/ogg")
    assert told == "Течёт кран."
    expected = {"name": "voice.ogg", "type": "audio/ogg", "data": b"OggS", "response_format": "json"}
    assert server.asked == [expected | {"language": "ru", "model": "large"}]
    assert server.headers == ["Bearer key"]


@pytest.mark.parametrize(
    "plan",
    [
        {"status": 500},
        {"status": 302},
        {"answer": "no json"},
        {"answer": "[]"},
        {"answer": '{"error": "x"}'},
        {"answer": '{"text": 5}'},
        {"silent": True},
    ],
)
async def test_whatever_else_the_server_does_is_an_error_without_its_words(plan: dict[str, Any]) -> None:
    async with serving(**plan) as server:
        with pytest.raises(TranscriberError) as raised:
            await transcriber(server, timeout_seconds=1).transcribe(b"OggS", "audio/ogg")
        assert server.url not in str(raised.value)


async def test_no_server_is_a_problem_that_says_what_to_do() -> None:
    async with serving() as server:
        assert await transcriber(server).problems() == []
        assert mime_of(server.asked[0]["data"]) == "audio/wav"
    (problem,) = await transcriber(server).problems()
    assert "voice.transcriber_url" in problem


def test_silence_is_a_second_of_wav() -> None:
    with wave.open(io.BytesIO(silence())) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, 16_000)
        assert sound.getnframes() == 16_000


async def listen(database: Database, server: Server) -> int:
    return await Listener(transcriber(server), StoredFiles(database), database, LocalWakeup()).work()


async def test_fetched_voice_is_written_down_once_and_told_to_the_dialog(database: Database) -> None:
    name = await register(database, "r", voice=True)
    async with serving() as server:
        assert await listen(database, server) == 0  # its bytes are not here yet
        await fetch(database, r=OPUS)
        assert [await listen(database, server), await listen(database, server)] == [1, 0]
    assert await read(database, "SELECT transcript FROM attachment") == [{"transcript": "Течёт кран."}]
    assert await events(database) == [{"kind": "recognised", "file": name, "text": "Течёт кран."}]


async def test_voice_that_was_not_written_down_is_told_as_empty(database: Database) -> None:
    name = await register(database, "r", voice=True)
    await fetch(database, r=OPUS)
    async with serving(status=503) as server:
        assert await listen(database, server) == 1
    assert await events(database) == [{"kind": "recognised", "file": name, "text": ""}]


async def test_voice_of_long_ago_asks_nobody(database: Database) -> None:
    await register(database, "r", voice=True, hours_ago=2)
    await fetch(database, r=OPUS)
    async with serving() as server:
        assert await listen(database, server) == 0


async def test_other_sounds_are_left_alone(database: Database) -> None:
    await register(database, "r")
    await fetch(database, r=OPUS)
    async with serving() as server:
        assert await listen(database, server) == 0
    assert server.asked == []


async def test_voice_that_was_forgotten_meanwhile_tells_nothing(database: Database) -> None:
    name = await register(database, "r", voice=True)
    await fetch(database, r=OPUS)

    class Forgetting:
        async def transcribe(self, data: bytes, mime: str) -> str:
            await database.transaction(lambda conn: attachments.forget(conn, [name]))
            return "сказанное"

    assert await Listener(Forgetting(), StoredFiles(database), database, LocalWakeup()).work() == 1
    assert await events(database) == []
    assert await read(database, "SELECT name FROM attachment") == []
