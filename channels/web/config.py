"""Settings of the web chat; checked when they are made, so that a wrong one stops the start and not a resident."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class WebConfig:
    """Everything the web chat can be told.

    Raises:
        ConfigError: a value cannot work; the text names the key.
    """

    title: str = "Горячая линия ЖКХ"  # heading of the page
    company: str = ""  # name of the company under the heading
    phone: str = ""  # emergency phone of the company, shown beside 112
    policy_url: str = ""  # address of the personal data policy; empty: no link
    timezone: str = "Europe/Moscow"  # of the times on the page without JavaScript
    public_url: str = ""  # outer address, "https://chat.example"; empty: taken from each request
    trusted_proxies: int = 0  # proxies of our own in front; 0: X-Forwarded-* is ignored
    frame_ancestors: tuple[str, ...] = ()  # sites that may embed the chat, besides ourselves
    photo_bytes: int = 10_000_000
    text_bytes: int = 102_400  # of one message in UTF-8
    session_days: int = 30  # idle time after which the browser forgets the conversation
    session_burst: int = 12  # messages at once from one conversation
    session_per_second: float = 0.5  # and steadily
    address_burst: int = 120  # the same per IP address; a whole house may share one
    address_per_second: float = 10.0
    heartbeat_seconds: float = 15.0  # a comment keeps proxies from closing a silent stream
    poll_seconds: float = 20.0  # longest wait of the long poll
    plain_wait_seconds: float = 3.0  # how long the page without JavaScript waits for the answer
    streams_per_session: int = 8
    form_secret: str = field(default="", repr=False)  # signs the form's stamps; empty: one of this process
    form_photos: int = 5
    form_bytes: int = 30_000_000  # of a whole form
    form_least_seconds: float = 3.0  # nobody fills it in faster
    form_burst: int = 3  # forms at once from one conversation
    form_per_second: float = 1 / 60  # and steadily
    form_address_burst: int = 30  # the same per IP address
    form_address_per_second: float = 0.2

    def __post_init__(self) -> None:
        if self.public_url and urlsplit(self.public_url).scheme not in ("http", "https"):
            raise ConfigError("server.public_url: адрес должен начинаться с http:// или https://")
        if self.trusted_proxies < 0:
            raise ConfigError("server.trusted_proxies: нужно 0 или больше")
        for source in self.frame_ancestors:
            if not source or any(char in source for char in " ;,\r\n"):
                raise ConfigError(f"channels.web.frame_ancestors: {source!r} не адрес сайта")
        if min(self.photo_bytes, self.text_bytes, self.session_burst, self.address_burst) <= 0:
            raise ConfigError("channels.web: размеры и пределы должны быть больше 0")
