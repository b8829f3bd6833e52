"""Settings of the Telegram channel."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from channels.config import ChannelConfig, ChannelInfo, is_address
from errors import ConfigError

OFFICIAL_BASE = "https://api.telegram.org"
WEBHOOK_PORTS = (443, 80, 88, 8443)  # Bot API, setWebhook; a self-hosted server takes any port
LONGEST_POLL_SECONDS = 50  # the server shortens longer waits to this
TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{3,256}")
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
PROXY_SCHEMES = ("http", "socks4", "socks5")


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramConfig(ChannelConfig):
    """All settings of the Telegram channel. `repr` leaves out the secret ones."""

    token: str = field(default="", repr=False)
    api_base: str = OFFICIAL_BASE
    proxy: str = field(default="", repr=False)  # may hold a password
    webhook_url: str = ""  # empty: long polling
    webhook_secret: str = field(default="", repr=False)  # empty: derived from the token
    poll_timeout_seconds: int = 30

    def check_secret(self) -> None:
        if not self.token:
            raise ConfigError(
                "channels.telegram.token: пусто; получите токен у @BotFather и задайте "
                "DOMOVOY_CHANNELS__TELEGRAM__TOKEN"
            )
        if "PUT-" in self.token:
            raise ConfigError("channels.telegram.token: стоит образец из примера, а нужен токен от @BotFather")

    def check(self) -> None:
        if not TOKEN.fullmatch(self.token):
            raise ConfigError("channels.telegram.token: это не токен от @BotFather; он выглядит так: 123456:ABC-def")
        if not is_address(self.api_base):
            raise ConfigError("channels.telegram.api_base: нужен адрес вида https://api.telegram.org")
        if self.proxy and not is_address(self.proxy, PROXY_SCHEMES):
            raise ConfigError("channels.telegram.proxy: нужен адрес вида socks5://имя:пароль@сервер:порт или http://…")
        if self.webhook_secret and not SECRET.fullmatch(self.webhook_secret):
            raise ConfigError("channels.telegram.webhook_secret: нужно от 1 до 256 знаков A-Z a-z 0-9 _ -")
        if not 0 <= self.poll_timeout_seconds <= LONGEST_POLL_SECONDS:
            raise ConfigError(f"channels.telegram.poll_timeout_seconds: нужно от 0 до {LONGEST_POLL_SECONDS}")
        if self.webhook_url:
            self._check_webhook_url()

    def _check_webhook_url(self) -> None:
        key = "channels.telegram.webhook_url"
        if not is_address(self.webhook_url):
            raise ConfigError(f"{key}: нужен адрес вида https://chat.example/telegram/webhook")
        if not self.webhook_path.strip("/"):
            raise ConfigError(f"{key}: нужен свой путь, например /telegram/webhook")
        parts = urlsplit(self.webhook_url)
        if self.api_base.rstrip("/") == OFFICIAL_BASE:
            if parts.scheme != "https":
                raise ConfigError(f"{key}: адрес должен начинаться с https://, другие Telegram не вызывает")
            if (parts.port or 443) not in WEBHOOK_PORTS:
                raise ConfigError(f"{key}: Telegram вызывает только порты 443, 80, 88 и 8443")

    @property
    def bot_id(self) -> str:
        """The bot's own number, the first part of its token. It is not secret."""
        return self.token.partition(":")[0]

    @property
    def webhook_path(self) -> str:
        return urlsplit(self.webhook_url).path if self.webhook_url else ""

    @property
    def secret(self) -> str:
        """The secret that Telegram must send with each call of the webhook."""
        if self.webhook_secret:
            return self.webhook_secret
        return hmac.new(self.token.encode(), b"domovoy webhook", hashlib.sha256).hexdigest()


INFO = ChannelInfo(
    name="telegram",
    config=TelegramConfig,
    title="Telegram",
    rank=30,
    for_callers=True,
    link_help="проверьте токен и связь: ./domovoy doctor",
)
