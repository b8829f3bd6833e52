"""Corrections are kept; which of them are learned from is marked and can be taken back."""

from __future__ import annotations

from models import corrections, retention
from models.database.connection import Connection
from models.database.database import Database

DAY = retention.DAY_MS


async def three(conn: Connection) -> list[int]:
    for number in range(3):
        await corrections.add(
            conn, text=f"слова {number}", guessed="a", chosen="b", who="resident", at_ms=(number + 1) * DAY
        )
    return [row.id for row in await corrections.kept(conn)]


async def times(conn: Connection) -> list[int]:
    return [row.learned_ms for row in await corrections.kept(conn)]


async def test_exactly_the_named_rows_are_learned_from(database: Database) -> None:
    async def work(conn: Connection) -> None:
        first, second, third = await three(conn)
        assert await corrections.learned(conn) == []
        assert await corrections.learn(conn, [first, second], 7) == 2
        assert await times(conn) == [7, 7, 0]
        assert await corrections.learn(conn, [second, third, 999], 9) == 2
        assert await times(conn) == [0, 7, 9]
        assert [row.id for row in await corrections.learned(conn)] == [second, third]

    await database.transaction(work)


async def test_what_was_learned_is_taken_back_and_the_rows_stay(database: Database) -> None:
    async def work(conn: Connection) -> None:
        await corrections.learn(conn, await three(conn), 7)
        assert await corrections.forget(conn) == 3
        assert await corrections.forget(conn) == 0
        assert await times(conn) == [0, 0, 0]

    await database.transaction(work)


async def test_many_rows_are_marked_at_once(database: Database) -> None:
    async def work(conn: Connection) -> None:
        many = [("слова", number) for number in range(corrections.SLICE + 1)]
        await conn.many(
            "INSERT INTO correction (tenant, text, guessed, chosen, who, at_ms) VALUES (1, ?, 'a', 'b', 'resident', ?)",
            many,
        )
        ids = [row.id for row in await corrections.kept(conn)]
        assert await corrections.learn(conn, ids, 7) == len(many)

    await database.transaction(work)


async def test_old_corrections_go_when_their_time_has_come(database: Database) -> None:
    await database.transaction(three)
    days = {rule.key: 10 if rule.key == "corrections" else 0 for rule in retention.RULES}
    assert await retention.forget_old(database, days, 12 * DAY + 1) == {"corrections": 2}
    assert [row.text for row in await database.transaction(corrections.kept)] == ["слова 2"]
