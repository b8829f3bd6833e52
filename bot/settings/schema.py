"""Configuration: `config.yaml`, over it the environment (`DOMOVOY_SECTION__KEY`), checked before anything starts."""

from __future__ import annotations

import dataclasses
import difflib
import os
import socket
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from errors import ConfigError

PREFIX = "DOMOVOY_"
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanySettings:
    name: str = "УК «Домовой»"
    phone: str = "+7 (000) 000-00-00"
    emergency_phone: str = "+7 (000) 000-00-01"
    office_hours: str = "пн–пт 9:00–18:00"
    policy_url: str = ""
    area_code: str = ""
    timezone: str = "Europe/Moscow"
    language: str = "ru"
    houses: str = "houses/demo.csv"
    faq: str = "faq/knowledge"
    readings_from: int = 20
    readings_to: int = 25
    regoperator: str = ""
    gji: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""
    trusted_proxies: int = 0
    node: str = ""
    metrics: bool = True
    metrics_token: str = ""

    @property
    def node_name(self) -> str:
        """What logs and metrics call this process: `node`, or the name of the host."""
        return self.node or socket.gethostname()


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSettings:
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    enabled: bool = True
    photo_megabytes: int = 10
    frame_ancestors: tuple[str, ...] = ()
    form_secret: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramSettings:
    enabled: bool = False
    token: str = ""
    api_base: str = "https://api.telegram.org"
    proxy: str = ""
    webhook_url: str = ""
    webhook_secret: str = ""
    poll_timeout_seconds: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxSettings:
    enabled: bool = False
    token: str = ""
    api_base: str = "https://platform-api2.max.ru"
    ca_file: str = ""
    proxy: str = ""
    webhook_url: str = ""
    webhook_secret: str = ""
    poll_timeout_seconds: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class VkSettings:
    enabled: bool = False
    token: str = ""
    group_id: int = 0
    api_base: str = "https://api.vk.ru"
    callback_url: str = ""
    callback_secret: str = ""
    confirmation: str = ""
    poll_timeout_seconds: int = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    enabled: bool = False
    address: str = ""
    login: str = ""
    password: str = ""
    imap_host: str = ""
    imap_port: int = 993
    imap_security: str = "tls"
    imap_folder: str = "INBOX"
    smtp_host: str = ""
    smtp_port: int = 465
    smtp_security: str = "tls"
    ca_file: str = ""
    secret: str = ""
    plus_addresses: bool = False
    poll_seconds: int = 60
    message_megabytes: int = 25
    max_per_hour: int = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsSettings:
    enabled: bool = False
    url: str = ""
    method: str = "POST"
    body: str = ""
    headers: tuple[str, ...] = ()
    token: str = ""
    success: str = ""
    per_second: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorSettings:
    enabled: bool = False
    endpoint: str = "http://127.0.0.1:9000"
    secret: str = ""
    allow_remote: bool = False
    idempotent: bool = True
    per_second: int = 30
    per_conversation_second: int = 5
    in_flight: int = 30
    timeout_seconds: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelsSettings:
    web: WebSettings = field(default_factory=WebSettings)
    max: MaxSettings = field(default_factory=MaxSettings)
    telegram: TelegramSettings = field(default_factory=TelegramSettings)
    vk: VkSettings = field(default_factory=VkSettings)
    mail: MailSettings = field(default_factory=MailSettings)
    sms: SmsSettings = field(default_factory=SmsSettings)
    simulator: SimulatorSettings = field(default_factory=SimulatorSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverSettings:
    alert_minutes: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    max_attempts: int = 8
    longest_pause_seconds: int = 3600
    unknown_pause_seconds: int = 60
    quiet_from: int = 22
    quiet_to: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionSettings:
    """How many days data are kept; 0: for ever."""

    at_hour: int = 3
    tickets_days: int = 1095
    transcripts_days: int = 1095
    residents_days: int = 1095
    photos_days: int = 1095
    handovers_days: int = 1095
    questions_days: int = 365
    corrections_days: int = 1095
    outages_days: int = 1095
    outbox_days: int = 30
    inbox_days: int = 7
    timers_days: int = 30

    def days(self) -> dict[str, int]:
        """By the keys of `models.retention`, without ``_days``."""
        values = dataclasses.asdict(self)
        return {name.removesuffix("_days"): days for name, days in values.items() if name.endswith("_days")}


@dataclass(frozen=True, slots=True, kw_only=True)
class StormSettings:
    lag_seconds: int = 30
    leave_seconds: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottleSettings:
    messages: int = 30
    seconds: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesSettings:
    most_megabytes: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceSettings:
    transcriber_url: str = ""
    transcriber_token: str = ""
    model: str = ""
    language: str = "ru"
    timeout_seconds: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    level: str = "INFO"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything `config.yaml` may hold; each key is explained there."""

    company: CompanySettings = field(default_factory=CompanySettings)
    server: ServerSettings = field(default_factory=ServerSettings)
    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    channels: ChannelsSettings = field(default_factory=ChannelsSettings)
    handover: HandoverSettings = field(default_factory=HandoverSettings)
    delivery: DeliverySettings = field(default_factory=DeliverySettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    storm: StormSettings = field(default_factory=StormSettings)
    throttle: ThrottleSettings = field(default_factory=ThrottleSettings)
    files: FilesSettings = field(default_factory=FilesSettings)
    voice: VoiceSettings = field(default_factory=VoiceSettings)
    log: LogSettings = field(default_factory=LogSettings)


def load_settings(path: Path | None, environment: Mapping[str, str] | None = None) -> Settings:
    """Read and check the configuration.

    Args:
        path: the YAML file; None: defaults and environment only.
        environment: defaults to the process's own.

    Raises:
        ConfigError: the file is unreadable, a key is unknown or has a value of the wrong type; the text names the key.
    """
    data: dict[str, Any] = {}
    if path is not None:
        data = _read(path)
    overlay(data, os.environ if environment is None else environment)
    settings = _build(Settings, data, "")
    _check(settings)
    return settings


def _read(path: Path) -> dict[str, Any]:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: такого файла нет; скопируйте туда config.yaml из поставки") from error
    except OSError as error:
        raise ConfigError(f"{path}: не читается: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: файл сохранён не в UTF-8; в Блокноте: «Сохранить как», кодировка UTF-8") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", строка {mark.line + 1}, место {mark.column + 1}" if mark else ""
        raise ConfigError(f"{path}{where}: здесь нарушен YAML; проверьте отступы, кавычки и скобки") from error
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise ConfigError(f"{path}: в файле должны быть разделы, например `company:`")
    return data


def overlay(data: dict[str, Any], environment: Mapping[str, str]) -> None:
    """Write every `DOMOVOY_A__B` of the environment into ``data["a"]["b"]``; text, converted later."""
    for name, value in environment.items():
        if not name.startswith(PREFIX) or "__" not in name:
            continue
        *sections, key = name.removeprefix(PREFIX).lower().split("__")
        place = data
        for section in sections:
            child = place.setdefault(section, {})
            if not isinstance(child, dict):
                raise ConfigError(f"{name}: раздела `{section}` в настройках нет")
            place = child
        place[key] = value


def _build(cls: type[T], data: Any, where: str) -> T:
    if not isinstance(data, dict):
        raise ConfigError(f"{where.rstrip('.')}: нужен раздел с ключами, а стоит {data!r}")
    hints = typing.get_type_hints(cls)
    known = {item.name for item in dataclasses.fields(cls)}  # type: ignore[arg-type]  # T is one of our dataclasses
    for key in data:
        if key not in known:
            raise ConfigError(f"{where}{key}: такого ключа нет; {_meant(str(key), where, known)}")
    return cls(**{key: _value(hints[key], value, f"{where}{key}") for key, value in data.items()})


def _meant(key: str, where: str, known: set[str]) -> str:
    """Name the key that was probably meant, else all that may stand here."""
    if near := difflib.get_close_matches(key, sorted(known), n=1):
        return f"возможно, имелось в виду {where}{near[0]}"
    return f"здесь бывают: {', '.join(sorted(known))}"


def _value(kind: Any, value: Any, where: str) -> Any:
    if dataclasses.is_dataclass(kind):
        return _build(typing.cast(type[Any], kind), {} if value is None else value, f"{where}.")
    if isinstance(kind, types.GenericAlias):
        items = [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            raise ConfigError(f"{where}: нужен список строк, а стоит {value!r}")
        return tuple(items)
    if kind is str:
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return str(value)
        if value is None:
            return ""
    elif kind is bool:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in ("true", "yes", "1", "on", "false", "no", "0", "off"):
            return value.lower() in ("true", "yes", "1", "on")
    elif kind is int:
        return _whole_number(value, where)
    expected = {str: "текст", bool: "true или false"}[kind]
    raise ConfigError(f"{where}: нужно {expected}, а стоит {value!r}")


def _whole_number(value: Any, where: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    try:
        return int(value) if isinstance(value, str) else int("")
    except ValueError as error:
        raise ConfigError(f"{where}: нужно целое число, а стоит {value!r}") from error


def _check(settings: Settings) -> None:
    try:
        ZoneInfo(settings.company.timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigError(
            f"company.timezone: часового пояса {settings.company.timezone!r} нет; примеры: Europe/Moscow, Asia/Omsk"
        ) from error
    if not 0 <= settings.server.port <= 65535:
        raise ConfigError(f"server.port: нужно число от 0 до 65535, а стоит {settings.server.port}")
    if settings.company.language not in ("ru", "en"):
        raise ConfigError(f"company.language: нужно ru или en, а стоит {settings.company.language!r}")
    for name, hour in (("from", settings.delivery.quiet_from), ("to", settings.delivery.quiet_to)):
        if not 0 <= hour <= 23:
            raise ConfigError(f"delivery.quiet_{name}: нужен час от 0 до 23, а стоит {hour}")
    _check_retention(settings.retention)
    _check_rush(settings)
    _check_files(settings)
    if settings.channels.max.enabled and not settings.channels.max.token:
        raise ConfigError(
            "channels.max.token: пусто; возьмите токен на business.max.ru и задайте DOMOVOY_CHANNELS__MAX__TOKEN"
        )
    mail = settings.channels.mail
    if mail.enabled and not mail.password:
        raise ConfigError(
            "channels.mail.password: пусто; создайте пароль приложения и задайте DOMOVOY_CHANNELS__MAIL__PASSWORD"
        )
    telegram = settings.channels.telegram
    if telegram.enabled and not telegram.token:
        raise ConfigError(
            "channels.telegram.token: пусто; получите токен у @BotFather и задайте DOMOVOY_CHANNELS__TELEGRAM__TOKEN"
        )
    if telegram.enabled and "PUT-" in telegram.token:
        raise ConfigError("channels.telegram.token: стоит образец из примера, а нужен токен от @BotFather")
    vk = settings.channels.vk
    if vk.enabled and not vk.token:
        raise ConfigError(
            "channels.vk.token: пусто; создайте ключ доступа сообщества и задайте DOMOVOY_CHANNELS__VK__TOKEN"
        )


def _check_retention(retention: RetentionSettings) -> None:
    if not 0 <= retention.at_hour <= 23:
        raise ConfigError(f"retention.at_hour: нужен час от 0 до 23, а стоит {retention.at_hour}")
    for name, days in retention.days().items():
        if days < 0:
            raise ConfigError(f"retention.{name}_days: нужно число дней, 0 – хранить всегда, а стоит {days}")
    if retention.inbox_days == 1:
        raise ConfigError("retention.inbox_days: нужно 0 или не меньше 2: Telegram повторяет события целые сутки")


def _check_files(settings: Settings) -> None:
    if not 1 <= settings.files.most_megabytes <= 25:
        raise ConfigError(f"files.most_megabytes: нужно число от 1 до 25, а стоит {settings.files.most_megabytes}")
    voice = settings.voice
    if voice.transcriber_url and not voice.transcriber_url.startswith(("http://", "https://")):
        raise ConfigError("voice.transcriber_url: адрес должен начинаться с http:// или https://")
    if not 1 <= voice.timeout_seconds <= 600:
        raise ConfigError(f"voice.timeout_seconds: нужно число от 1 до 600, а стоит {voice.timeout_seconds}")


def _check_rush(settings: Settings) -> None:
    storm, throttle = settings.storm, settings.throttle
    for name, value, least in (
        ("storm.lag_seconds", storm.lag_seconds, 0),
        ("storm.leave_seconds", storm.leave_seconds, 0),
        ("throttle.messages", throttle.messages, 0),
        ("throttle.seconds", throttle.seconds, 1),
    ):
        if value < least:
            raise ConfigError(f"{name}: нужно число не меньше {least}, а стоит {value}")
