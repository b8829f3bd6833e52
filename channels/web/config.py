"""Settings of the web chat."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from channels.config import ChannelConfig, ChannelInfo, fixed
from errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class WebConfig(ChannelConfig):
    """All settings of the web chat."""

    enabled: bool = True
    photo_megabytes: int = 10
    frame_ancestors: tuple[str, ...] = ()  # sites that may embed the chat, besides ourselves
    form_secret: str = field(default="", repr=False)  # signs the form tokens; empty: random, for this process only
    title: str = fixed("Горячая линия ЖКХ")  # heading of the page
    text_bytes: int = fixed(102_400)  # of one message in UTF-8
    session_days: int = fixed(30)  # idle time after which the browser forgets the conversation
    session_burst: int = fixed(12)  # messages at once from one conversation
    session_per_second: float = fixed(0.5)  # and steadily
    address_burst: int = fixed(120)  # the same per IP address; a whole house may share one
    address_per_second: float = fixed(10.0)
    heartbeat_seconds: float = fixed(15.0)  # a comment keeps proxies from closing a silent stream
    poll_seconds: float = fixed(20.0)  # longest wait of the long poll
    plain_wait_seconds: float = fixed(3.0)  # how long the page without JavaScript waits for the answer
    streams_per_session: int = fixed(8)
    form_photos: int = fixed(5)
    form_bytes: int = fixed(30_000_000)  # of a whole form
    form_least_seconds: float = fixed(3.0)  # no person fills in the form faster
    form_burst: int = fixed(3)  # forms at once from one conversation
    form_per_second: float = fixed(1 / 60)  # and steadily
    form_address_burst: int = fixed(30)  # the same per IP address
    form_address_per_second: float = fixed(0.2)

    def check(self) -> None:
        if self.shared.public_url and urlsplit(self.shared.public_url).scheme not in ("http", "https"):
            raise ConfigError("server.public_url: адрес должен начинаться с http:// или https://")
        if self.shared.trusted_proxies < 0:
            raise ConfigError("server.trusted_proxies: нужно 0 или больше")
        for source in self.frame_ancestors:
            if not source or any(char in source for char in " ;,\r\n"):
                raise ConfigError(f"channels.web.frame_ancestors: {source!r} не адрес сайта")
        if min(self.photo_megabytes, self.text_bytes, self.session_burst, self.address_burst) <= 0:
            raise ConfigError("channels.web: размеры и пределы должны быть больше 0")

    @property
    def photo_bytes(self) -> int:
        return self.photo_megabytes * 1_000_000


INFO = ChannelInfo(
    name="web",
    config=WebConfig,
    title="Чат на сайте",
    rank=50,
    only_when_open=True,
    link_help="задайте server.public_url",
)
