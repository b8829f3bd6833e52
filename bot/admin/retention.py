"""The request of `./domovoy retention`: delete expired data, or only count it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import epoch
from bot.settings.schema import Settings
from models import retention
from models.database.database import Database

TITLES = {
    "tickets": "заявки: контакты, слова и фотографии (сами заявки остаются)",
    "transcripts": "строки переписки",
    "residents": "жители: имя, телефон, адрес",
    "photos": "фотографии",
    "handovers": "журнал вызовов диспетчера",
    "questions": "вопросы без ответа",
    "corrections": "исправления категорий жителями и диспетчерами",
    "outages": "отключения и списки их домов",
    "outbox": "отправленные сообщения",
    "inbox": "обработанные события каналов",
    "timers": "сработавшие таймеры",
}


async def forget_old(settings: Settings, database: Database, *, dry_run: bool) -> dict[str, Any]:
    """Delete expired data and return ``{"gone": {key: rows}}`` as plain JSON; dry_run: only count it."""
    days, now_ms = settings.retention.days(), epoch.now_ms()
    return {"gone": await retention.forget_old(database, days, now_ms, dry_run=dry_run)}


def report(settings: Settings, gone: Mapping[str, int], *, dry_run: bool) -> str:
    """Return one line per kind of data, for the administrator."""
    days = settings.retention.days()
    lines = ["Удалил бы (пробный прогон, ничего не изменено):" if dry_run else "Удалено:"]
    for key, title in TITLES.items():
        line = f"старше {days[key]} дн.: {gone.get(key, 0)}" if days[key] else "хранятся всегда"
        lines.append(f"  {title}, {line}")
    return "\n".join(lines)
