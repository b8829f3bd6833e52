"""Settings of the toy channel, which follows docs/how-to/add-a-channel.md."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from channels.config import ChannelConfig, ChannelInfo, fixed
from errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class ToyConfig(ChannelConfig):
    folder: str = ""  # what we say is written here
    secret: str = field(default="", repr=False)
    text_length: int = fixed(1000)

    def check_secret(self) -> None:
        if not self.secret:
            raise ConfigError("channels.toy.secret: пусто; задайте DOMOVOY_CHANNELS__TOY__SECRET")

    def check(self) -> None:
        if not Path(self.folder).is_dir():
            raise ConfigError("channels.toy.folder: нужна папка")


INFO = ChannelInfo(name="toy", config=ToyConfig, title="Игрушка")
