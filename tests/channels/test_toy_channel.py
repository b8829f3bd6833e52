"""docs/how-to/add-a-channel.md, followed: a channel is its folder and its settings, and a report goes through it.

The folder `extra/toy` stands for ``channels/toy``: it is put beside the channels, and nothing else names it.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import channels
from bot.factory import build_channels
from bot.settings.loader import load_settings
from channels.registry import channel_titles
from errors import ConfigError
from tests.support.running import Running, running_app

ROOT = Path(__file__).resolve().parents[2]
EXTRA = Path(__file__).parent / "extra"
ROOMS = (
    "bot",
    "channels",
    "dialogs",
    "faq",
    "houses",
    "language",
    "models",
    "operators",
    "reports",
    "texts",
    "tickets",
)
SECRET = "secret of the toy"


@pytest.fixture(autouse=True)
def beside_the_channels(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(channels, "__path__", [*channels.__path__, str(EXTRA)])
    yield
    for name in [name for name in sys.modules if name.startswith("channels.toy")]:
        del sys.modules[name]
    vars(channels).pop("toy", None)  # set by the import


def environment(folder: Path, **more: str) -> dict[str, str]:
    keys = {"ENABLED": "true", "FOLDER": str(folder), "SECRET": SECRET} | more
    return {f"DOMOVOY_CHANNELS__TOY__{key}": value for key, value in keys.items()}


async def say(running: Running, number: int, text: str) -> int:
    event = {"id": f"e{number}", "from": "anna", "text": text}
    url = f"http://127.0.0.1:{running.app.port}/toy/events"
    async with running.http.post(url, json=event, headers={"X-Toy-Secret": SECRET}) as answer:
        return answer.status


def said(folder: Path) -> list[str]:
    lines = (folder / "said.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines]


async def test_a_report_goes_through_a_channel_that_only_its_folder_knows(tmp_path: Path) -> None:
    words = ["Не работает лифт", "1", "ул. Садовая, д. 5, кв. 17", "Анна, 8 903 123-45-67", "1", "1"]
    async with running_app(tmp_path, **environment(tmp_path)) as running:
        for number, text in enumerate(words):
            assert await say(running, number, text) == 200
            await running.until_quiet()
        assert await say(running, 0, words[0]) == 200  # a repeat
        await running.until_quiet()
    answers = said(tmp_path)
    assert len(answers) == len(words)
    assert re.match(r"Заявка № \d{2}-\d{6} принята", answers[-1])


def test_settings_are_read_from_its_section(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(f"channels:\n  toy:\n    enabled: true\n    folder: {tmp_path}\n    secret: s\n", encoding="utf-8")
    unused: Any = None
    assert list(build_channels(load_settings(path, {}), unused, unused)) == ["web", "toy"]
    assert channel_titles()["toy"] == "Игрушка"


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("SECRET", "", "channels.toy.secret: пусто"),
        ("FOLDR", "x", "channels.toy.foldr: такого ключа нет; возможно, имелось в виду channels.toy.folder"),
        ("TEXT_LENGTH", "5", "channels.toy.text_length: такого ключа нет"),
        ("FOLDER", "no-such-folder", "channels.toy.folder: нужна папка"),
    ],
)
def test_wrong_settings_are_named(tmp_path: Path, key: str, value: str, message: str) -> None:
    unused: Any = None
    with pytest.raises(ConfigError, match=re.escape(message)):
        build_channels(load_settings(None, environment(tmp_path, **{key: value})), unused, unused)


def test_nothing_outside_its_folder_names_it() -> None:
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*.*") if path.suffix in (".py", ".html", ".js")]
    named = [path for path in (*files, ROOT / "config.yaml") if re.search(r"\btoy\b", path.read_text(encoding="utf-8"))]
    assert named == []
