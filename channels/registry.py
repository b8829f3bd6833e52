"""Find and build the channels: every folder beside this file with a `config.py` and an `adapter.py`.

No other module names a channel. A folder's `config.py` gives ``INFO``. Its `adapter.py` gives ``build(config,
context)``; it may need its own library, so it is imported only when the channel is switched on.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any

import channels
from channels.config import ChannelConfig, ChannelContext, ChannelInfo
from channels.contract import Channel
from errors import DomovoyError


class LibraryMissing(DomovoyError):
    """A channel needs a library that is not installed. The text names both."""

    def __init__(self, channel: str, library: str) -> None:
        super().__init__(
            f"channels.{channel}: канал не запущен: нет библиотеки {library}; установите зависимости заново"
        )
        self.library = library


def channel_infos() -> Sequence[ChannelInfo]:
    """Return the description of every channel, ordered by rank."""
    return _infos_in(tuple(channels.__path__))


def channel_titles() -> dict[str, str]:
    """Return the titles of all channels by their names."""
    return {info.name: info.title for info in channel_infos()}


def names_of(chosen: Callable[[ChannelInfo], bool]) -> list[str]:
    """Return the names of the channels that `chosen` accepts, ordered by rank."""
    return [info.name for info in channel_infos() if chosen(info)]


@lru_cache(maxsize=8)
def _infos_in(folders: tuple[str, ...]) -> Sequence[ChannelInfo]:
    infos = [_info_of(folder.name) for folder in pkgutil.iter_modules(folders) if folder.ispkg]
    return sorted(infos, key=lambda info: (info.rank, info.name))


def _info_of(name: str) -> ChannelInfo:
    info = import_module(f"channels.{name}.config").INFO
    if not isinstance(info, ChannelInfo) or info.name != name:
        raise TypeError(f"channels/{name}/config.py: INFO must be a ChannelInfo named {name!r}")
    return info


def build_channel(name: str, config: ChannelConfig, context: ChannelContext) -> Channel:
    """Build a channel that is switched on.

    Raises:
        ConfigError: a value of its settings cannot work.
        LibraryMissing: its library is not installed.
    """
    config.check()
    channel: Channel = _adapter(name).build(config, context)
    return channel


def missing_library(name: str) -> str:
    """Return the missing library of a channel; empty: none."""
    try:
        _adapter(name)
    except LibraryMissing as error:
        return error.library
    return ""


def _adapter(name: str) -> Any:
    try:
        return import_module(f"channels.{name}.adapter")
    except ModuleNotFoundError as error:
        if not error.name or error.name.split(".")[0] == "channels":
            raise
        raise LibraryMissing(name, error.name) from error
