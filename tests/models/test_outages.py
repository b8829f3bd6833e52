"""Outages in the database: whom they concern, and when they end."""

from __future__ import annotations

from typing import Any

from models import outages, retention
from models.database.connection import Connection
from models.database.database import Database
from tickets.lifecycle.types import Resource

HOUR = 3_600_000
NOW = 1_790_000_000_000


async def announce(database: Database, houses: list[int] | None, *, starts: float = -1, lasts: float = 5) -> int:
    from_ms = NOW + int(starts * HOUR)
    return await database.transaction(
        lambda conn: outages.announce(
            conn,
            resource=Resource.HEATING,
            text="",
            houses=houses,
            from_ms=from_ms,
            until_ms=from_ms + int(lasts * HOUR),
            created_by=0,
            now_ms=NOW,
        )
    )


async def ids(database: Database, *houses: int, at: int = NOW) -> dict[int, list[int]]:
    found = await database.transaction(lambda conn: outages.of_houses(conn, houses, at))
    return {house: [row.id for row in rows] for house, rows in found.items()}


async def test_outage_concerns_its_houses_and_one_everywhere_concerns_all(database: Database) -> None:
    some, all_of_them = await announce(database, [1, 2, 2]), await announce(database, None, starts=1)
    assert await ids(database, 1, 3) == {1: [some, all_of_them], 3: [all_of_them]}


async def test_outage_is_told_from_two_weeks_before_until_it_ends(database: Database) -> None:
    one = await announce(database, [1], starts=14 * 24 + 1, lasts=2)
    assert await ids(database, 1) == {}
    assert await ids(database, 1, at=NOW + 2 * HOUR) == {1: [one]}
    assert await ids(database, 1, at=NOW + (14 * 24 + 3) * HOUR) == {}


async def test_outage_may_end_early_or_late_and_what_has_ended_stays_so(database: Database) -> None:
    one = await announce(database, [1])
    assert await database.transaction(lambda conn: outages.prolong(conn, one, NOW + 9 * HOUR, NOW))
    assert await ids(database, 1, at=NOW + 8 * HOUR) == {1: [one]}
    assert await database.transaction(lambda conn: outages.end(conn, one, NOW))
    assert await ids(database, 1) == {}
    assert not await database.transaction(lambda conn: outages.prolong(conn, one, NOW + 9 * HOUR, NOW))


async def test_outage_cannot_end_before_it_begins(database: Database) -> None:
    one = await announce(database, [1], starts=5)
    assert not await database.transaction(lambda conn: outages.prolong(conn, one, NOW + 5 * HOUR, NOW))
    assert await database.transaction(lambda conn: outages.prolong(conn, one, NOW + 6 * HOUR, NOW))


async def test_sixty_days_count_from_the_beginning_however_often_it_is_prolonged(database: Database) -> None:
    one = await announce(database, [1], starts=0)
    longest = NOW + outages.LONGEST_MS
    assert await database.transaction(lambda conn: outages.prolong(conn, one, longest, NOW))
    assert not await database.transaction(lambda conn: outages.prolong(conn, one, longest + 1, longest - HOUR))


async def test_old_outages_go_with_their_houses_when_their_time_has_come(database: Database) -> None:
    await announce(database, [1, 2], starts=-9)
    young = await announce(database, [1])
    days = {rule.key: 10 if rule.key == "outages" else 0 for rule in retention.RULES}
    later = NOW + 10 * retention.DAY_MS
    assert await retention.forget_old(database, days, later, dry_run=True) == {"outages": 1}
    assert await retention.forget_old(database, days, later) == {"outages": 1}
    left = await database.transaction(lambda conn: conn.fetch("SELECT outage_id, house_id FROM outage_house"))
    assert left == [{"outage_id": young, "house_id": 1}]


async def test_more_houses_than_one_statement_takes(database: Database) -> None:
    one = await announce(database, list(range(1, 451)))
    found = await ids(database, *range(1, 460))
    assert (len(found), set(map(tuple, found.values()))) == (450, {(one,)})


async def test_without_a_house_nothing_is_asked_of_the_database() -> None:
    class Silent:
        dialect = "sqlite"

        async def fetch(self, sql: str, *args: object) -> list[dict[str, Any]]:
            raise AssertionError(sql)

    conn: Connection = Silent()  # type: ignore[assignment]  # only `fetch` could be called
    assert await outages.of_houses(conn, (), NOW) == {}


async def test_console_lists_what_has_not_ended_with_one_address(database: Database) -> None:
    await database.transaction(
        lambda conn: conn.execute("INSERT INTO house (id, tenant, address) VALUES (1, 1, 'ул. Мира, д. 1')")
    )
    await announce(database, [1, 2])
    await announce(database, [1], starts=-9)
    rows = await database.transaction(lambda conn: outages.listed(conn, NOW))
    assert [(row["address"], row["houses"]) for row in rows] == [("ул. Мира, д. 1", 2)]
