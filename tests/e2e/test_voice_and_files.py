"""Voices, files, a poster's link and the list of commands, through the real program and the fake Bot API."""

from __future__ import annotations

import json

from tests.e2e.support.program import Program
from tests.fakes.telegram.api import FakeTelegram
from tests.fakes.transcriber import OPUS, serving

HEARD = json.dumps({"text": "Лифт не работает"})


async def test_poster_voice_and_files_from_the_messenger_to_the_ticket(program: Program) -> None:
    async with FakeTelegram() as telegram, serving(answer=HEARD) as server:
        await program.start(
            DOMOVOY_CHANNELS__TELEGRAM__ENABLED="true",
            DOMOVOY_CHANNELS__TELEGRAM__TOKEN=telegram.token,
            DOMOVOY_CHANNELS__TELEGRAM__API_BASE=telegram.base,
            DOMOVOY_VOICE__TRANSCRIBER_URL=server.url,
        )
        maria = telegram.resident("Мария")
        await maria.start("house-1-2")
        await maria.sees("Нажмите «Продолжить»")
        await maria.press("Продолжить")
        await maria.sees("Вы в доме")
        await maria.send("voice", OPUS)
        await maria.sees("Слушаю голосовое")
        await maria.sees("Я услышал: «Лифт не работает». Верно?")
        await maria.press("Да")
        await maria.sees("Какая квартира")
        await maria.send_document(b"MZ\x90\0 a program", "счёт.pdf.exe", "application/pdf")
        await maria.sees("Такой файл принять не могу")
        await maria.send_document(b"%PDF-1.7 act", "акт.pdf", "application/pdf")
        await maria.send_document(b"%PDF-1.7 act", "копия.pdf", "application/pdf")
        await maria.write("17")
        await maria.sees("По какому телефону")
        await maria.write("8 903 123-45-67")
        await maria.sees("Проверьте, пожалуйста")
        await maria.press("Отправить заявку")
        await maria.sees("принята")
        assert [one["command"] for one in telegram.methods.commands][:2] == ["start", "report"]
        await program.stop()
    (ticket,) = program.rows("SELECT house_id, entrance, apartment, text FROM ticket")
    assert ticket == {"house_id": 1, "entrance": "2", "apartment": "17", "text": "Лифт не работает"}
    files = program.rows("SELECT a.title, a.mime FROM ticket_file f JOIN attachment a ON a.name = f.file ORDER BY f.id")
    assert [(one["title"], one["mime"]) for one in files] == [
        ("акт.pdf", "application/pdf"),
        ("копия.pdf", "application/pdf"),
        ("", "audio/ogg"),
    ]
    (refused,) = program.rows("SELECT title, state, error FROM attachment WHERE state = 2")
    assert refused == {"title": "счёт.pdf.exe", "state": 2, "error": "not_allowed"}
    assert len(program.rows("SELECT name FROM file_content")) == 2  # the voice, and the act once
    assert "Лифт не работает" not in program.errors()
