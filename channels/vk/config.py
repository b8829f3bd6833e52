"""Settings of the VK channel."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from channels.config import ChannelConfig, ChannelInfo, is_address
from errors import ConfigError

OFFICIAL_BASES = ("https://api.vk.ru", "https://api.vk.com")
LONGEST_POLL_SECONDS = 90  # Bots Long Poll takes no longer wait
TOKEN = re.compile(r"[A-Za-z0-9._-]{20,512}")
SECRET = re.compile(r"[A-Za-z0-9_-]{1,50}")
CONFIRMATION = re.compile(r"[A-Za-z0-9]{0,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class VkConfig(ChannelConfig):
    """All settings of the VK channel. `repr` leaves out the secret ones."""

    token: str = field(default="", repr=False)
    group_id: int = 0
    api_base: str = OFFICIAL_BASES[0]
    callback_url: str = ""  # empty: Bots Long Poll
    callback_secret: str = field(default="", repr=False)
    confirmation: str = field(default="", repr=False)  # empty: fetched from VK
    poll_timeout_seconds: int = 25

    def check_secret(self) -> None:
        if not self.token:
            raise ConfigError(
                "channels.vk.token: пусто; создайте ключ доступа сообщества и задайте DOMOVOY_CHANNELS__VK__TOKEN"
            )

    def check(self) -> None:
        if not TOKEN.fullmatch(self.token):
            raise ConfigError("channels.vk.token: это не ключ доступа сообщества; он выглядит так: vk1.a.AbCd…")
        if self.group_id <= 0:
            raise ConfigError("channels.vk.group_id: нужен номер сообщества, например 123456789, без «club» и минуса")
        if not is_address(self.api_base):
            raise ConfigError("channels.vk.api_base: нужен адрес вида https://api.vk.ru")
        if not 1 <= self.poll_timeout_seconds <= LONGEST_POLL_SECONDS:
            raise ConfigError(f"channels.vk.poll_timeout_seconds: нужно от 1 до {LONGEST_POLL_SECONDS}")
        if not CONFIRMATION.fullmatch(self.confirmation):
            raise ConfigError("channels.vk.confirmation: нужна строка со страницы «Callback API», например 1a2b3c4d")
        if self.callback_url:
            self._check_callback()

    def _check_callback(self) -> None:
        key = "channels.vk.callback_url"
        if not is_address(self.callback_url):
            raise ConfigError(f"{key}: нужен адрес вида https://chat.example/vk/callback")
        if not self.webhook_path.strip("/"):
            raise ConfigError(f"{key}: нужен свой путь, например /vk/callback")
        if self.is_official and not self.callback_url.startswith("https://"):
            raise ConfigError(f"{key}: адрес должен начинаться с https://, иначе секретный ключ увидят по дороге")
        if not SECRET.fullmatch(self.callback_secret):
            raise ConfigError(
                "channels.vk.callback_secret: нужно от 1 до 50 латинских букв и цифр; тот же ключ впишите в VK, "
                "на странице «Callback API», в поле «Секретный ключ»"
            )

    @property
    def is_official(self) -> bool:
        return self.api_base.rstrip("/") in OFFICIAL_BASES

    @property
    def webhook_path(self) -> str:
        return urlsplit(self.callback_url).path if self.callback_url else ""


INFO = ChannelInfo(
    name="vk",
    config=VkConfig,
    title="ВКонтакте",
    rank=40,
    for_callers=True,
    link_help="проверьте ключ и связь: ./domovoy doctor",
)
