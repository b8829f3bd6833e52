"""The form in a real Chromium: with the script, without it, in another site's frame, on a phone and at 200 %."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, BrowserContext, Page, Response, expect

from channels.contract import Form, Incoming, Overloaded
from channels.web.session import address_of
from tests.channels.web.conftest import World, serving
from tests.channels.web.doubles import PNG_PICTURE, Rows
from tests.channels.web.test_web_browser import CONFIG
from tests.support.browser import NAMELESS, PALE

pytestmark = pytest.mark.browser
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def answered(item: Incoming) -> tuple[str, Rows] | None:
    match item.content:
        case Form(text=text) if "газ" in text:
            return "⚠️ Запах газа — это опасно.\nЗаявка № 26-000002 принята как аварийная.", ()
        case Form():
            return "Заявка № 26-000001 принята.\nПроблема: лифт не работает\nСрок: 25 ноября, 14:30", ()
    return None


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with serving(replace(CONFIG, form_least_seconds=0)) as made:
        made.core.answer = answered
        yield made


async def open_form(context: BrowserContext, world: World, address: str = "/form") -> Page:
    page = await context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    await page.goto(str(world.client.make_url(address)))
    await expect(page.get_by_role("heading", name="Оставить заявку")).to_be_visible()
    assert problems == []
    return page


async def fill(page: Page) -> None:
    await page.get_by_label("Что случилось").fill("Лифт не работает")
    await page.get_by_label("Адрес: улица и дом").fill("Садовая 5")
    await page.get_by_label("Квартира").fill("17")
    await page.get_by_label("Телефон").fill("8 903 123-45-67")
    await page.get_by_label("Согласен").check()


async def sound(page: Page) -> None:
    """Nothing without a name, too pale or wider than the screen."""
    assert await page.evaluate(NAMELESS) == []
    assert await page.evaluate(PALE) == []
    assert await page.evaluate(WIDE) <= 0


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["390", "1280"])
async def test_the_form_is_sent_in_place_and_the_number_appears(
    browser: Browser, world: World, size: dict[str, int], tmp_path: Path
) -> None:
    context = await browser.new_context(viewport=size, locale="ru-RU")  # type: ignore[arg-type]  # width and height
    page = await open_form(context, world)
    await sound(page)
    await page.get_by_role("button", name="Отправить заявку").click()
    await expect(page.locator("#text-error")).to_have_text("Напишите, что случилось.")
    await expect(page.get_by_label("Что случилось")).to_be_focused()
    await page.get_by_label("Телефон").fill("нет")
    await page.get_by_label("Телефон").blur()
    await expect(page.locator("#phone-error")).to_have_text("Не похоже на телефон. Пример: 8 900 000-00-00.")
    await sound(page)
    await page.screenshot(path=tmp_path / "errors.png", full_page=True)
    await fill(page)
    await expect(page.locator("#phone-error")).to_be_empty()
    pictures = [tmp_path / f"{number}.png" for number in range(6)]
    for picture in pictures:
        picture.write_bytes(PNG_PICTURE)
    await page.locator("#photo").set_input_files(pictures)
    await expect(page.locator("#photo-error")).to_have_text("Приложить можно до 5 фотографий.")
    await page.get_by_role("button", name="Убрать 0.png").click()
    await expect(page.locator("#chosen li")).to_have_count(4)
    await sound(page)
    await page.screenshot(path=tmp_path / "filled.png", full_page=True)
    await page.get_by_role("button", name="Отправить заявку").click()
    heading = page.get_by_role("heading", name="Заявка № 26-000001 принята")
    await expect(heading).to_be_visible()
    await sound(page)
    await page.screenshot(path=tmp_path / "sent.png", full_page=True)
    (event,) = world.core.events
    assert isinstance(event.content, Form)
    assert [file.name for file in event.content.files] == [f"{number}.png" for number in range(1, 5)]
    await page.get_by_role("link", name="Продолжить в чате").click()
    await expect(page.locator("#log").get_by_text("Заявка № 26-000001 принята.")).to_be_visible()
    await context.close()


async def test_wrong_fields_do_not_stop_an_emergency(browser: Browser, world: World) -> None:
    context = await browser.new_context(viewport={"width": 390, "height": 844})
    page = await open_form(context, world)
    await page.get_by_label("Что случилось").fill("На кухне газ")
    await page.get_by_label("Согласен").check()
    await page.get_by_role("button", name="Отправить заявку").click()
    await expect(page.get_by_text("это опасно")).to_be_visible()
    await context.close()


async def test_a_lost_connection_loses_nothing_and_doubles_nothing(browser: Browser, world: World) -> None:
    context = await browser.new_context(viewport={"width": 390, "height": 844})
    page = await open_form(context, world)
    await fill(page)
    await context.set_offline(True)
    await page.get_by_role("button", name="Отправить заявку").click()
    await expect(page.get_by_role("alert").filter(has_text="нет связи")).to_be_visible()
    await context.set_offline(False)
    await page.get_by_role("button", name="Отправить заявку").click()
    await expect(page.get_by_role("heading", name="Заявка № 26-000001 принята")).to_be_visible()
    assert len(world.core.events) == 1
    await context.close()


async def test_a_page_filled_in_too_fast_is_sent_again_by_itself(browser: Browser) -> None:
    async with serving(replace(CONFIG, form_least_seconds=1)) as world:
        world.core.answer = answered
        moments = iter([0.0, 0.2])
        base = world.chat.service.now()
        world.chat.service.now = lambda: base + timedelta(seconds=next(moments, 2.0))
        context = await browser.new_context(viewport={"width": 390, "height": 844})
        page = await open_form(context, world)
        await fill(page)
        await page.get_by_role("button", name="Отправить заявку").click()
        await expect(page.get_by_role("heading", name="Заявка № 26-000001 принята")).to_be_visible()
        await context.close()


async def test_a_trap_that_the_browser_filled_is_emptied_for_the_next_attempt(browser: Browser, world: World) -> None:
    context = await browser.new_context(viewport={"width": 390, "height": 844})
    page = await open_form(context, world)
    await fill(page)
    await page.evaluate("() => { document.forms[0].elements.website.value = 'https://autofill.example'; }")
    await page.get_by_role("button", name="Отправить заявку").click()
    await expect(page.get_by_role("alert").filter(has_text="Мы очистили его")).to_be_visible()
    await page.get_by_role("button", name="Отправить заявку").click()
    await expect(page.get_by_role("heading", name="Заявка № 26-000001 принята")).to_be_visible()
    await context.close()


async def test_a_form_that_an_overloaded_service_refused_is_sent_again_by_itself(
    browser: Browser, world: World
) -> None:
    def recovers(response: Response) -> None:
        if response.status == 503:
            world.core.failure = None

    context = await browser.new_context(viewport={"width": 390, "height": 844})
    page = await open_form(context, world)
    page.on("response", recovers)
    await fill(page)
    world.core.failure = Overloaded()
    await page.get_by_role("button", name="Отправить заявку").click()
    await expect(page.get_by_role("heading", name="Заявка № 26-000001 принята")).to_be_visible(timeout=15_000)
    assert len(world.core.events) == 1
    await context.close()


async def test_without_scripts_the_browser_sends_it(browser: Browser, world: World, tmp_path: Path) -> None:
    context = await browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page = await context.new_page()
    await page.goto(str(world.client.make_url("/form")))
    await page.get_by_role("button", name="Отправить заявку").click()
    await expect(page.locator("#phone-error")).to_have_text("Напишите телефон: мастеру нужно с вами связаться.")
    await fill(page)
    picture = tmp_path / "подвал.png"
    picture.write_bytes(PNG_PICTURE)
    await page.locator("#photo").set_input_files(picture)
    await page.get_by_role("button", name="Отправить заявку").click()
    await expect(page.get_by_role("heading", name="Заявка № 26-000001 принята")).to_be_visible()
    await page.screenshot(path=tmp_path / "plain.png", full_page=True)
    (event,) = world.core.events
    assert isinstance(event.content, Form)
    assert len(event.content.files) == 1
    await page.get_by_role("link", name="Продолжить в чате").click()
    await expect(page.get_by_text("Заявка № 26-000001 принята.")).to_be_visible()
    await context.close()


async def test_the_back_button_without_scripts_gives_the_same_ticket(browser: Browser, world: World) -> None:
    context = await browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page = await context.new_page()
    await page.goto(str(world.client.make_url("/form")))
    await fill(page)
    for _ in range(2):
        await page.get_by_role("button", name="Отправить заявку").click()
        await expect(page.get_by_role("heading", name="Заявка № 26-000001 принята")).to_be_visible()
        await page.go_back()
    assert len(world.core.events) == 1
    await context.close()


async def test_the_form_is_whole_at_200_percent_and_with_the_keyboard(browser: Browser, world: World) -> None:
    context = await browser.new_context(viewport={"width": 320, "height": 480})  # 640 × 960 at 200 %
    page = await open_form(context, world)
    await sound(page)
    names = []
    for _ in range(14):
        await page.keyboard.press("Tab")
        names.append(await page.evaluate("() => document.activeElement.id || document.activeElement.textContent"))
    wanted = ["text", "address", "apartment", "phone", "name", "photo", "consent"]
    assert [name for name in names if name in wanted] == wanted
    assert "website" not in names
    assert names.index("send") > names.index("consent")
    await context.close()


async def test_the_form_opens_in_a_companys_site(browser: Browser, world: World) -> None:
    script = world.client.make_url("/widget.js")
    page_text = (
        f'<!doctype html><title>УК</title><script src="{script}" data-page="form" data-label="Заявка" defer></script>'
    )

    async def serve(request: web.Request) -> web.Response:
        return web.Response(text=page_text, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", serve)
    async with TestServer(app, host="localhost") as site:
        context = await browser.new_context(viewport={"width": 390, "height": 844})
        page = await context.new_page()
        await page.goto(str(site.make_url("/")))
        await page.get_by_role("button", name="Заявка").click()
        frame = page.frame_locator("iframe")
        await frame.get_by_label("Что случилось").fill("Лифт не работает")
        await frame.get_by_label("Адрес: улица и дом").fill("Садовая 5")
        await frame.get_by_label("Телефон").fill("8 903 123-45-67")
        await frame.get_by_label("Согласен").check()
        await frame.get_by_role("button", name="Отправить заявку").click()
        await expect(frame.get_by_role("heading", name="Заявка № 26-000001 принята")).to_be_visible()
        await frame.get_by_role("link", name="Продолжить в чате").click()
        await expect(frame.locator("#log").get_by_text("Заявка № 26-000001 принята.")).to_be_visible()
        await context.close()
    assert len({event.conversation for event in world.core.events}) == 1


async def test_a_link_of_a_stranger_hands_over_no_session(browser: Browser, world: World) -> None:
    context = await browser.new_context(viewport={"width": 390, "height": 844})
    page = await context.new_page()
    await page.goto(str(world.client.make_url("/")) + f"?embed=1#session={'a' * 43}")
    await expect(page.locator("#text")).to_be_visible()
    await expect(page.locator("#log")).to_have_attribute("aria-busy", "false")
    assert "#" not in page.url
    assert world.core.events[-1].conversation != address_of("a" * 43)
    await context.close()
