"""What fits on a dispatcher's screen, in a real Chromium: the reply box, the menu, the cards, the notices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from models.database.connection import Connection
from models.residents import conversations
from operators.handover import queue as handover_queue
from tests.operators.console.test_console_browser import MINUTE, NARROW, WIDE, desk, healthy, resident_says, shot
from tickets import service
from tickets.lifecycle.types import Actor

pytestmark = pytest.mark.browser
BOT = Actor(kind="bot", id=0, name="бот")
LONG = "Стоки поднимаются из унитаза на первом этаже, вода уже в коридоре, воду в стояке мы перекрыть не можем сами."
# Whether every part of the element is inside the window.
SEEN_WHOLE = """element => {
    const box = element.getBoundingClientRect();
    return box.top >= 0 && box.left >= 0 && box.bottom <= innerHeight && box.right <= innerWidth;
}"""
# In one step: the page may replace an element between finding and measuring it.
ROWS = """selector => [...document.querySelectorAll(selector)].map(
    element => Math.round(element.clientHeight / parseFloat(getComputedStyle(element).lineHeight)))"""


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """What a browser shows does not depend on the database."""
    return f"sqlite://{tmp_path / 'test.db'}"


async def emergency(console: Any, conversation: dict[str, Any]) -> None:
    """A resident with a ticket of an emergency and twenty lines of talk waits for a person."""

    async def work(conn: Connection) -> None:
        order = service.NewTicket(
            problem="sewer_pipe_leak",
            conversation_id=conversation["id"],
            resident_id=conversation["resident_id"],
            source="web",
            address="ул. Садовая, д. 5",
            apartment="17",
            name="Пётр Сидоров",
            phone="+79031234567",
            text=LONG,
        )
        await service.open_ticket(conn, order, actor=BOT, now_ms=console.clock())
        await handover_queue.call(
            conn, conversation_id=conversation["id"], reason="emergency", urgent=True, now_ms=console.clock()
        )

    await console.database.transaction(work)
    for number in range(20):
        await resident_says(console, conversation, f"{LONG} {number}", author="resident" if number % 2 else "bot")


async def seen_whole(page: Page, *names: str) -> None:
    for name in names:
        button = page.get_by_role("button", name=name)
        assert await button.evaluate(SEEN_WHOLE), name


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "390"])
async def test_a_claimed_conversation_fits_the_screen(
    browser: Browser, console: Any, conversation: dict[str, Any], size: tuple[int, int]
) -> None:
    await emergency(console, conversation)
    irina = await desk(browser, console, "irina", "Ирина Константинопольская", size, "manager")
    await expect(irina.get_by_role("listitem").filter(has_text=LONG)).to_contain_text("Течёт канализационная труба")
    await shot(irina, f"card-{size[0]}")
    await irina.get_by_role("button", name="Взять диалог").click()
    notice = irina.get_by_role("status").filter(has_text="Диалог ваш.")
    await expect(notice).to_be_visible()
    await seen_whole(irina, "Отправить", "Вернуть боту")
    await shot(irina, f"claimed-{size[0]}")
    await healthy(console, irina)
    lines = irina.get_by_role("log")
    assert await lines.evaluate("log => log.scrollHeight - log.scrollTop - log.clientHeight") <= 1
    await expect(notice).to_be_hidden(timeout=15_000)
    await irina.get_by_role("link", name="Создать заявку").scroll_into_view_if_needed()
    await irina.get_by_label("Ответ жителю").scroll_into_view_if_needed()
    await seen_whole(irina, "Отправить")
    await irina.goto(f"{console.base}/")
    await expect(irina.get_by_role("region", name="Мои диалоги").get_by_text("Авария", exact=True)).to_be_visible()


async def test_the_mark_of_a_flood_wraps_on_a_phone(
    browser: Browser, console: Any, conversation: dict[str, Any]
) -> None:
    await console.database.transaction(
        lambda conn: conversations.count_throttled(conn, conversation["id"], 970, console.clock())
    )
    irina = await desk(browser, console, "irina", "Ирина", NARROW, "dispatcher")
    await irina.goto(f"{console.base}/dialogs/{conversation['id']}")
    mark = irina.locator("#flood")
    await expect(mark).to_contain_text("без ответа бота осталось 970")
    right = await mark.evaluate("element => element.getBoundingClientRect().right")
    assert right <= NARROW[0]
    await seen_whole(irina, "Взять диалог")


async def test_an_alarm_in_the_header_takes_nothing_from_the_reply_box(
    browser: Browser, console: Any, conversation: dict[str, Any]
) -> None:
    await emergency(console, conversation)
    irina = await desk(browser, console, "irina", "Ирина", NARROW, "manager")
    await irina.get_by_role("link", name="Пётр Сидоров").click()
    console.clock.ms += 11 * MINUTE
    console.wakeup.notify("console")
    await expect(irina.get_by_role("alert").filter(visible=True)).to_contain_text("Ждут дольше 10 минут")
    await seen_whole(irina, "Отправить", "Взять диалог")
    await shot(irina, "alarm-390")


async def test_a_notice_goes_at_once_when_less_motion_is_wanted(
    browser: Browser, console: Any, conversation: dict[str, Any]
) -> None:
    irina = await desk(browser, console, "irina", "Ирина", NARROW, "dispatcher")
    await irina.emulate_media(reduced_motion="reduce")
    await irina.goto(f"{console.base}/dialogs/{conversation['id']}?ok=claimed")
    notice = irina.get_by_role("status").filter(has_text="Диалог ваш.")
    await expect(notice).to_be_visible()
    assert await notice.evaluate("element => getComputedStyle(element).animationDuration") == "0.001s"
    await expect(notice).to_be_hidden(timeout=15_000)


async def test_menu_tags_and_words_keep_their_shape_on_a_phone(
    browser: Browser, console: Any, conversation: dict[str, Any]
) -> None:
    await emergency(console, conversation)
    irina = await desk(browser, console, "irina", "Ирина Константинопольская", NARROW, "manager")
    for link in await irina.get_by_role("navigation", name="Разделы").get_by_role("link").all():
        assert await link.evaluate(SEEN_WHOLE)
    assert await irina.get_by_role("button", name="Выйти").evaluate(SEEN_WHOLE)
    assert await irina.evaluate(ROWS, ".last") == [2]
    await irina.goto(f"{console.base}/tickets")
    for tag in await irina.locator("td .tag").all():
        box = await tag.bounding_box()
        assert box is not None
        assert box["width"] < 100
        assert box["x"] > 120
    await shot(irina, "tickets-390")
    await healthy(console, irina)


async def test_a_refused_reply_without_scripts_leaves_the_box_in_sight(
    browser: Browser, console: Any, conversation: dict[str, Any]
) -> None:
    await emergency(console, conversation)
    irina = await desk(browser, console, "irina", "Ирина", NARROW, "dispatcher")
    await irina.goto(f"{console.base}/dialogs/{conversation['id']}")
    await irina.get_by_role("button", name="Взять диалог").click()
    await expect(irina.get_by_role("status")).to_contain_text("Диалог ваш.")
    await irina.evaluate("document.getElementById('composer').submit()")  # past the script, as without it
    await expect(irina.get_by_role("alert").filter(visible=True)).to_have_text("Напишите ответ или приложите файл.")
    await seen_whole(irina, "Отправить", "Вернуть боту")
    await shot(irina, "refused-390")
