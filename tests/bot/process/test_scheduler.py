"""The nightly job forgets, at the hour of the houses."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import epoch
from bot.process.scheduler import Clock
from bot.settings.schema import RetentionSettings
from models.coordination.wakeup import LocalWakeup
from models.database.database import Database
from models.retention import DAY_MS


async def question(database: Database, text: str, last_ms: int) -> None:
    await database.transaction(
        lambda conn: conn.execute(
            "INSERT INTO unanswered (tenant, text, first_ms, last_ms) VALUES (1, ?, 1, ?)", text, last_ms
        )
    )


async def questions(database: Database) -> list[str]:
    return [row["text"] for row in await database.transaction(lambda conn: conn.fetch("SELECT text FROM unanswered"))]


def clock_of(database: Database, **kept: int) -> Clock:
    return Clock(database, LocalWakeup(), 10, RetentionSettings(**kept), "Asia/Omsk")


async def test_old_data_go_when_the_night_comes(database: Database) -> None:
    await question(database, "old", 1)
    await question(database, "young", epoch.now_ms())
    await clock_of(database, questions_days=0).forget_old()
    assert sorted(await questions(database)) == ["old", "young"]
    await clock_of(database, questions_days=30).forget_old()
    assert await questions(database) == ["young"]


async def test_a_clock_that_jumped_years_ahead_makes_nothing_old(database: Database) -> None:
    await question(database, "of last week", epoch.now_ms() - 7 * DAY_MS)
    clock = clock_of(database, questions_days=30)
    clock.start()
    try:
        clock._ring_again(1000 * DAY_MS)  # the wall clock itself stays, so "now" lies 1000 days back
        assert clock._scheduler.get_job("forget_old").next_run_time > datetime.now(UTC)
        await question(database, "of 1035 days ago", epoch.now_ms() - 1035 * DAY_MS)
        await question(database, "of 1025 days ago", epoch.now_ms() - 1025 * DAY_MS)
        await clock.forget_old()
        assert sorted(await questions(database)) == ["of 1025 days ago", "of last week"]
        clock._ring_again(-1000 * DAY_MS)
        await clock.forget_old()
        assert await questions(database) == ["of last week"]
    finally:
        await clock.stop()


async def test_the_hour_is_that_of_the_houses(database: Database) -> None:
    clock = clock_of(database, at_hour=4)
    clock.start()
    try:
        due: datetime = clock._scheduler.get_job("forget_old").next_run_time
        assert due.astimezone(ZoneInfo("Asia/Omsk")).strftime("%H:%M") == "04:00"
    finally:
        await clock.stop()
