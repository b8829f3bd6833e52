"""Settings of the simulator channel."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from channels.config import ChannelConfig, ChannelInfo, is_address
from errors import ConfigError

SHORTEST_SECRET = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorConfig(ChannelConfig):
    """All settings of the simulator channel. `repr` leaves out the secret ones."""

    endpoint: str = "http://127.0.0.1:9000"  # of the residents' server; messages go to its ``/messages``
    secret: str = field(default="", repr=False)
    allow_remote: bool = False
    idempotent: bool = True  # the residents' server drops a repeated Idempotency-Key
    per_second: int = 30
    per_conversation_second: int = 5
    in_flight: int = 30
    timeout_seconds: int = 10  # of one send

    def check(self) -> None:
        if not is_address(self.endpoint):
            raise ConfigError("channels.simulator.endpoint: нужен адрес вида http://127.0.0.1:9000")
        if not self.allow_remote and not _is_loopback(self.endpoint):
            raise ConfigError(
                "channels.simulator.endpoint: это чужой компьютер, а жители ненастоящие;"
                " нужен адрес вида http://127.0.0.1:9000 или allow_remote: true"
            )
        if len(self.secret) < SHORTEST_SECRET:
            raise ConfigError(
                f"channels.simulator.secret: нужно не меньше {SHORTEST_SECRET} знаков;"
                " задайте DOMOVOY_CHANNELS__SIMULATOR__SECRET"
            )
        for key in ("per_second", "per_conversation_second", "in_flight", "timeout_seconds"):
            if getattr(self, key) <= 0:
                raise ConfigError(f"channels.simulator.{key}: нужно число больше 0, а стоит {getattr(self, key)}")


def _is_loopback(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


INFO = ChannelInfo(
    name="simulator",
    config=SimulatorConfig,
    title="Тренировка",
    rank=90,
)
