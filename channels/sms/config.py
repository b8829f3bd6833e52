"""Settings of the SMS gateway."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from channels.config import ChannelConfig, ChannelInfo, fixed
from channels.sms.outgoing import NAMES, Body, names_in, parse_body
from errors import ConfigError

HEADER = re.compile(r"([A-Za-z0-9!#$%&'*+.^_`|~-]+):[ \t]*([\x20-\x7e]*)")
METHODS = ("GET", "POST", "PUT")


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsConfig(ChannelConfig):
    """All settings of the SMS channel. `repr` leaves out those that may contain a key."""

    url: str = field(default="", repr=False)  # with placeholders, see `channels.sms.outgoing`
    method: str = "POST"
    body: str = field(default="", repr=False)
    headers: tuple[str, ...] = field(default=(), repr=False)  # "Name: value"
    token: str = field(default="", repr=False)
    success: str = ""  # a text in the answer to an accepted message; empty: any 2xx
    per_second: int = 5
    timeout_seconds: float = fixed(20.0)

    def check(self) -> None:
        _check_url(self.url)
        if self.verb not in METHODS:
            raise ConfigError(f"channels.sms.method: нужно одно из: {', '.join(METHODS)}")
        if self.verb == "GET" and self.body:
            raise ConfigError("channels.sms.body: у запроса GET тела нет; перенесите параметры в url")
        for header in self.headers:
            if not HEADER.fullmatch(header):
                raise ConfigError('channels.sms.headers: нужны строки вида "Имя: значение", латиницей')
        if not self.token.isprintable() or not self.token.isascii():
            raise ConfigError("channels.sms.token: в ключе бывают только латинские буквы, цифры и знаки")
        if self.per_second <= 0:
            raise ConfigError("channels.sms.per_second: нужно больше 0")
        parse_body(self.body)
        self._check_names()

    def _check_names(self) -> None:
        named: set[str] = set()
        for key, text in (("url", self.url), ("body", self.body), *(("headers", header) for header in self.headers)):
            names = names_in(text)
            if unknown := sorted(names - set(NAMES)):
                raise ConfigError(
                    f"channels.sms.{key}: подстановки {{{unknown[0]}}} нет; бывают: "
                    + ", ".join(f"{{{name}}}" for name in NAMES)
                )
            if key == "headers" and names & {"text"}:
                raise ConfigError("channels.sms.headers: {text} в заголовок не поместится; место ему в body или url")
            named |= names
        if not named & {"phone", "digits"} or "text" not in named:
            raise ConfigError("channels.sms: в url или body нужны подстановки {phone} (или {digits}) и {text}")
        if "token" in named and not self.token:
            raise ConfigError("channels.sms.token: пусто; задайте DOMOVOY_CHANNELS__SMS__TOKEN")

    @property
    def verb(self) -> str:
        """The HTTP method in capital letters."""
        return self.method.upper()

    @property
    def parsed_body(self) -> Body:
        return parse_body(self.body)

    @property
    def header_pairs(self) -> list[tuple[str, str]]:
        return [(name, value) for name, _, value in (header.partition(":") for header in self.headers)]


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good or "{" in urlsplit(url).netloc:
        raise ConfigError("channels.sms.url: нужен адрес шлюза вида https://sms.example/send")


INFO = ChannelInfo(
    name="sms",
    config=SmsConfig,
    title="СМС",
    rank=10,
    by_phone=True,
    for_callers=True,
)
