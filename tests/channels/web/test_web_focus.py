"""The page on small screens, by keyboard and without scripts, in a real Chromium: what must stay in sight and reach."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, BrowserContext, FilePayload, Page, expect

from channels.contract import Button
from tests.channels.web.conftest import World, serving
from tests.channels.web.doubles import sewer_dialog
from tests.channels.web.test_web_browser import CONFIG, open_chat
from tests.support.browser import NAMELESS, PALE

pytestmark = pytest.mark.browser
MENU = tuple(
    (Button(label, f"b{number}"),)
    for number, label in enumerate(
        ("Сообщить о проблеме", "Мои заявки", "Задать вопрос", "Позвать диспетчера", "Политика")
    )
)
# Whether an element can be hit at its middle and near its edges: nothing covers it and no box cuts it.
IN_SIGHT = """element => {
    const box = element.getBoundingClientRect();
    const points = [[.5, .5], [.5, .1], [.5, .9]].map(([x, y]) => [box.left + box.width * x, box.top + box.height * y]);
    return points.every(([x, y]) => element.contains(document.elementFromPoint(x, y)));
}"""


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with serving(CONFIG) as made:
        made.core.answer = sewer_dialog
        yield made


async def screen(browser: Browser, width: int, height: int, *, touch: bool = False) -> BrowserContext:
    return await browser.new_context(
        viewport={"width": width, "height": height}, locale="ru-RU", has_touch=touch, is_mobile=touch
    )


async def say(page: Page, *texts: str) -> None:
    for text in texts:
        await page.get_by_label("Ваше сообщение").fill(text)
        await page.get_by_label("Ваше сообщение").press("Enter")
        await expect(page.locator(".pending")).to_have_count(0)
        await expect(page.locator(".line").last).to_have_class("line bot")


async def focused(page: Page) -> str:
    return str(await page.evaluate("document.activeElement.id || document.activeElement.textContent"))


@pytest.mark.parametrize("size", [(390, 844), (320, 560)], ids=["390", "320"])
async def test_the_refusal_of_a_photo_is_in_sight_with_its_buttons(
    browser: Browser, world: World, size: tuple[int, int]
) -> None:
    page = await open_chat(await screen(browser, *size), world)
    await say(page, *["Течёт канализация в подвале"] * 4)
    await expect(page.get_by_role("button", name="Да, отправить")).to_be_visible()
    bad: FilePayload = {"name": "акт.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}
    await page.locator("#photo").set_input_files(bad)
    await expect(page.locator(".refused")).to_contain_text("принять не можем")
    for name in ("Повторить", "Убрать"):
        assert await page.get_by_role("button", name=name).evaluate(IN_SIGHT), name
    assert await page.locator(".refused .note").evaluate(IN_SIGHT)


@pytest.mark.parametrize("text", ["", "Первая строка\nвторая строка"], ids=["empty", "two lines"])
async def test_buttons_of_the_menu_stay_whole_on_a_small_phone(browser: Browser, world: World, text: str) -> None:
    world.core.answer = lambda item: ("Чем помочь?", MENU)
    page = await open_chat(await screen(browser, 320, 560), world)
    await page.get_by_label("Ваше сообщение").fill(text)
    chips = await page.locator(".chip").all()
    assert len(chips) == 5
    for chip in chips:
        assert await chip.evaluate(IN_SIGHT), await chip.text_content()
    assert await page.get_by_role("button", name="Отправить").evaluate(IN_SIGHT)
    assert await page.locator(".log").evaluate("log => log.clientHeight") > 80


async def test_the_focus_goes_from_a_pressed_button_to_the_next_ones_or_to_the_input(
    browser: Browser, world: World
) -> None:
    page = await open_chat(await screen(browser, 390, 844), world)
    await page.get_by_role("button", name="Сообщить о проблеме").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Отмена")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Вы выбрали: cancel")).to_be_visible()
    await expect(page.get_by_label("Ваше сообщение")).to_be_focused()


async def test_what_a_resident_types_meanwhile_keeps_the_focus(browser: Browser, world: World) -> None:
    page = await open_chat(await screen(browser, 390, 844), world)
    conversation = world.core.events[0].conversation
    world.core.answer = lambda item: None
    await page.get_by_role("button", name="Сообщить о проблеме").press("Enter")
    await expect(page.get_by_role("log")).to_be_focused()
    await page.get_by_label("Ваше сообщение").focus()
    await page.keyboard.type("Нет")
    await world.transcript.add(conversation, "bot", "Какой дом?", buttons=MENU)
    await expect(page.get_by_role("button", name="Политика")).to_be_visible()
    assert await focused(page) == "text"


async def test_a_touch_screen_gets_no_keyboard_by_itself(browser: Browser, world: World) -> None:
    page = await open_chat(await screen(browser, 390, 844, touch=True), world)
    await page.get_by_role("button", name="Сообщить о проблеме").tap()
    await page.get_by_role("button", name="Отмена").tap()
    await expect(page.get_by_text("Вы выбрали: cancel")).to_be_visible()
    assert await focused(page) != "text"


async def test_no_page_asks_for_a_missing_file(browser: Browser, world: World) -> None:
    page = await (await screen(browser, 390, 844)).new_page()
    failed: list[str] = []
    page.on("response", lambda answer: failed.append(answer.url) if answer.status >= 400 else None)
    for path in ("/", "/chat/plain"):
        await page.goto(str(world.client.make_url(path)))
        icon = str(await page.locator("link[rel=icon]").get_attribute("href"))
        answer = await page.request.get(str(world.client.make_url(icon)))
        assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (200, "image/svg+xml")
    assert failed == []


async def test_without_scripts_nothing_dead_is_shown_and_the_form_greets(browser: Browser, world: World) -> None:
    bare = await browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = await bare.new_page()
    await page.goto(str(world.client.make_url("/")))
    await expect(page.get_by_label("Ваше сообщение")).to_be_hidden()
    await expect(page.get_by_role("button", name="Отправить")).to_be_hidden()
    await expect(page.get_by_role("link", name="Простая версия")).to_be_hidden()
    await page.get_by_role("link", name="Открыть чат без скриптов").click()
    await expect(page.get_by_text("Напишите, пожалуйста, что случилось")).to_be_visible()
    await page.get_by_label("Ваше сообщение").fill("Нет воды")
    await page.get_by_role("button", name="Отправить").click()
    await expect(page.get_by_text("Спасибо. Что случилось?")).to_be_visible()
    await expect(page.get_by_text("Напишите, пожалуйста, что случилось")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_greeting_is_named_and_contrasting(browser: Browser, world: World, scheme: str) -> None:
    page = await (await screen(browser, 390, 844)).new_page()
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await page.goto(str(world.client.make_url("/chat/plain")))
    assert await page.evaluate(NAMELESS) == []
    assert await page.evaluate(PALE) == []
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
