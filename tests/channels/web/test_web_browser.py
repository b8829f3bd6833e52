"""The page in a real Chromium: writing, pressing, losing the connection, being read by a screen reader."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, BrowserContext, Page, expect

from channels.config import SharedSettings
from channels.contract import FileRef
from channels.web.config import WebConfig
from tests.channels.web.conftest import World, serving
from tests.channels.web.doubles import PNG_PICTURE, sewer_dialog
from tests.support.browser import NAMELESS, PALE

pytestmark = pytest.mark.browser
CONFIG = WebConfig(
    shared=SharedSettings(company="УК «Домовой»", phone="+7 (495) 000-00-01", policy_url="https://uk.example/policy"),
    frame_ancestors=("*",),
)


@pytest.fixture
async def context(browser: Browser) -> BrowserContext:
    return await browser.new_context(
        viewport={"width": 390, "height": 844}, locale="ru-RU", timezone_id="Europe/Moscow"
    )


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with serving(CONFIG) as made:
        made.core.answer = sewer_dialog
        yield made


async def open_chat(context: BrowserContext, world: World) -> Page:
    page = await context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    await page.goto(str(world.client.make_url("/")))
    await expect(page.get_by_role("button", name="Сообщить о проблеме")).to_be_visible()
    assert problems == []
    return page


async def said(page: Page) -> list[str]:
    return await page.locator("#log .line:not(.typing) .text").all_inner_texts()


async def test_resident_writes_presses_and_sends_a_photo(context: BrowserContext, world: World, tmp_path: Path) -> None:
    page = await open_chat(context, world)
    await page.get_by_role("button", name="Сообщить о проблеме").click()
    await expect(page.get_by_role("button", name="Отмена")).to_be_visible()
    assert await page.get_by_role("button", name="Сообщить о проблеме").count() == 0
    field = page.get_by_label("Ваше сообщение")
    await field.fill("ул. Лесная, 5,")
    await field.press("Shift+Enter")
    await field.type("кв. 12")
    await field.press("Enter")
    await expect(page.get_by_text("Что случилось?")).to_be_visible()
    picture = tmp_path / "подвал.png"
    picture.write_bytes(PNG_PICTURE)
    await page.locator("#photo").set_input_files(picture)
    await expect(page.get_by_text("фотография приложена")).to_be_visible()
    await field.fill("Течёт канализация в подвале")
    await field.press("Enter")
    await expect(page.get_by_role("button", name="Да, отправить")).to_be_visible()
    await expect(page.locator(".pending")).to_have_count(0)
    mine = await page.locator(".line.resident .text").all_inner_texts()
    assert mine == ["Сообщить о проблеме", "ул. Лесная, 5,\nкв. 12", "Течёт канализация в подвале"]
    shown = page.get_by_role("img", name="Фотография")
    assert await shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 8
    await page.screenshot(path=tmp_path / "chat-390.png")
    await page.reload()
    await expect(page.get_by_role("button", name="Да, отправить")).to_be_visible()
    assert await page.locator(".line.resident .text").all_inner_texts() == mine
    assert len(world.core.events) == 5


async def test_message_written_without_a_connection_leaves_when_it_is_back(
    context: BrowserContext, world: World
) -> None:
    page = await open_chat(context, world)
    await context.set_offline(True)
    await expect(page.get_by_role("status")).to_have_text("Нет связи — сообщение уйдёт, когда она появится")
    field = page.get_by_label("Ваше сообщение")
    for text in ("Нет воды", "Третий этаж"):
        await field.fill(text)
        await field.press("Enter")
    await expect(page.locator(".pending")).to_have_count(2)
    conversation = world.core.events[0].conversation
    await world.transcript.add(conversation, "dispatcher", "Вы на связи?", name="Ирина")
    await context.set_offline(False)
    await expect(page.locator(".pending")).to_have_count(0)
    await expect(page.locator("#state")).to_be_empty()
    await expect(page.locator(".line.bot .text")).to_have_count(3)
    lines = await world.transcript.lines_after(conversation, 0)
    assert await said(page) == [line.text for line in lines]
    assert [line.text for line in lines if line.author == "resident"] == ["Нет воды", "Третий этаж"]


async def test_unsent_message_survives_a_reload_of_the_page(context: BrowserContext, world: World) -> None:
    page = await open_chat(context, world)
    await page.route("**/chat/messages", lambda route: route.abort())
    await page.get_by_label("Ваше сообщение").fill("Нет воды")
    await page.get_by_label("Ваше сообщение").press("Enter")
    await expect(page.locator(".pending")).to_have_count(1)
    await page.unroute("**/chat/messages")
    await page.reload()
    await expect(page.get_by_text("Что случилось?")).to_be_visible()
    assert await page.locator(".line.resident .text").all_inner_texts() == ["Нет воды"]


async def test_answer_that_was_lost_does_not_double_the_message(context: BrowserContext, world: World) -> None:
    page = await open_chat(context, world)
    lost: list[str] = []

    async def lose_once(route: object) -> None:
        if lost:
            await route.continue_()  # type: ignore[attr-defined]  # playwright's Route
            return
        lost.append("answer")
        await route.fetch()  # type: ignore[attr-defined]  # as above
        await route.abort()  # type: ignore[attr-defined]  # as above

    await page.route("**/chat/messages", lose_once)
    await page.get_by_label("Ваше сообщение").fill("Нет воды")
    async with page.expect_response("**/chat/messages") as again:
        await page.get_by_label("Ваше сообщение").press("Enter")
    assert (await again.value).status == 200
    await expect(page.locator(".pending")).to_have_count(0)
    assert (await said(page)).count("Нет воды") == 1
    assert len(world.core.events) == 2


async def test_message_that_the_core_writes_down_differently_is_shown_once(
    context: BrowserContext, world: World
) -> None:
    page = await open_chat(context, world)
    world.core.rewrite = lambda text: "Номер скрыт"
    await page.get_by_label("Ваше сообщение").fill("Мой телефон 8 900 000-00-00")
    await page.get_by_label("Ваше сообщение").press("Enter")
    await expect(page.locator(".line.resident .text")).to_have_text(["Номер скрыт"])


async def test_emergency_is_not_held_back_by_a_throttled_message(context: BrowserContext) -> None:
    async with serving(WebConfig(session_burst=1, session_per_second=0.001)) as world:
        world.core.answer = sewer_dialog
        page = await open_chat(context, world)
        for text in ("Здравствуйте", "Пахнет газом"):
            await page.get_by_label("Ваше сообщение").fill(text)
            await page.get_by_label("Ваше сообщение").press("Enter")
        await expect(page.locator(".line.resident:not(.pending) .text")).to_have_text(["Пахнет газом"])
        await expect(page.locator(".pending")).to_contain_text("Слишком много сообщений подряд")


async def test_behind_a_proxy_that_holds_streams_back_the_page_polls(context: BrowserContext, world: World) -> None:
    page = await context.new_page()
    await page.clock.install()
    held = []
    await page.route("**/chat/events*", lambda route: held.append(route))
    async with page.expect_request("**/chat/events*"):
        await page.goto(str(world.client.make_url("/")))
    await page.clock.fast_forward(9000)
    await expect(page.get_by_role("button", name="Сообщить о проблеме")).to_be_visible()
    await page.get_by_role("button", name="Сообщить о проблеме").click()
    await expect(page.get_by_role("button", name="Отмена")).to_be_visible()
    assert len(held) == 1


async def test_refused_message_says_why_and_can_be_removed(context: BrowserContext, world: World) -> None:
    page = await open_chat(context, world)
    await page.get_by_label("Ваше сообщение").fill("п" * 60_000)
    await page.get_by_label("Ваше сообщение").press("Enter")
    await expect(page.locator(".refused")).to_contain_text("слишком длинное")
    await page.get_by_role("button", name="Убрать").click()
    await expect(page.locator(".refused")).to_have_count(0)


async def test_text_of_people_is_never_markup(context: BrowserContext, world: World) -> None:
    page = await open_chat(context, world)
    hostile = "<img src=x onerror=alert(1)> https://uk.example/a?b=1."
    await world.transcript.add(world.core.events[0].conversation, "dispatcher", hostile, name="<b>Ирина</b>")
    await expect(page.locator(".dispatcher .text")).to_have_text(hostile)
    assert await page.locator(".dispatcher img, .dispatcher b").count() == 0
    assert await page.locator(".dispatcher a").get_attribute("href") == "https://uk.example/a?b=1"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/chat/plain"])
async def test_page_is_named_contrasting_and_fits_a_phone(
    context: BrowserContext, world: World, scheme: str, path: str, tmp_path: Path
) -> None:
    page = await open_chat(context, world)
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    conversation = world.core.events[0].conversation
    file = FileRef(remote_id="none", name="акт.pdf", mime="application/pdf")
    await world.transcript.add(conversation, "dispatcher", "Мастер выехал, ждите до 15:00.", name="Ирина", file=file)
    await world.transcript.add(conversation, "resident", "Спасибо")
    await page.goto(str(world.client.make_url(path)))
    await expect(page.get_by_text("Мастер выехал")).to_be_visible()
    assert await page.evaluate(NAMELESS) == []
    assert await page.evaluate(PALE) == []
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
    await page.screenshot(path=tmp_path / f"{scheme}.png")


async def test_log_is_a_live_region_and_everything_is_reached_by_keyboard(
    context: BrowserContext, world: World
) -> None:
    page = await open_chat(context, world)
    await expect(page.get_by_role("log")).to_have_attribute("aria-live", "polite")
    await expect(page.get_by_role("log")).to_have_attribute("aria-busy", "false")
    names = []
    for _ in range(12):
        await page.keyboard.press("Tab")
        names.append(await page.evaluate("document.activeElement.ariaLabel || document.activeElement.textContent"))
    assert {"Сообщения", "Сообщить о проблеме", "Приложить фото или файл", "Отправить"} <= set(names)


async def test_widget_opens_the_chat_on_another_site(context: BrowserContext, world: World, tmp_path: Path) -> None:
    address = str(world.client.make_url("/")).rstrip("/")

    async def site(request: web.Request) -> web.Response:
        page = f'<!doctype html><title>УК</title><h1>УК</h1><script src="{address}/widget.js" defer></script>'
        policy = f"default-src 'none'; script-src {address}; frame-src {address}"
        return web.Response(text=page, content_type="text/html", headers={"Content-Security-Policy": policy})

    application = web.Application()
    application.router.add_get("/", site)
    async with TestServer(application, host="localhost") as server:
        page = await context.new_page()
        await page.goto(str(server.make_url("/")))
        button = page.get_by_role("button", name="Написать диспетчеру")
        await button.click()
        frame = page.frame_locator("iframe")
        await frame.get_by_role("button", name="Сообщить о проблеме").click()
        await expect(frame.get_by_text("Напишите, пожалуйста, адрес")).to_be_visible()
        await page.screenshot(path=tmp_path / "widget.png")
        await frame.get_by_role("button", name="Свернуть чат").click()
        await expect(page.locator("iframe")).to_be_hidden()
        assert await button.get_attribute("aria-expanded") == "false"


async def test_without_scripts_the_page_leads_to_a_working_form(world: World, context: BrowserContext) -> None:
    browser = context.browser
    assert browser is not None
    bare = await browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = await bare.new_page()
    await page.goto(str(world.client.make_url("/")))
    await page.get_by_role("link", name="Открыть чат без скриптов").click()
    await page.get_by_label("Ваше сообщение").fill("Течёт канализация в подвале")
    await page.get_by_role("button", name="Отправить").click()
    await page.get_by_role("button", name="Да, отправить").click()
    await expect(page.get_by_text("Вы выбрали: yes")).to_be_visible()
    await bare.close()
