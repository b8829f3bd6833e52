"""The main job in real browsers: a resident's phone and a dispatcher's screen."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.support.program import Program
from tests.e2e.support.story import report_sewer_leak

pytestmark = pytest.mark.browser


async def shot(page: Page, name: str) -> None:
    """Keep a picture when a person asked for it: DOMOVOY_SHOTS=folder."""
    if folder := os.environ.get("DOMOVOY_SHOTS"):
        await page.screenshot(path=str(Path(folder) / f"{name}.png"))


@dataclass(slots=True)
class AtThePhone:
    """A resident at the chat page of a phone."""

    page: Page
    read: int = 0
    steps: int = 0

    async def write(self, text: str) -> None:
        field = self.page.get_by_label("Ваше сообщение")
        await field.fill(text)
        await field.press("Enter")

    async def press(self, label: str) -> None:
        await self.page.get_by_role("button", name=label).last.click()

    async def sees(self, text: str) -> str:
        """Wait for a line of the company with this text below what was seen before."""
        lines = self.page.locator("#log .line:not(.resident):not(.typing)")
        said = ""
        while text not in said:
            await expect(lines.nth(self.read), f"a line with {text!r}").to_be_visible(timeout=20_000)
            said = await lines.nth(self.read).inner_text()
            self.read += 1
        self.steps += 1
        await shot(self.page, f"chat-{self.steps:02d}")
        return said


async def desk(browser: Browser, program: Program) -> Page:
    context = await browser.new_context(viewport={"width": 1280, "height": 900}, locale="ru-RU")
    page = await context.new_page()
    await page.goto(f"{program.base}/console/")
    await page.get_by_label("Логин").fill("demo")
    await page.get_by_label("Пароль").fill(program.password)
    await page.get_by_role("button", name="Войти").click()
    return page


async def test_the_leak_is_reported_on_a_phone_and_fixed_from_the_console(browser: Browser, program: Program) -> None:
    await program.start()
    context = await browser.new_context(
        viewport={"width": 390, "height": 844}, locale="ru-RU", timezone_id="Europe/Moscow"
    )
    anna = AtThePhone(await context.new_page())
    complaints: list[str] = []
    anna.page.on("pageerror", lambda error: complaints.append(str(error)))
    await anna.page.goto(program.base)
    number = await report_sewer_leak(anna)
    console = await desk(browser, program)
    await console.get_by_role("link", name="Заявки").click()
    await shot(console, "console-tickets")
    await console.get_by_role("link", name=number).click()
    await expect(console.get_by_text("Садовая")).to_be_visible()
    await shot(console, "console-ticket")
    for action, pushed in (("Взять в работу", "начали работу"), ("Выполнено", "Проблема решена?")):
        await console.get_by_role("button", name=action).click()
        await anna.sees(pushed)
    await anna.press("Да, решена")
    await anna.sees("Спасибо за ответ")
    await console.reload()
    await expect(console.get_by_text("Закрыта").first).to_be_visible()
    await shot(console, "console-closed")
    assert complaints == []
