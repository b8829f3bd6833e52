"""The page of outages in a real Chromium, on a wide and on a narrow screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from models import outages
from tests.operators.console.test_console_browser import NARROW, WIDE, desk, healthy, shot
from tickets.lifecycle.types import Resource

pytestmark = pytest.mark.browser
HOUR = 3_600_000
TEXT = "Порыв на магистрали, бригада на месте. Воду подвезут к дому в 15 часов."


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """What a browser shows does not depend on the database."""
    return f"sqlite://{tmp_path / 'test.db'}"


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_an_outage_is_read_and_ended_on_any_screen(browser: Browser, console: Any, size: tuple[int, int]) -> None:
    await console.database.transaction(
        lambda conn: outages.announce(
            conn,
            resource=Resource.HOT_WATER,
            text=TEXT,
            houses=None,
            from_ms=console.clock(),
            until_ms=console.clock() + 6 * HOUR,
            created_by=1,
            now_ms=console.clock(),
        )
    )
    page = await desk(browser, console, "irina", "Ирина", size, "dispatcher")
    await page.get_by_role("link", name="Отключения").click()
    await expect(page.get_by_text(TEXT)).to_be_visible()
    await healthy(console, page)
    await shot(page, f"outages-{size[0]}")
    await page.get_by_role("button", name="Закончилось").click()
    await expect(page.get_by_text("Отключений нет.")).to_be_visible()
    await page.get_by_label("Что отключено").select_option("lift")
    await page.get_by_label("Все дома").check()
    await page.get_by_label("До", exact=True).fill("2026-09-21T23:00")
    await page.get_by_role("button", name="Объявить").click()
    await expect(page.locator(".card-title", has_text="Лифт")).to_be_visible()
    await healthy(console, page)
