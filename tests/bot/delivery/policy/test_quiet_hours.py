"""Quiet hours, alone and through real turns."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import epoch
from bot.delivery.policy.quiet_hours import QuietHours, may_wait_until_morning
from channels.contract import Text
from dialogs.events import TicketChanged, TimerFired
from models.database.connection import Connection
from models.database.database import Database
from models.queues import broadcasts
from models.rows.lanes import lane_of
from tests.bench.durability.rig import Rig, incoming, rig
from tickets import service
from tickets.lifecycle.types import Actor, Status, TicketView

MOSCOW, OMSK = ZoneInfo("Europe/Moscow"), ZoneInfo("Asia/Omsk")
NIGHT = QuietHours(begins=22, ends=8, zone=MOSCOW, zones={7: OMSK})


def ms(day: int, hour: int, minute: int = 0, zone: ZoneInfo = MOSCOW) -> int:
    return epoch.to_ms(datetime(2026, 11, day, hour, minute, tzinfo=zone))


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (ms(24, 21, 59), ms(24, 21, 59)),
        (ms(24, 22), ms(25, 8)),
        (ms(30, 23, 30), ms(30, 23, 30) + int(8.5 * 3_600_000)),  # into December
        (ms(25, 7, 59), ms(25, 8)),
        (ms(25, 8), ms(25, 8)),
    ],
)
def test_news_of_the_night_is_due_in_the_morning(now: int, due: int) -> None:
    assert NIGHT.due_ms(now) == due


def test_the_clock_of_the_house_counts() -> None:
    assert NIGHT.due_ms(ms(24, 20), 7) == ms(25, 8, zone=OMSK)  # 23:00 in Omsk
    assert NIGHT.due_ms(ms(24, 23), 0, 7) == ms(25, 8, zone=OMSK)
    assert NIGHT.due_ms(ms(25, 6), 7) == ms(25, 6)  # 9:00 in Omsk
    assert NIGHT.due_in(ms(24, 20), "Asia/Omsk") == ms(25, 8, zone=OMSK)
    assert NIGHT.due_in(ms(24, 20), "nowhere") == ms(24, 20)
    assert epoch.zone_named("nowhere") is None


def test_hours_within_a_day_and_none_at_all() -> None:
    noon = QuietHours(begins=12, ends=14, zone=MOSCOW)
    assert noon.due_ms(ms(24, 13)) == ms(24, 14)
    assert noon.due_ms(ms(24, 14)) == ms(24, 14)
    assert QuietHours(begins=8, ends=8, zone=MOSCOW).due_ms(ms(24, 3)) == ms(24, 3)


def test_emergencies_the_term_by_law_and_a_visit_do_not_wait() -> None:
    ticket = TicketView(
        id=1, number="26-1", status=Status.ASSIGNED, problem_title="", address="", created_ms=0, due_ms=0
    )
    fire = replace(ticket, emergency=True)
    assert may_wait_until_morning(TicketChanged(ticket=ticket, kind="status"))
    assert may_wait_until_morning(TimerFired(kind="ticket_survey", ticket=ticket))
    assert not may_wait_until_morning(TicketChanged(ticket=fire, kind="status"))
    assert not may_wait_until_morning(TicketChanged(ticket=ticket, kind="term"))
    assert not may_wait_until_morning(TimerFired(kind="ticket_term", ticket=ticket))
    assert not may_wait_until_morning(TimerFired(kind="ticket_visit", ticket=ticket))
    assert not may_wait_until_morning(Text("привет"))


# --- through turns -------------------------------------------------------------------------------------------------


@pytest.fixture
async def night(tmp_path: Path) -> AsyncIterator[Rig]:
    """An installation in which it is night now."""
    zones = [ZoneInfo(f"Etc/GMT{offset:+d}") for offset in range(-12, 13)]
    zone = next(one for one in zones if datetime.now(one).hour in (0, 1))
    async with rig(tmp_path) as made:
        made.turns._context = replace(made.turns._context, quiet=QuietHours(begins=22, ends=8, zone=zone))
        yield made


async def rows(database: Database, sql: str, *args: object) -> list[dict[str, Any]]:
    return await database.transaction(lambda conn: conn.fetch(sql, *args))


async def told(made: Rig) -> list[tuple[int, bool]]:
    found = await rows(made.database, "SELECT priority, due_ms, created_ms FROM outbox ORDER BY id")
    return [(row["priority"], row["due_ms"] > row["created_ms"]) for row in found]


async def change(made: Rig, ticket_id: int, status: Status) -> None:
    clerk = Actor(kind="dispatcher", id=1, name="Ирина")
    await made.database.transaction(
        lambda conn: service.change_status(conn, ticket_id, status, actor=clerk, now_ms=int(time.time() * 1000))
    )
    while await made.turns.work():
        continue


async def test_a_reply_comes_at_night_a_status_waits_and_an_emergency_does_not(night: Rig) -> None:
    await night.intake([incoming(1, 0, Text("в подъезде сильно пахнет газом, ул. Садовая, 5"))])
    while await night.turns.work():
        continue
    assert await told(night)
    assert not any(late for _, late in await told(night))
    ticket = (await rows(night.database, "SELECT id FROM ticket"))[0]["id"]
    await change(night, ticket, Status.IN_PROGRESS)
    assert (await told(night))[-1] == (3, False)
    await night.database.transaction(
        lambda conn: conn.execute("UPDATE ticket SET emergency = '', priority = 'normal', informed_ms = 0")
    )
    await change(night, ticket, Status.WAITING)
    await change(night, ticket, Status.IN_PROGRESS)
    assert (await told(night))[-2:] == [(3, True), (3, True)]
    due = await rows(night.database, "SELECT due_ms FROM outbox WHERE due_ms > created_ms ORDER BY id")
    assert due[0] == due[1]  # and so they come in order
    assert await rows(night.database, "SELECT id FROM ticket WHERE informed_ms > 0") == []


async def test_news_held_until_morning_have_asked_nothing_yet(night: Rig) -> None:
    await night.intake([incoming(1, 0, Text("в подъезде сильно пахнет газом, ул. Садовая, 5"))])
    while await night.turns.work():
        continue
    ticket = (await rows(night.database, "SELECT id FROM ticket"))[0]["id"]
    await night.database.transaction(
        lambda conn: conn.execute("UPDATE ticket SET emergency = '', priority = 'normal', status = 'in_progress'")
    )
    before = (await rows(night.database, "SELECT session FROM conversation"))[0]["session"]
    await change(night, ticket, Status.DONE)
    assert (await told(night))[-1] == (3, True)
    after = (await rows(night.database, "SELECT session FROM conversation"))[0]["session"]
    assert '"survey"' not in after
    assert json.loads(after).get("offered") == json.loads(before).get("offered")


# --- broadcasts ----------------------------------------------------------------------------------------------------


async def neighbours(conn: Connection) -> None:
    for house, details in enumerate(('{"timezone": "Asia/Omsk"}', "{}", '{"timezone": "Asia/Tomsk"}'), 1):
        await conn.execute(
            "INSERT INTO house (id, tenant, address, details) VALUES (?, 1, ?, ?)", house, f"дом {house}", details
        )
        await conn.execute("INSERT INTO resident (id, tenant, house_id, created_ms) VALUES (?, 1, ?, 0)", house, house)
        await conn.execute(
            "INSERT INTO conversation (tenant, lane, channel, address, resident_id, created_ms, last_ms)"
            " VALUES (1, ?, 'web', ?, ?, 0, 0)",
            lane_of(1, "web", f"c{house}"),
            f"c{house}",
            house,
        )


async def due_of(database: Database, *, urgent: bool, now_ms: int, quiet: QuietHours) -> dict[str, int]:
    async def work(conn: Connection) -> None:
        await neighbours(conn)
        await broadcasts.start(
            conn, key="w", body='{"text": "Нет воды"}', houses=None, created_by=0, now_ms=1, urgent=urgent
        )
        while await broadcasts.expand(conn, now_ms, due_in=quiet.due_in):
            continue

    await database.transaction(work)
    found = await rows(database, "SELECT conversation, due_ms FROM outbox ORDER BY conversation")
    return {row["conversation"]: row["due_ms"] for row in found}


async def test_an_announcement_waits_for_the_morning_of_each_house(database: Database) -> None:
    now = ms(24, 20)  # 23:00 in Omsk, midnight in Tomsk
    assert await due_of(database, urgent=False, now_ms=now, quiet=NIGHT) == {
        "c1": ms(25, 8, zone=OMSK),
        "c2": now,
        "c3": ms(25, 8, zone=ZoneInfo("Asia/Tomsk")),
    }


async def test_an_urgent_announcement_does_not_wait(database: Database) -> None:
    now = ms(24, 23)
    assert set((await due_of(database, urgent=True, now_ms=now, quiet=NIGHT)).values()) == {now}
