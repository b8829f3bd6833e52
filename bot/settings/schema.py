"""The sections of `config.yaml`, their keys and defaults; each key is explained there."""

from __future__ import annotations

import dataclasses
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field

from channels.config import ChannelConfig
from channels.registry import channel_infos


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


def default_channels() -> dict[str, ChannelConfig]:
    """Return the settings of every channel that has a folder, by name."""
    return {info.name: info.config() for info in channel_infos()}


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
    """How many days data are kept; 0: forever."""

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
    """Everything `config.yaml` may hold."""

    company: CompanySettings = field(default_factory=CompanySettings)
    server: ServerSettings = field(default_factory=ServerSettings)
    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    channels: Mapping[str, ChannelConfig] = field(default_factory=default_channels)
    handover: HandoverSettings = field(default_factory=HandoverSettings)
    delivery: DeliverySettings = field(default_factory=DeliverySettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    storm: StormSettings = field(default_factory=StormSettings)
    throttle: ThrottleSettings = field(default_factory=ThrottleSettings)
    files: FilesSettings = field(default_factory=FilesSettings)
    voice: VoiceSettings = field(default_factory=VoiceSettings)
    log: LogSettings = field(default_factory=LogSettings)
