"""Settings of the MAX channel."""

from __future__ import annotations

import hashlib
import hmac
import re
import ssl
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import certifi

from channels.config import ChannelConfig, ChannelInfo, is_address
from errors import ConfigError

OFFICIAL_BASE = "https://platform-api2.max.ru"
PAST_HOSTS = ("platform-api.max.ru", "botapi.max.ru")
WEBHOOK_PORT = 443  # MAX calls no other port
LONGEST_POLL_SECONDS = 90
TOKEN = re.compile(r"[!-~]{8,1024}")  # goes into a header unchanged
SECRET = re.compile(r"[A-Za-z0-9_-]{5,256}")
PROXY_SCHEMES = ("http", "socks4", "socks5")


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxConfig(ChannelConfig):
    """All settings of the MAX channel. `repr` leaves out the secret ones."""

    token: str = field(default="", repr=False)
    api_base: str = OFFICIAL_BASE
    ca_file: str = ""  # PEM; the root certificate of MAX's servers
    proxy: str = field(default="", repr=False)  # may hold a password
    webhook_url: str = ""  # empty: long polling
    webhook_secret: str = field(default="", repr=False)  # empty: derived from the token
    poll_timeout_seconds: int = 30

    def check_secret(self) -> None:
        if not self.token:
            raise ConfigError(
                "channels.max.token: пусто; возьмите токен на business.max.ru и задайте DOMOVOY_CHANNELS__MAX__TOKEN"
            )

    def check(self) -> None:
        if not TOKEN.fullmatch(self.token):
            raise ConfigError(
                "channels.max.token: это не токен бота; он есть на business.max.ru: Чат-боты → ⋮ → Настройки"
            )
        if not is_address(self.api_base):
            raise ConfigError(f"channels.max.api_base: нужен адрес вида {OFFICIAL_BASE}")
        if urlsplit(self.api_base).hostname in PAST_HOSTS:
            raise ConfigError(f"channels.max.api_base: этот адрес MAX больше не работает; теперь {OFFICIAL_BASE}")
        if self.proxy and not is_address(self.proxy, PROXY_SCHEMES):
            raise ConfigError("channels.max.proxy: нужен адрес вида socks5://имя:пароль@сервер:порт или http://…")
        if self.webhook_secret and not SECRET.fullmatch(self.webhook_secret):
            raise ConfigError("channels.max.webhook_secret: нужно от 5 до 256 знаков A-Z a-z 0-9 _ -")
        if not 0 <= self.poll_timeout_seconds <= LONGEST_POLL_SECONDS:
            raise ConfigError(f"channels.max.poll_timeout_seconds: нужно от 0 до {LONGEST_POLL_SECONDS}")
        if self.webhook_url:
            self._check_webhook_url()
        if self.ca_file:
            self.trust()

    def _check_webhook_url(self) -> None:
        key = "channels.max.webhook_url"
        if not is_address(self.webhook_url):
            raise ConfigError(f"{key}: нужен адрес вида https://chat.example/max/webhook")
        if not self.webhook_path.strip("/"):
            raise ConfigError(f"{key}: нужен свой путь, например /max/webhook")
        parts = urlsplit(self.webhook_url)
        if self.is_official:
            if parts.scheme != "https":
                raise ConfigError(f"{key}: адрес должен начинаться с https://, другие MAX не вызывает")
            if (parts.port or WEBHOOK_PORT) != WEBHOOK_PORT:
                raise ConfigError(f"{key}: MAX вызывает только порт {WEBHOOK_PORT}")

    def trust(self) -> ssl.SSLContext:
        """Return the TLS context of this channel only, which trusts the usual roots and `ca_file`.

        Raises:
            ConfigError: `ca_file` is not a file with certificates.
        """
        context = ssl.create_default_context()
        context.load_verify_locations(certifi.where())  # a slim image has no own roots
        if self.ca_file:
            key = "channels.max.ca_file"
            try:
                context.load_verify_locations(self.ca_file)
            except ssl.SSLError as error:
                raise ConfigError(f"{key}: в файле нет сертификатов PEM (-----BEGIN CERTIFICATE-----)") from error
            except OSError as error:
                raise ConfigError(f"{key}: файл не читается: {error.strerror}") from error
        return context

    @property
    def is_official(self) -> bool:
        return self.api_base.rstrip("/") == OFFICIAL_BASE

    @property
    def webhook_path(self) -> str:
        return urlsplit(self.webhook_url).path if self.webhook_url else ""

    @property
    def secret(self) -> str:
        """The secret that MAX must send with each call of the webhook."""
        return self.webhook_secret or self._derived(b"domovoy webhook")

    @property
    def cursor_owner(self) -> str:
        """Identifies the bot in saved positions without revealing the token."""
        return self._derived(b"domovoy cursor")[:12]

    def _derived(self, purpose: bytes) -> str:
        return hmac.new(self.token.encode(), purpose, hashlib.sha256).hexdigest()


INFO = ChannelInfo(
    name="max",
    config=MaxConfig,
    title="MAX",
    rank=20,
    for_callers=True,
    link_help="проверьте токен и связь: ./domovoy doctor",
)
