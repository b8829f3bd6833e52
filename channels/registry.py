"""Find the channels: every folder beside this file that holds a `config.py` and an `adapter.py`.

Nothing else names a channel. A folder's `config.py` gives ``INFO``; its `adapter.py`, which may need a library of its
own, gives ``build(config, context)`` and is imported only when the channel is switched on.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module

import channels
from channels.config import ChannelConfig, ChannelContext, ChannelInfo
from channels.contract import Channel
from errors import DomovoyError


class LibraryMissing(DomovoyError):
    """A channel needs a library that is not installed; the text names both."""


def channel_infos() -> list[ChannelInfo]:
    """Return the description of every channel, in the order of lists."""
    infos = [info_of(folder.name) for folder in pkgutil.iter_modules(channels.__path__) if folder.ispkg]
    return sorted(infos, key=lambda info: (info.rank, info.name))


def info_of(name: str) -> ChannelInfo:
    """Return the description of one channel."""
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
    try:
        adapter = import_module(f"channels.{name}.adapter")
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] == "channels":
            raise
        raise LibraryMissing(
            f"channels.{name}: канал не запущен: нет библиотеки {error.name}; установите зависимости заново"
        ) from error
    channel: Channel = adapter.build(config, context)
    return channel
