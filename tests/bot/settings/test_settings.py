from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings.loader import load_settings
from bot.settings.schema import Settings
from channels import config
from channels.web.config import WebConfig
from errors import ConfigError

EXAMPLE = Path(__file__).resolve().parents[3] / "config.yaml"


def keys_of(section: Any, prefix: str = "") -> set[str]:
    names = section if isinstance(section, Mapping) else config.keys_of(type(section))
    keys: set[str] = set()
    for name in names:
        value = section[name] if isinstance(section, Mapping) else getattr(section, name)
        is_section = isinstance(value, Mapping) or is_dataclass(value)
        keys |= keys_of(value, f"{prefix}{name}.") if is_section else {f"{prefix}{name}"}
    return keys


def flat(data: dict[str, Any], prefix: str = "") -> set[str]:
    found: set[str] = set()
    for key, value in data.items():
        found |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}"}
    return found


def test_example_names_every_key_and_holds_the_defaults() -> None:
    assert flat(yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))) == keys_of(Settings())
    assert load_settings(EXAMPLE, {}) == Settings()


def test_environment_wins_over_the_file() -> None:
    settings = load_settings(
        EXAMPLE, {"DOMOVOY_SERVER__PORT": "9000", "DOMOVOY_CHANNELS__WEB__FRAME_ANCESTORS": "https://a, https://b"}
    )
    assert settings.server.port == 9000
    web = settings.channels["web"]
    assert isinstance(web, WebConfig)
    assert web.frame_ancestors == ("https://a", "https://b")


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"DOMOVOY_SERVER__PORT": "много"}, "server.port: нужно целое число, а стоит 'много'"),
        ({"DOMOVOY_SERVER__PRT": "1"}, "server.prt: такого ключа нет; возможно, имелось в виду server.port"),
        ({"DOMOVOY_CHANNELS__WEB__ENABLED": "maybe"}, "channels.web.enabled: нужно true или false, а стоит 'maybe'"),
        ({"DOMOVOY_COMPANY__TIMEZONE": "Mars/Base"}, "company.timezone: часового пояса 'Mars/Base' нет"),
        ({"DOMOVOY_CHANNELS__TELEGRAM__ENABLED": "1"}, "channels.telegram.token: пусто"),
        ({"DOMOVOY_CHANNELS__MAX__ENABLED": "1"}, "channels.max.token: пусто"),
        ({"DOMOVOY_CHANNELS__VK__ENABLED": "1"}, "channels.vk.token: пусто"),
        ({"DOMOVOY_SERVER__PORT": "70000"}, "server.port: нужно число от 0 до 65535"),
        ({"DOMOVOY_RETENTION__AT_HOUR": "24"}, "retention.at_hour: нужен час от 0 до 23, а стоит 24"),
        ({"DOMOVOY_RETENTION__PHOTOS_DAYS": "-1"}, "retention.photos_days: нужно число дней, 0 – хранить всегда"),
        ({"DOMOVOY_RETENTION__INBOX_DAYS": "1"}, "retention.inbox_days: нужно 0 или не меньше 2"),
        ({"DOMOVOY_STORM__LAG_SECONDS": "-1"}, "storm.lag_seconds: нужно число не меньше 0, а стоит -1"),
        ({"DOMOVOY_THROTTLE__SECONDS": "0"}, "throttle.seconds: нужно число не меньше 1, а стоит 0"),
        ({"DOMOVOY_COMPANY__NAME__X": "1"}, "раздела `name` в настройках нет"),
    ],
)
def test_wrong_value_is_named_with_its_key(environment: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        load_settings(EXAMPLE, environment)


def test_a_file_of_notepad_and_the_place_of_a_mistake_are_named(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes("company:\n  name: УК «Уют»\n".encode("cp1251"))
    with pytest.raises(ConfigError, match="не в UTF-8; в Блокноте"):
        load_settings(path, {})
    path.write_text("company:\n  name: [УК\nserver: 1\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"config\.yaml, строка 3"):
        load_settings(path, {})


@pytest.mark.parametrize("text", ["- a list", "company: [", "company: 5"])
def test_broken_file_gives_one_clear_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_settings(path, {})
    assert "\n" not in str(caught.value)
