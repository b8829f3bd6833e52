"""Checks of values that only make sense together with others, or within limits."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.settings.schema import RetentionSettings, Settings
from errors import ConfigError


def check_settings(settings: Settings) -> None:
    """Check what every command relies on.

    Raises:
        ConfigError: the text names the key.
    """
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
    for channel in settings.channels.values():
        if channel.enabled:
            channel.check_secret()


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
