"""The nightly job forgets, at the hour of the houses."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.settings import RetentionSettings
from bot.wallclock import now_ms
from models.bell import LocalBell
from models.database import Database


async def test_old_data_go_when_the_night_comes(database: Database) -> None:
    async def left() -> int:
        return len(await database.unit(lambda conn: conn.fetch("SELECT id FROM unanswered")))

    for text, last_ms in (("old", 1), ("young", now_ms())):
        await database.unit(
            lambda conn, text=text, last_ms=last_ms: conn.execute(  # type: ignore[misc]  # lambda default
                "INSERT INTO unanswered (tenant, text, first_ms, last_ms) VALUES (1, ?, 1, ?)", text, last_ms
            )
        )
    kept = RetentionSettings(questions_days=0)
    await Clock(database, LocalBell(), 10, kept, "Europe/Moscow").forget_old()
    assert await left() == 2
    await Clock(database, LocalBell(), 10, replace(kept, questions_days=30), "Europe/Moscow").forget_old()
    assert await left() == 1


async def test_the_hour_is_that_of_the_houses(database: Database) -> None:
    clock = Clock(database, LocalBell(), 10, RetentionSettings(at_hour=4), "Asia/Omsk")
    clock.start()
    try:
        due: datetime = clock._scheduler.get_job("forget_old").next_run_time
        assert due.astimezone(ZoneInfo("Asia/Omsk")).strftime("%H:%M") == "04:00"
    finally:
        await clock.stop()
