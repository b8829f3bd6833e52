"""The channels are found by their folders."""

from __future__ import annotations

import importlib
import logging
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bot.admin.doctor import examine
from bot.factory import build_channels
from bot.settings.loader import load_settings
from channels import registry
from channels.registry import channel_infos
from errors import ConfigError
from models.database.database import open_database

FOLDER = Path(registry.__file__).parent


def test_every_folder_is_a_channel_with_settings_and_an_adapter() -> None:
    folders = {path.parent.name for path in FOLDER.glob("*/adapter.py")}
    assert {info.name for info in channel_infos()} == folders


@pytest.fixture
def without_library(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.import_module

    def import_module(name: str, package: str | None = None) -> ModuleType:
        if name == "channels.telegram.adapter":
            raise ModuleNotFoundError("No module named 'aiogram'", name="aiogram")
        return real(name, package)

    monkeypatch.setattr(registry, "import_module", import_module)


@pytest.mark.usefixtures("without_library")
async def test_a_missing_library_leaves_out_its_channel_only(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    on = {"DOMOVOY_CHANNELS__TELEGRAM__ENABLED": "1", "DOMOVOY_CHANNELS__TELEGRAM__TOKEN": "123456:ABC-def"}
    unused: Any = None
    with caplog.at_level(logging.ERROR):
        channels = build_channels(load_settings(None, on), unused, unused)
    assert list(channels) == ["web"]
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.__dict__["action"] == "channel.library_missing"
    assert (record.__dict__["channel"], record.__dict__["library"]) == ("telegram", "aiogram")
    database = await open_database(f"sqlite://{tmp_path}/a.db")
    try:
        answer = await examine(load_settings(None, on), database, channels)
    finally:
        await database.close()
    assert answer["problems"] == ["telegram: нет библиотеки aiogram; установите зависимости заново"]


@pytest.mark.usefixtures("without_library")
def test_when_no_channel_is_left_the_program_names_the_library_and_does_not_start() -> None:
    on = {"DOMOVOY_CHANNELS__TELEGRAM__ENABLED": "1", "DOMOVOY_CHANNELS__TELEGRAM__TOKEN": "123456:ABC-def"}
    unused: Any = None
    with pytest.raises(ConfigError, match="нет библиотеки"):
        build_channels(load_settings(None, on | {"DOMOVOY_CHANNELS__WEB__ENABLED": "0"}), unused, unused)


def test_settings_are_checked_before_a_channel_is_built() -> None:
    wrong = {"DOMOVOY_SERVER__PUBLIC_URL": "chat.example"}
    unused: Any = None
    with pytest.raises(ConfigError, match=r"server\.public_url"):
        build_channels(load_settings(None, wrong), unused, unused)
