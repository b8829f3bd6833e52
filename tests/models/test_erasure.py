"""Who asks to be forgotten leaves no personal data; an open ticket keeps its contact until it is done."""

from __future__ import annotations

import asyncio
from typing import Any

from models import corrections, erasure
from models.database.connection import TENANT, Connection
from models.database.database import Database, open_database
from models.queues import turn_batch
from models.residents import conversations
from tests.support.conversations import get_or_create

NOBODY = {"name": "", "phone": "", "house_id": 0, "apartment": "", "notice_version": "", "notified_ms": 0}


async def anna(conn: Connection, address: str = "anna") -> dict[str, Any]:
    """A conversation with a name, lines, a waiting and a done event, a waiting and a sent message."""
    row = await get_or_create(conn, tenant=TENANT, channel="web", address=address, now_ms=5)
    await conversations.add_message(conn, conversation_id=row["id"], author="resident", text="Я Анна", at_ms=1)
    for state in (0, 1):
        await conn.execute(
            "INSERT INTO inbox (tenant, lane, channel, key, order_key, conversation, body, at_ms, state)"
            " VALUES (1, 1, 'web', ?, 1, ?, 'Анна', 1, ?)",
            f"{address}{state}",
            address,
            state,
        )
        await conn.execute(
            "INSERT INTO outbox (tenant, channel, conversation, key, body, priority, due_ms, created_ms, state)"
            " VALUES (1, 'web', ?, ?, 'Анна', 1, 1, 1, ?)",
            address,
            f"{address}{state}",
            state,
        )
    await conn.execute(
        "UPDATE resident SET name = 'Анна', phone = '+7', house_id = 3, apartment = '5', notified_ms = 4 WHERE id = ?",
        row["resident_id"],
    )
    await conn.execute("UPDATE conversation SET waiting_ms = 5, sender_name = 'Аня' WHERE id = ?", row["id"])
    return row


async def ticket(conn: Connection, row: dict[str, Any], status: str, created_ms: int = 1) -> int:
    return await conn.insert(
        "INSERT INTO ticket (tenant, number, conversation_id, resident_id, source, status, category, problem,"
        " problem_title, priority, apartment, name, phone, text, created_ms, react_due_ms, due_ms)"
        " VALUES (1, ?, ?, ?, 'web', ?, 'c', 'p', 't', 'normal', '5', 'Анна', '+7', 'Я Анна', ?, 1, 1)",
        f"{status}{created_ms}",
        row["id"],
        row["resident_id"],
        status,
        created_ms,
    )


async def flats(conn: Connection) -> dict[str, str]:
    return {row["number"]: row["apartment"] + row["name"] for row in await conn.fetch("SELECT * FROM ticket")}


async def test_everything_personal_goes_but_what_is_still_needed(database: Database) -> None:
    async def work(conn: Connection) -> None:
        row, stranger = await anna(conn), await anna(conn, "stranger")
        await erasure.forget_resident(conn, row["resident_id"], 9)
        person = (await turn_batch.residents(conn, [row["resident_id"]]))[row["resident_id"]]
        assert {name: getattr(person, name) for name in NOBODY} == NOBODY
        left = await conn.fetch("SELECT conversation_id FROM message")
        assert [line["conversation_id"] for line in left] == [stranger["id"]]
        for table in ("inbox", "outbox"):
            bodies = await conn.fetch(f"SELECT state, body FROM {table} WHERE conversation = 'anna' ORDER BY state")  # noqa: S608
            assert bodies == [{"state": 0, "body": "Анна"}, {"state": 1, "body": "{}"}]
        talks = await conn.fetch("SELECT sender_name, waiting_ms FROM conversation ORDER BY id")
        assert talks == [{"sender_name": "", "waiting_ms": 0}, {"sender_name": "Аня", "waiting_ms": 5}]

    await database.transaction(work)


async def test_an_open_ticket_keeps_its_contact_until_it_is_finished(database: Database) -> None:
    async def work(conn: Connection) -> None:
        row = await anna(conn)
        for status in ("closed", "assigned", "done"):
            await ticket(conn, row, status)
        await erasure.forget_resident(conn, row["resident_id"], 9)
        assert await flats(conn) == {"closed1": "", "assigned1": "5Анна", "done1": "5Анна"}
        assert (await get_or_create(conn, tenant=TENANT, channel="web", address="anna", now_ms=9))["waiting_ms"] == 5
        await conn.execute("UPDATE ticket SET status = 'closed' WHERE status = 'assigned'")
        assert await erasure.forget_finished(conn) == 1
        assert await erasure.forget_finished(conn) == 0
        assert await flats(conn) == {"closed1": "", "assigned1": "", "done1": "5Анна"}

    await database.transaction(work)


async def test_tickets_after_the_wish_and_of_others_are_left_alone(database: Database) -> None:
    async def work(conn: Connection) -> None:
        row, stranger = await anna(conn), await anna(conn, "stranger")
        await ticket(conn, stranger, "cancelled")
        await erasure.forget_resident(conn, row["resident_id"], 9)
        await ticket(conn, row, "closed", created_ms=10)
        await erasure.forget_finished(conn)
        assert await flats(conn) == {"cancelled1": "5Анна", "closed10": "5Анна"}

    await database.transaction(work)


async def by_phone(conn: Connection, status: str) -> dict[str, Any]:
    """Somebody who called: an SMS that was sent, a ticket in this status."""
    row = await get_or_create(conn, tenant=TENANT, channel="sms", address="+79031234567", now_ms=5)
    await conn.execute(
        "INSERT INTO outbox (tenant, channel, conversation, key, body, priority, due_ms, created_ms, state)"
        " VALUES (1, 'sms', '+79031234567', 'k', '{}', 1, 1, 1, 1)"
    )
    await ticket(conn, row, status)
    return row


async def test_a_phone_that_is_an_address_goes_when_nothing_is_open(database: Database) -> None:
    async def work(conn: Connection) -> None:
        row = await by_phone(conn, "new")
        await erasure.forget_resident(conn, row["resident_id"], 9)
        assert await addresses(conn) == {"+79031234567"}  # the crew is on its way
        await conn.execute("UPDATE ticket SET status = 'closed'")
        await conn.execute("UPDATE outbox SET state = 0")
        await erasure.forget_finished(conn)
        assert await addresses(conn) == {"+79031234567"}  # the last word is still to be sent
        await conn.execute("UPDATE outbox SET state = 1")
        await erasure.forget_finished(conn)
        assert await addresses(conn) == {f"forgotten-{row['id']}"}
        again = await conversations.open_for(conn, row["resident_id"], "sms", "+79031234567", 10)
        assert again["id"] != row["id"]

    await database.transaction(work)


async def test_what_came_in_meanwhile_keeps_the_address_it_waits_for(database: Database) -> None:
    async def work(conn: Connection) -> None:
        row = await by_phone(conn, "closed")
        await conn.execute("UPDATE resident SET forgotten_ms = 9")
        for state, due_ms in ((4, 7), (4, 0)):
            await conn.execute("UPDATE outbox SET state = ?, due_ms = ?", state, due_ms)
            await erasure.forget_finished(conn)
            assert await addresses(conn) == ({"+79031234567"} if due_ms else {f"forgotten-{row['id']}"})

    await database.transaction(work)


async def test_only_rows_that_do_not_wait_are_renamed(database: Database) -> None:
    async def work(conn: Connection) -> None:
        row = await by_phone(conn, "closed")
        for state, due_ms in ((0, 1), (4, 7), (4, 0), (5, 0)):
            await conn.execute(
                "INSERT INTO outbox (tenant, channel, conversation, key, body, priority, due_ms, created_ms, state)"
                " VALUES (1, 'sms', '+79031234567', ?, '{}', 1, ?, 1, ?)",
                f"{state} {due_ms}",
                due_ms,
                state,
            )
        await erasure._forget_address(conn, row)  # they came after it was looked at
        left = await conn.fetch("SELECT key FROM outbox WHERE conversation = '+79031234567' ORDER BY id")
        assert [one["key"] for one in left] == ["0 1", "4 7"]

    await database.transaction(work)


async def test_an_address_in_the_hands_of_a_turn_goes_later(postgres_url: str) -> None:
    database = await open_database(postgres_url)

    async def arrive(conn: Connection) -> dict[str, Any]:
        row = await by_phone(conn, "closed")
        await conn.execute("UPDATE resident SET forgotten_ms = 9")
        return row

    async def sweep() -> set[str]:
        await database.transaction(erasure.forget_finished)
        return await database.transaction(addresses)

    async def turn(conn: Connection) -> None:
        await conversations.lock_lane(conn, row["id"])
        has_it.set()
        await go_on.wait()

    has_it, go_on = asyncio.Event(), asyncio.Event()
    try:
        row = await database.transaction(arrive)
        turning = asyncio.create_task(database.transaction(turn))
        await has_it.wait()
        async with asyncio.timeout(20):
            assert await sweep() == {"+79031234567"}
        go_on.set()
        await turning
        assert await sweep() == {f"forgotten-{row['id']}"}
    finally:
        go_on.set()
        await database.close()


async def test_a_message_of_unknown_fate_is_emptied_once_it_is_decided(database: Database) -> None:
    async def work(conn: Connection) -> None:
        row = await anna(conn)
        for key, due_ms in (("decided", 0), ("open", 7)):
            await conn.execute(
                "INSERT INTO outbox (tenant, channel, conversation, key, body, priority, due_ms, created_ms, state)"
                " VALUES (1, 'web', 'anna', ?, 'Анна', 1, ?, 1, 4)",
                key,
                due_ms,
            )
        await erasure.forget_resident(conn, row["resident_id"], 9)
        left = await conn.fetch("SELECT state, body FROM outbox WHERE key IN ('decided', 'open') ORDER BY key")
        assert left == [{"state": 5, "body": "{}"}, {"state": 4, "body": "Анна"}]

    await database.transaction(work)


async def addresses(conn: Connection) -> set[str]:
    talks = await conn.fetch("SELECT address FROM conversation")
    return {row["address"] for row in talks} | {
        row["conversation"] for row in await conn.fetch("SELECT conversation FROM outbox")
    }


async def test_an_address_that_says_nothing_stays(database: Database) -> None:
    async def work(conn: Connection) -> None:
        row = await anna(conn)
        await erasure.forget_resident(conn, row["resident_id"], 9)
        assert await addresses(conn) == {"anna"}

    await database.transaction(work)


async def test_corrections_of_who_wants_to_be_forgotten_go_with_their_words(database: Database) -> None:
    async def add(conn: Connection, text: str, **link: int) -> None:
        await corrections.add(conn, text=text, guessed="a", chosen="b", who="resident", at_ms=1, **link)

    async def work(conn: Connection) -> None:
        row, stranger = await anna(conn), await anna(conn, "stranger")
        closed = await ticket(conn, row, "closed")
        await add(conn, "Анна в чате", conversation_id=row["id"])
        await add(conn, "Анна в заявке", ticket_id=closed)
        await add(conn, "чужое", conversation_id=stranger["id"])
        await add(conn, "ничьё")
        await erasure.forget_resident(conn, row["resident_id"], 9)
        assert [one.text for one in await corrections.kept(conn)] == ["чужое", "ничьё"]

    await database.transaction(work)
