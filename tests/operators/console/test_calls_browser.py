"""A phone call in a real Chromium: prompts appear while typing, one click fills in, a double click opens one ticket."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from models.database.database import Database
from tests.operators.console.test_console_browser import NARROW, SPILLS, WIDE, desk, shot
from tests.operators.handover.test_phone_calls import console, resident
from tests.support.browser import NAMELESS, PALE

__all__ = ["console"]  # the fixture with houses, classifier and channels

pytestmark = pytest.mark.browser


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """What a browser shows does not depend on the database."""
    return f"sqlite://{tmp_path / 'test.db'}"


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "390"])
async def test_a_call_is_typed_with_prompts(
    browser: Browser,
    database: Database,
    console: Any,
    size: tuple[int, int],
) -> None:
    await resident(console)
    page = await desk(browser, console, "irina", "Ирина", size, "dispatcher")
    await page.goto(f"{console.base}/tickets/new")
    await expect(page.get_by_label("Телефон")).to_be_focused()
    assert await page.get_by_role("button", name="Проверить").count() == 0
    await page.get_by_label("Телефон").press_sequentially("89031234567")
    await expect(page.get_by_role("heading", name="Анна Петрова")).to_be_visible()
    await page.get_by_role("button", name="Подставить").click()
    await expect(page.get_by_label("Имя заявителя")).to_have_value("Анна Петрова")
    await expect(page.get_by_label("Адрес дома")).to_have_value("ул. Садовая, д. 5")
    await expect(page.get_by_label("Что случилось")).to_be_focused()
    await page.keyboard.type("пахнет газом на лестнице")
    await expect(page.get_by_role("alert")).to_contain_text("Прочитайте жителю сейчас")
    await expect(page.get_by_text("Текст gas")).to_be_visible()
    await page.get_by_role("button", name="Запах газа").first.click()
    assert await page.locator("select[name=problem]").input_value() == "gas_smell"
    await expect(page.get_by_role("heading", name="Похоже на")).to_have_count(0)
    for found in (await page.evaluate(NAMELESS), await page.evaluate(PALE)):
        assert found == []
    assert await page.evaluate(SPILLS) <= 0
    await shot(page, f"call-{size[0]}")
    await page.get_by_label("СМС").check()
    await page.get_by_role("button", name="Создать заявку").dblclick()
    await expect(page.get_by_role("heading", name="Прочитайте жителю")).to_be_visible()
    assert await page.evaluate(PALE) == []
    assert await page.evaluate(SPILLS) <= 0
    await shot(page, f"aloud-{size[0]}")
    await page.get_by_role("button", name="Номер и срок названы").click()
    await expect(page.get_by_text("Сохранено.")).to_be_visible()
    assert len(await console.rows("SELECT id FROM ticket")) == 1
    assert console.complaints == []
    await page.context.close()
