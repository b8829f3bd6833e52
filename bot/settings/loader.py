"""Read the configuration: `config.yaml`, over it the environment (`DOMOVOY_SECTION__KEY`), into the dataclasses."""

from __future__ import annotations

import dataclasses
import difflib
import os
import types
import typing
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml

from bot.settings.checks import check_settings
from bot.settings.schema import Settings
from channels.config import ChannelConfig, keys_of
from channels.registry import channel_infos
from errors import ConfigError

PREFIX = "DOMOVOY_"
T = TypeVar("T")


def load_settings(path: Path | None, environment: Mapping[str, str] | None = None) -> Settings:
    """Read and check the configuration.

    Args:
        path: the YAML file; None: defaults and environment only.
        environment: defaults to the process's own.

    Raises:
        ConfigError: the file is unreadable, a key is unknown or has a value of the wrong type; the text names the key.
    """
    data: dict[str, Any] = {}
    if path is not None:
        data = _read(path)
    overlay(data, os.environ if environment is None else environment)
    settings = _build(Settings, data, "")
    check_settings(settings)
    return settings


def _read(path: Path) -> dict[str, Any]:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: такого файла нет; скопируйте туда config.yaml из поставки") from error
    except OSError as error:
        raise ConfigError(f"{path}: не читается: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: файл сохранён не в UTF-8; в Блокноте: «Сохранить как», кодировка UTF-8") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", строка {mark.line + 1}, место {mark.column + 1}" if mark else ""
        raise ConfigError(f"{path}{where}: здесь нарушен YAML; проверьте отступы, кавычки и скобки") from error
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise ConfigError(f"{path}: в файле должны быть разделы, например `company:`")
    return data


def overlay(data: dict[str, Any], environment: Mapping[str, str]) -> None:
    """Write every `DOMOVOY_A__B` of the environment into ``data["a"]["b"]``; text, converted later."""
    for name, value in environment.items():
        if not name.startswith(PREFIX) or "__" not in name:
            continue
        *sections, key = name.removeprefix(PREFIX).lower().split("__")
        place = data
        for section in sections:
            child = place.setdefault(section, {})
            if not isinstance(child, dict):
                raise ConfigError(f"{name}: раздела `{section}` в настройках нет")
            place = child
        place[key] = value


def _build(cls: type[T], data: Any, where: str) -> T:
    section = _section(data, where, keys_of(cls))
    hints = typing.get_type_hints(cls)
    return cls(**{key: _value(hints[key], value, f"{where}{key}") for key, value in section.items()})


def _build_channels(data: Any, where: str) -> dict[str, ChannelConfig]:
    configs = {info.name: info.config for info in channel_infos()}
    section = _section(data, where, configs)
    return {name: _value(config, section.get(name), f"{where}{name}") for name, config in configs.items()}


def _section(data: Any, where: str, known: Collection[str]) -> dict[str, Any]:
    """Return a section whose keys are all known. where: its name with a dot behind it; empty: the whole file."""
    if not isinstance(data, dict):
        raise ConfigError(f"{where.rstrip('.')}: нужен раздел с ключами, а стоит {data!r}")
    for key in data:
        if key not in known:
            raise ConfigError(f"{where}{key}: такого ключа нет; {_meant(str(key), where, known)}")
    return data


def _meant(key: str, where: str, known: Collection[str]) -> str:
    """Name the key that was probably meant, else all that may stand here."""
    if near := difflib.get_close_matches(key, sorted(known), n=1):
        return f"возможно, имелось в виду {where}{near[0]}"
    return f"здесь бывают: {', '.join(sorted(known))}"


def _value(kind: Any, value: Any, where: str) -> Any:
    if dataclasses.is_dataclass(kind):
        return _build(typing.cast(type[Any], kind), {} if value is None else value, f"{where}.")
    if kind == Mapping[str, ChannelConfig]:
        return _build_channels({} if value is None else value, f"{where}.")
    if isinstance(kind, types.GenericAlias):
        items = [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            raise ConfigError(f"{where}: нужен список строк, а стоит {value!r}")
        return tuple(items)
    if kind is str:
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return str(value)
        if value is None:
            return ""
    elif kind is bool:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in ("true", "yes", "1", "on", "false", "no", "0", "off"):
            return value.lower() in ("true", "yes", "1", "on")
    elif kind is int:
        return _whole_number(value, where)
    expected = {str: "текст", bool: "true или false"}[kind]
    raise ConfigError(f"{where}: нужно {expected}, а стоит {value!r}")


def _whole_number(value: Any, where: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    try:
        return int(value) if isinstance(value, str) else int("")
    except ValueError as error:
        raise ConfigError(f"{where}: нужно целое число, а стоит {value!r}") from error
