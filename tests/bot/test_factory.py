"""Channels are built from the settings, with what the core offers them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.attachments.store import StoredFiles
from bot.factory import build_channels
from bot.settings.schema import Settings
from channels.web.adapter import WebChat
from models.coordination.wakeup import LocalWakeup
from models.database.database import Database

HOUR = 3600.0


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """What a channel is given does not depend on the database."""
    return f"sqlite://{tmp_path / 'test.db'}"


async def test_a_page_that_waits_is_woken_by_the_wakeups_of_the_program(database: Database) -> None:
    """Wake-ups that nobody listens to yet are the program's all the same."""
    wakeup = LocalWakeup()
    chat = build_channels(Settings(), StoredFiles(database), database, wakeup)["web"]
    assert isinstance(chat, WebChat)
    waiting = asyncio.create_task(chat.service.transcript.wait("anna", 0, HOUR))
    await asyncio.sleep(0)  # it listens before it looks
    await database.transaction(lambda conn: conn.fetch("SELECT 1"))  # after the look of the page that waits
    wakeup.notify("conversation:web:anna")
    async with asyncio.timeout(60):
        await waiting
