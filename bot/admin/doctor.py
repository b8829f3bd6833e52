"""The diagnosis of `./domovoy doctor`: settings, database and channels. Each finding says what helps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.attachments.transcription import HttpTranscriber
from bot.settings.schema import Settings
from channels.contract import Channel, Diagnose
from channels.registry import missing_library
from models import houses
from models.database.connection import Connection
from models.database.database import Database
from operators.accounts import administration

SAMPLE_PHONE = "(000) 000-00-"  # of the example configuration


async def examine(settings: Settings, database: Database, channels: Mapping[str, Channel]) -> dict[str, Any]:
    """Return ``checked`` (parts that were checked), ``advice`` (settings still missing) and ``problems`` (failures)."""
    counts = await database.transaction(count_houses_and_users)
    checked = [
        "Настройки: прочитаны.",
        "База данных: открыта, схема новая.",
        f"Дома: {counts['houses']}. Диспетчеры: {counts['users']}.",
    ]
    problems: list[str] = []
    for channel in channels.values():
        findings = list(await channel.diagnose()) if isinstance(channel, Diagnose) else []
        checked.append(f"Канал {channel.name}: {'есть замечания' if findings else 'в порядке'}.")
        problems += [f"{channel.name}: {problem}" for problem in findings]
    for name, config in settings.channels.items():
        if config.enabled and name not in channels and (library := missing_library(name)):
            checked.append(f"Канал {name}: есть замечания.")
            problems.append(f"{name}: нет библиотеки {library}; установите зависимости заново")
    if settings.voice.transcriber_url:
        findings = await HttpTranscriber(settings.voice).problems()
        checked.append(f"Распознавание голоса: {'есть замечания' if findings else 'в порядке'}.")
        problems += findings
    return {"checked": checked, "advice": advice(settings, counts), "problems": problems}


async def count_houses_and_users(conn: Connection) -> dict[str, int]:
    """Count houses and dispatchers who can log in."""
    users = await administration.list_users(conn)
    return {"houses": await houses.count(conn), "users": sum(1 for user in users if user["active"])}


def advice(settings: Settings, counts: Mapping[str, int]) -> list[str]:
    """Return what an installation still lacks before residents may use it."""
    company, findings = settings.company, []
    if not counts["users"]:
        findings.append('нет ни одного диспетчера: ./domovoy user add ЛОГИН --name "Имя"')
    if not counts["houses"]:
        findings.append(f"список домов пуст: он берётся при первом запуске из файла {company.houses} (company.houses)")
    for key in ("phone", "emergency_phone"):
        if SAMPLE_PHONE in getattr(company, key):
            findings.append(f"company.{key}: стоит телефон-образец, впишите свой в config.yaml")
    if not company.policy_url:
        findings.append("company.policy_url: нет ссылки на политику обработки персональных данных")
    return findings
