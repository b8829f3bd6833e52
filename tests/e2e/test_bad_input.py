"""What should not come but does: every answer is clear, nothing is lost, the program stays up and logs no traceback."""

from __future__ import annotations

import io
from typing import Any

import aiohttp
import pytest
from PIL import Image

from tests.e2e.support.personas import Resident, browser_of
from tests.e2e.support.program import Program
from tests.fakes.telegram.api import FakeTelegram


async def known_resident(program: Program, anna: Resident) -> None:
    """Get the notice out of the way."""
    await anna.open()
    await anna.write("Здравствуйте")
    await anna.sees("Нажмите «Продолжить»")
    await anna.press("Продолжить")
    await anna.sees("Чем могу помочь?")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("спам " * 11_000, "очень длинное"),
        ("\x00\x07при\x1bвет\u200b", "Чем могу помочь?"),
        ("😀😀😀", "не понял"),
        ("<script>alert(1)</script>{{7*7}}%s", "только по-русски"),
    ],
    ids=["100 kB", "control characters", "emoji", "markup"],
)
async def test_strange_texts_are_answered(program: Program, text: str, answer: str) -> None:
    await program.start()
    async with browser_of(Resident, program) as anna:
        await known_resident(program, anna)
        await anna.write(text)
        await anna.sees(answer)
    await program.stop()
    assert program.errors() == ""


async def test_wrong_answers_in_the_form_are_asked_again(program: Program) -> None:
    await program.start()
    async with browser_of(Resident, program) as anna:
        await known_resident(program, anna)
        await anna.press("Сообщить о проблеме")
        await anna.sees("По какому адресу")
        await anna.write("ул. Марсианская, 1")
        await anna.sees("Такого дома не нашёл")
        await anna.write("ул. Марсианская, 1")
        await anna.sees("Снова не нашёл такого дома")
        await anna.press("Оставить как написано")
        await anna.sees("Записал адрес как есть")
        await anna.write("12345")
        await anna.sees("Не похоже на номер телефона")
        await anna.write("8 903 123-45-67")
        await anna.sees("Что случилось?")


async def raw_post(anna: Resident, path: str, data: Any, kind: str = "application/json") -> tuple[int, str]:
    async with anna.http.post(anna.program.base + path, data=data, headers={"Content-Type": kind}) as response:
        return response.status, str((await response.json())["message"])


async def test_malformed_requests_are_refused_in_russian(program: Program) -> None:
    await program.start()
    async with browser_of(Resident, program) as anna:
        await anna.open()
        for body in (b"{", b"[]", b'{"id": 7}', b'{"id": "message-1", "text": ["x"]}', b"\xff\xfe"):
            status, message = await raw_post(anna, "/chat/messages", body)
            assert status == 400
            assert message
        await anna.write("Здравствуйте")
        await anna.sees("Нажмите «Продолжить»")
    await program.stop()
    assert program.errors() == ""


async def test_a_photo_too_big_or_no_photo_is_refused_and_a_real_one_is_kept(program: Program) -> None:
    await program.start()
    async with browser_of(Resident, program) as anna:
        await known_resident(program, anna)

        async def send(data: bytes, number: int) -> tuple[int, dict[str, Any]]:
            form = aiohttp.FormData({"id": f"photo-no-{number}"})
            form.add_field("photo", io.BytesIO(data), filename="photo.jpg", content_type="image/jpeg")
            async with anna.http.post(f"{program.base}/chat/photos", data=form) as response:
                return response.status, await response.json()

        status, answer = await send(b"\xff\xd8" + bytes(20_000_000), 1)
        assert (status, answer["error"]) == (413, "too_big")
        status, answer = await send(b"MZ\x90\x00\x03\x00 this is a program", 2)
        assert (status, answer["error"]) == (400, "bad_photo")
        picture = io.BytesIO()
        Image.new("RGB", (40, 30), "brown").save(picture, "JPEG")
        assert await send(picture.getvalue(), 3) == (200, {"stored": True})
        await anna.sees("По какому адресу")
    await program.stop()
    assert program.errors() == ""


async def test_stickers_voices_repeats_and_forgeries_over_telegram(program: Program) -> None:
    async with FakeTelegram() as telegram:
        await program.start(
            DOMOVOY_CHANNELS__TELEGRAM__ENABLED="true",
            DOMOVOY_CHANNELS__TELEGRAM__TOKEN=telegram.token,
            DOMOVOY_CHANNELS__TELEGRAM__API_BASE=telegram.base,
        )
        maria = telegram.resident("Мария")
        await maria.write("Здравствуйте")
        await maria.sees("Нажмите «Продолжить»")
        await maria.press("Продолжить")
        await maria.sees("Чем могу помочь?")
        await maria.send("sticker")
        await maria.sees("Стикеры я не понимаю")
        await maria.send("voice")
        await maria.sees("Голосовое сохранил")
        await maria.write("Мои заявки", update_id=900_000_000)
        await maria.sees("Заявок у вас пока нет")
        await maria.write("Мои заявки", update_id=900_000_000)
        await maria.write("спасибо", update_id=900_000_001)
        await maria.sees("Пожалуйста!")
        assert sum("Заявок у вас пока нет" in text for text in maria.received()) == 1
        await program.stop()
        assert program.errors() == ""
