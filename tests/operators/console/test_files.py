"""Files and posters in the console: what is shown in place, what is only downloaded, who may print."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.attachments.store import StoredFiles
from channels.contract import PayloadError
from houses.posters.printer import Printer
from models import attachments, houses
from models.database.connection import Connection
from models.database.database import Database
from models.residents import conversations
from tests.operators.conftest import NOW, Clock, running_console

OPUS = b"OggS\0\2" + b"\0" * 20 + b"\x01\x13OpusHead\x01\x01" + b"\0" * 30
PDF = b"%PDF-1.7\n<script>alert(1)</script>"


async def put(console: Any, data: bytes, name: str) -> str:
    return (await StoredFiles(console.database).put(data, name, "text/html")).remote_id


async def line(console: Any, conversation: dict[str, Any], file: str) -> None:
    await console.database.transaction(
        lambda conn: conversations.add_message(
            conn, conversation_id=conversation["id"], author="resident", text="", at_ms=NOW, file=file
        )
    )


async def test_document_is_only_downloaded_under_its_name(console: Any) -> None:
    irina = await console.visitor()
    name = await put(console, PDF, "счёт.pdf.exe")
    async with irina.http.get(f"{console.base}/files/{name}") as response:
        assert (response.status, response.content_type) == (200, "application/octet-stream")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        expected = "attachment; filename*=UTF-8''%D1%81%D1%87%D1%91%D1%82_pdf_exe.pdf"
        assert response.headers["Content-Disposition"] == expected
        assert await response.read() == PDF


async def test_stranger_gets_no_file(console: Any) -> None:
    name = await put(console, PDF, "акт.pdf")
    irina = await console.visitor()
    irina.http.cookie_jar.clear()
    async with irina.http.get(f"{console.base}/files/{name}", allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (303, "/console/login")


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-3", 206, OPUS[:4]),
        ("bytes=4-", 206, OPUS[4:]),
        ("bytes=-5", 206, OPUS[-5:]),
        ("bytes=0-1,4-5", 200, OPUS),
        ("lines=1", 200, OPUS),
    ],
)
async def test_sound_is_played_in_place_and_in_parts(console: Any, asked: str, status: int, part: bytes) -> None:
    irina = await console.visitor()
    name = await put(console, OPUS, "голос.ogg")
    async with irina.http.get(f"{console.base}/files/{name}", headers={"Range": asked}) as response:
        assert (response.status, response.content_type) == (status, "audio/ogg")
        assert response.headers["Content-Disposition"].startswith("inline")
        assert await response.read() == part
        if status == 206:
            assert response.headers["Content-Range"].endswith(f"/{len(OPUS)}")


async def test_part_behind_the_end_is_refused(console: Any) -> None:
    irina = await console.visitor()
    name = await put(console, OPUS, "голос.ogg")
    assert (await irina.get(f"/files/{name}", headers={"Range": "bytes=9000-"}))[0] == 416


async def test_voice_has_a_player_and_its_words_below(console: Any, conversation: dict[str, Any]) -> None:
    irina = await console.visitor()
    name = await put(console, OPUS, "голос.ogg")
    await line(console, conversation, name)

    async def heard(conn: Connection) -> None:
        await conn.execute("UPDATE attachment SET voice = 1")
        assert await attachments.keep_transcript(conn, name, "течёт <b>кран</b>")

    await console.database.transaction(heard)
    _, page = await irina.get(f"/dialogs/{conversation['id']}")
    assert f'<audio class="sound" controls preload="none" src="/console/files/{name}"' in page
    assert "Распознано автоматически: «течёт &lt;b&gt;кран&lt;/b&gt;»" in page
    async with irina.http.get(f"{console.base}/dialogs/{conversation['id']}") as response:
        assert "media-src 'self'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("error", "shown"),
    [("not_allowed", "могут быть опасны"), ("too_big", "слишком большой"), ("network", "не удалось")],
)
async def test_file_that_was_not_kept_is_marked(
    console: Any, conversation: dict[str, Any], error: str, shown: str
) -> None:
    irina = await console.visitor()
    await line(console, conversation, "a" * 32)
    await console.database.transaction(
        lambda conn: conn.execute(
            "INSERT INTO attachment (tenant, name, channel, remote, state, error, created_ms)"
            " VALUES (1, ?, 'telegram', '{}', 2, ?, 1)",
            "a" * 32,
            error,
        )
    )
    assert shown in (await irina.get(f"/dialogs/{conversation['id']}"))[1]


async def test_program_is_refused_whatever_it_is_called(console: Any) -> None:
    with pytest.raises(PayloadError):
        await put(console, b"MZ\x90\0\3\0\0\0", "фото.jpg")


# --- posters -------------------------------------------------------------------------------------------------------


class Opens:
    async def link(self, payload: str) -> str:
        return f"https://max.example/bot?start={payload}"


@pytest.fixture
async def printing(database: Database) -> AsyncIterator[Any]:
    """The console with a register of one house and a channel that a link opens."""
    rows: list[tuple[str, dict[str, object]]] = [("ул. Садовая, д. 5", {"entrances": 2})]
    await database.transaction(lambda conn: houses.add(conn, rows))
    printer = Printer(company="УК <Уют>", phone="+7 8422 22-22-22", channels={"max": Opens()})
    async with running_console(database, Clock(), printer=printer) as running:
        yield running


async def test_administrator_looks_at_a_poster_and_downloads_it(printing: Any) -> None:
    chief = await printing.visitor(role="admin")
    status, page = await chief.get("/posters?house=1&channel=max")
    assert status == 200
    assert 'src="/console/posters/1.svg?channel=max"' in page
    status, drawn = await chief.get("/posters/1.svg?channel=max")
    assert status == 200
    assert "УК &lt;Уют&gt;" in drawn
    async with chief.http.get(f"{printing.base}/posters/1.pdf") as response:
        assert response.headers["Content-Disposition"] == 'attachment; filename="house-1.pdf"'
        assert (await response.read()).startswith(b"%PDF-")
    assert (await chief.get("/posters/99.pdf"))[0] == 404


async def test_dispatcher_does_not_print(printing: Any) -> None:
    irina = await printing.visitor()
    for path in ("/posters", "/posters/1.svg", "/posters/1.pdf"):
        assert (await irina.get(path))[0] == 403
    assert "Плакаты" not in (await irina.get("/"))[1]
