"""The console in a real Chromium: two dispatchers at work, wide and narrow screens, keyboard, contrast."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.async_api import Browser, ConsoleMessage, FilePayload, Page, expect

from models.database.connection import TENANT
from models.residents import conversations
from operators.accounts import accounts
from operators.handover import queue as handover_queue
from tests.support.browser import NAMELESS, PALE

pytestmark = pytest.mark.browser
PASSWORD = "correct horse"
MINUTE = 60_000
WIDE, NARROW = (1280, 800), (390, 844)

SPILLS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """What a browser shows does not depend on the database."""
    return f"sqlite://{tmp_path / 'test.db'}"


async def desk(browser: Browser, console: Any, login: str, name: str, size: tuple[int, int], role: str) -> Page:
    """A dispatcher at a screen of this size, logged in; what the browser complains of fails the test."""
    await accounts.create_user(
        console.database, login=login, name=name, role=role, now_ms=console.clock(), password=PASSWORD
    )
    context = await browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="ru-RU")
    page = await context.new_page()

    def note_error(message: ConsoleMessage) -> None:
        if message.type == "error":
            console.complaints.append(message.text)

    page.on("console", note_error)
    page.on("pageerror", lambda error: console.complaints.append(str(error)))
    await page.goto(f"{console.base}/")
    await page.get_by_label("Логин").fill(login)
    await page.get_by_label("Пароль").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Очередь", exact=True)).to_be_visible()
    return page


async def shot(page: Page, name: str) -> None:
    """Keep a picture when a person asked for it: DOMOVOY_SHOTS=folder."""
    if folder := os.environ.get("DOMOVOY_SHOTS"):
        await page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


async def resident_says(console: Any, conversation: dict[str, Any], text: str, **more: Any) -> None:
    """What a turn does when a resident writes."""
    await console.database.transaction(
        lambda conn: conversations.add_message(
            conn,
            conversation_id=conversation["id"],
            author=more.pop("author", "resident"),
            text=text,
            at_ms=console.clock(),
            **more,
        )
    )
    console.wakeup.notify("conversation:web:w1")
    console.wakeup.notify("console")


async def resident_waits(console: Any, conversation: dict[str, Any]) -> None:
    async def work(conn: Any) -> None:
        house = await conn.insert("INSERT INTO house (tenant, address) VALUES (?, 'ул. Садовая, д. 5')", TENANT)
        await conn.execute(
            "UPDATE resident SET name = 'Анна Петрова', phone = '+79031234567', house_id = ?, apartment = '17'", house
        )
        await handover_queue.call(
            conn, conversation_id=conversation["id"], reason="asked", urgent=False, now_ms=console.clock()
        )

    await console.database.transaction(work)
    await resident_says(console, conversation, "В подвале течёт канализация, позовите человека")


async def healthy(console: Any, page: Page) -> None:
    assert await page.evaluate(PALE) == []
    assert await page.evaluate(NAMELESS) == []
    assert await page.evaluate(SPILLS) == 0
    assert console.complaints == []


async def test_two_dispatchers_share_one_queue(browser: Browser, console: Any, conversation: dict[str, Any]) -> None:
    irina = await desk(browser, console, "irina", "Ирина", WIDE, "manager")
    oleg = await desk(browser, console, "oleg", "Олег", NARROW, "dispatcher")
    await expect(irina.get_by_text("Никто не ждёт.")).to_be_visible()
    await resident_waits(console, conversation)
    await expect(oleg.get_by_role("link", name="Анна Петрова")).to_be_visible()
    await expect(irina).to_have_title("(1) Очередь · Домовой")
    console.clock.ms += 11 * MINUTE
    console.wakeup.notify("console")
    await expect(oleg.get_by_role("alert")).to_contain_text("Ждут дольше 10 минут: 1.")
    await expect(irina).to_have_title("(1!) Очередь · Домовой")
    for page, name in ((irina, "queue-1280"), (oleg, "queue-390")):
        await shot(page, name)
        await healthy(console, page)

    await oleg.get_by_role("link", name="Анна Петрова").click()
    await irina.get_by_role("button", name="Взять диалог").focus()
    await irina.keyboard.press("Enter")
    await expect(irina.get_by_role("status")).to_contain_text("Диалог ваш.")
    await expect(oleg.get_by_text("Диалог ведёт Ирина")).to_be_visible()
    await expect(oleg.get_by_label("Ответ жителю")).to_be_disabled()
    await expect(oleg.get_by_role("button", name="Взять диалог")).to_have_count(0)
    assert await oleg.get_by_role("alert").filter(visible=True).count() == 0

    await irina.get_by_label("Ответ жителю").fill("Здравствуйте! Мастер будет через 30 минут.")
    await irina.keyboard.press("Control+Enter")
    for page in (irina, oleg):
        await expect(page.get_by_role("log")).to_contain_text("Мастер будет через 30 минут.")
    await expect(irina.get_by_label("Ответ жителю")).to_have_value("")
    await irina.get_by_label("Ответ жителю").fill("недописанный ответ")
    await resident_says(console, conversation, "Спасибо, жду")
    await expect(irina.get_by_role("log")).to_contain_text("Спасибо, жду")
    await expect(irina.get_by_label("Ответ жителю")).to_have_value("недописанный ответ")
    for page, name in ((irina, "talk-1280"), (oleg, "talk-390")):
        await shot(page, name)
        await healthy(console, page)

    await irina.get_by_role("button", name="Вернуть боту").click()
    await expect(oleg.get_by_role("button", name="Взять диалог")).to_be_visible()


async def test_a_photo_is_sent_from_the_conversation(
    browser: Browser, console: Any, conversation: dict[str, Any]
) -> None:
    irina = await desk(browser, console, "irina", "Ирина", WIDE, "dispatcher")
    await irina.goto(f"{console.base}/dialogs/{conversation['id']}")
    await irina.get_by_role("button", name="Взять диалог").click()
    output = io.BytesIO()
    Image.new("RGB", (300, 200), "teal").save(output, "JPEG")
    photo: FilePayload = {"name": "план.jpg", "mimeType": "image/jpeg", "buffer": output.getvalue()}
    await irina.get_by_label("Фото").set_input_files(photo)
    await irina.get_by_role("button", name="Отправить").click()
    picture = irina.get_by_role("log").get_by_role("img")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("image => image.naturalWidth") == 300
    await irina.get_by_label("Фото").set_input_files({**photo, "buffer": b"<html>"})
    await irina.get_by_role("button", name="Отправить").click()
    await expect(irina.get_by_role("alert")).to_contain_text("Файл не подходит")


async def test_a_lost_connection_is_told_and_made_up_for(
    browser: Browser, console: Any, conversation: dict[str, Any]
) -> None:
    irina = await desk(browser, console, "irina", "Ирина", WIDE, "dispatcher")
    await irina.context.set_offline(True)
    await irina.evaluate("hint('console')")
    await expect(irina.get_by_text("Нет связи с сервером.")).to_be_visible()
    await resident_waits(console, conversation)
    await irina.context.set_offline(False)
    await expect(irina.get_by_role("link", name="Анна Петрова")).to_be_visible(timeout=20_000)
    await expect(irina.get_by_text("Нет связи с сервером.")).to_be_hidden(timeout=20_000)


async def test_a_session_that_ends_leads_to_the_log_in(browser: Browser, console: Any) -> None:
    irina = await desk(browser, console, "irina", "Ирина", NARROW, "dispatcher")
    await shot(irina, "empty-390")
    await console.database.transaction(lambda conn: conn.execute("DELETE FROM operator_session"))
    console.wakeup.notify("console")
    await expect(irina.get_by_label("Пароль")).to_be_visible()
    await shot(irina, "login-390")
