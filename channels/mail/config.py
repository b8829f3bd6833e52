"""Settings of the mail channel."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import ssl
from dataclasses import dataclass, field
from pathlib import Path

import certifi

from channels.config import ChannelConfig, ChannelInfo
from errors import ConfigError

ADDRESS = re.compile(r"[A-Za-z0-9._%+=-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
SECURITIES = ("tls", "starttls", "none")
SHORTEST_SECRET = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class MailConfig(ChannelConfig):
    """All settings of the mail channel. `repr` leaves out the secret ones."""

    address: str = ""
    login: str = ""  # empty: the address
    password: str = field(default="", repr=False)
    imap_host: str = ""
    imap_port: int = 993
    imap_security: str = "tls"
    imap_folder: str = "INBOX"
    smtp_host: str = ""
    smtp_port: int = 465
    smtp_security: str = "tls"
    ca_file: str = ""  # PEM, in addition to the public authorities
    secret: str = field(default="", repr=False)  # empty: derived from the password
    plus_addresses: bool = False
    poll_seconds: int = 60
    message_megabytes: int = 25
    max_per_hour: int = 300

    def check_secret(self) -> None:
        if not self.password:
            raise ConfigError(
                "channels.mail.password: пусто; создайте пароль приложения и задайте DOMOVOY_CHANNELS__MAIL__PASSWORD"
            )

    def check(self) -> None:
        if not ADDRESS.fullmatch(self.address):
            raise ConfigError("channels.mail.address: нужен адрес ящика вида hotline@uk-uyut.ru")
        self.check_secret()
        if self.secret and len(self.secret) < SHORTEST_SECRET:
            raise ConfigError(f"channels.mail.secret: нужно не меньше {SHORTEST_SECRET} знаков или пусто")
        for kind in ("imap", "smtp"):
            self._check_server(kind)
        if not self.imap_folder or not self.imap_folder.isprintable():
            raise ConfigError("channels.mail.imap_folder: нужно имя папки, обычно INBOX")
        for key, value, minimum, maximum in (
            ("poll_seconds", self.poll_seconds, 5, 600),
            ("message_megabytes", self.message_megabytes, 1, 100),
            ("max_per_hour", self.max_per_hour, 1, 1_000_000),
        ):
            if not minimum <= value <= maximum:
                raise ConfigError(f"channels.mail.{key}: нужно число от {minimum} до {maximum}, а стоит {value}")
        if self.ca_file:
            self._check_ca_file()

    def _check_server(self, kind: str) -> None:
        host, port = getattr(self, f"{kind}_host"), getattr(self, f"{kind}_port")
        security = getattr(self, f"{kind}_security")
        if not host or "/" in host or ":" in host.strip("[]").replace("::1", "") or any(map(str.isspace, host)):
            raise ConfigError(f"channels.mail.{kind}_host: нужно имя узла, например {kind}.yandex.ru")
        if not 1 <= port <= 65535:
            raise ConfigError(f"channels.mail.{kind}_port: нужно число от 1 до 65535, а стоит {port}")
        if security not in SECURITIES:
            raise ConfigError(f"channels.mail.{kind}_security: бывает {', '.join(SECURITIES)}")
        if security == "none" and not is_loopback(host):
            raise ConfigError(
                f"channels.mail.{kind}_security: none – только для проверки на этом же компьютере; "
                "по сети пароль и письма шли бы открыто, поставьте tls или starttls"
            )
        tls_port = {"imap": 993, "smtp": 465}[kind]
        if (port == tls_port) != (security == "tls") and (port in (143, 587, tls_port)):
            wanted = "tls" if port == tls_port else "starttls"
            raise ConfigError(f"channels.mail.{kind}_security: для порта {port} нужно {wanted}, а стоит {security}")

    def _check_ca_file(self) -> None:
        try:
            text = Path(self.ca_file).read_text(encoding="ascii", errors="replace")
            ssl.create_default_context(cadata=text)
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"channels.mail.ca_file: файл {self.ca_file} не читается как сертификаты PEM ({type(error).__name__})"
            ) from None

    @property
    def message_bytes(self) -> int:
        return self.message_megabytes * 1_000_000

    @property
    def user(self) -> str:
        """The login for both servers."""
        return self.login or self.address

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2].lower()

    @property
    def key(self) -> bytes:
        """The key of the HMACs in our mails. Without it nobody can guess a way into a ticket."""
        return hmac.new((self.secret or self.password).encode(), b"domovoy mail", hashlib.sha256).digest()

    def tls(self) -> ssl.SSLContext:
        """A context that verifies certificate and host name."""
        context = ssl.create_default_context()
        context.load_verify_locations(cafile=certifi.where())  # a slim image has no others
        if self.ca_file:
            context.load_verify_locations(cafile=self.ca_file)
        return context


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


INFO = ChannelInfo(
    name="mail",
    config=MailConfig,
    title="Почта",
    rank=60,
    for_callers=True,
)
