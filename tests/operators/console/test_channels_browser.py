"""Merging residents and their channels in a real Chromium, wide and narrow."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from models.database.connection import TENANT, Connection
from models.residents import conversations
from tests.operators.conftest import NOW
from tests.operators.console.test_console_browser import NARROW, WIDE, desk, healthy, resident_waits, shot
from tests.support.conversations import get_or_create

pytestmark = pytest.mark.browser


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite://{tmp_path / 'test.db'}"


async def two_more(conn: Connection) -> None:
    """Anna in Telegram, which she blocked, and a stranger in MAX."""
    for channel, name in (("telegram", "Аня П."), ("max", "Анна Сидорова")):
        row = await get_or_create(conn, tenant=TENANT, channel=channel, address=channel, now_ms=NOW, sender_name=name)
        await conversations.add_message(
            conn, conversation_id=row["id"], author="resident", text="Когда придёт мастер?", at_ms=NOW
        )
        if channel == "telegram":
            await conversations.set_reachable(conn, row["id"], False, "blocked")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "390"])
async def test_a_resident_is_merged_by_keyboard_and_separated_again(
    browser: Browser, console: Any, conversation: dict[str, Any], size: tuple[int, int]
) -> None:
    await resident_waits(console, conversation)
    await console.database.transaction(two_more)
    irina = await desk(browser, console, "irina", "Ирина", size, "dispatcher")
    await irina.get_by_role("link", name="Анна Петрова").click()
    await irina.get_by_role("link", name="Это тот же житель…").focus()
    await irina.keyboard.press("Enter")
    await irina.get_by_label("Телефон, имя, адрес или номер заявки").fill("Ан")
    await irina.keyboard.press("Enter")
    await expect(irina.get_by_role("link", name="Анна Сидорова", exact=True)).to_be_visible()
    await shot(irina, f"same-search-{size[0]}")
    await healthy(console, irina)
    await irina.get_by_role("link", name=re.compile("Выбрать.*Аня П.")).click()
    await shot(irina, f"same-confirm-{size[0]}")
    await healthy(console, irina)
    await irina.get_by_role("button", name="Да, это один человек").click()
    await expect(irina.get_by_role("status")).to_contain_text("Теперь это один житель")
    channels = irina.locator("#channels")
    await expect(channels).to_contain_text("заблокировал бота")
    await channels.get_by_role("button", name="Ответы сюда").click()
    await expect(channels.get_by_text("ответы сюда", exact=True)).to_be_visible()
    await irina.evaluate("document.getElementById('channels').scrollIntoView()")
    await shot(irina, f"channels-{size[0]}")
    await healthy(console, irina)
    await channels.get_by_role("link", name="Telegram").click()
    await expect(irina.get_by_role("log")).to_contain_text("Когда придёт мастер?")
    await expect(irina.get_by_text("Сюда не написать: заблокировал бота.")).to_be_visible()
    await irina.get_by_role("button", name="Это разные люди: отменить").click()
    await expect(irina.get_by_role("status")).to_contain_text("Объединение отменено.")
    await expect(irina.locator("#channels").get_by_role("link", name="Чат на сайте")).to_have_count(0)
    await healthy(console, irina)
