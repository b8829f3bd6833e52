from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from channels.contract import FileRef
from models import attachments, houses
from models.database.connection import TENANT, Connection
from models.database.database import Database
from models.queues import turn_batch
from models.residents import conversations
from tests.support.conversations import get_or_create


async def conversation(conn: Connection, address: str = "c", channel: str = "web") -> dict[str, Any]:
    return await get_or_create(conn, tenant=TENANT, channel=channel, address=address, now_ms=5)


async def test_new_conversation_gets_a_resident_and_is_found_again(database: Database) -> None:
    async def work(conn: Connection) -> None:
        first, again, other = (
            await conversation(conn),
            await conversation(conn),
            await conversation(conn, channel="telegram"),
        )
        assert again == first
        assert other["resident_id"] != first["resident_id"]
        people = await turn_batch.residents(conn, [first["resident_id"], other["resident_id"]])
        assert sorted(people) == [first["resident_id"], other["resident_id"]]

    await database.transaction(work)


async def test_batch_finds_known_conversations_and_makes_the_others(database: Database) -> None:
    async def work(conn: Connection) -> None:
        known = await conversation(conn, "c1")
        await conn.execute(
            "INSERT INTO operator_user (tenant, login, name, role, password_hash, created_ms)"
            " VALUES (1, 'irina', 'Ирина', 'dispatcher', '', 1)"
        )
        await conn.execute("UPDATE conversation SET claimed_by = 1 WHERE id = ?", known["id"])
        pairs = [("web", f"c{number}") for number in range(turn_batch.CHUNK + 5)]
        found = await turn_batch.conversations(conn, pairs + pairs, 7)
        assert set(found) == set(pairs)
        assert len({row.id for row in found.values()}) == len(pairs)
        assert found["web", "c1"].id == known["id"]
        assert found["web", "c1"].claimed_name == "Ирина"

    await database.transaction(work)


async def test_batch_writes_everything_at_once(database: Database) -> None:
    async def work(conn: Connection) -> None:
        row = await conversation(conn)
        person = (await turn_batch.residents(conn, [row["resident_id"]]))[row["resident_id"]]
        await turn_batch.write(
            conn,
            [(TENANT, row["id"], "bot", 0, "", "Здравствуйте!", "", "", 9)],
            [(TENANT, "web", "c", "i1.0", "{}", 0, 9, 9)],
            [('{"state": "x"}', 9, 1, row["id"])],
            [("Анна", "+79990000000", 7, 0, "", "", 1_790_000_000_000, person.id)],
        )
        after = await conversation(conn)
        assert (after["session"], after["last_ms"], after["unread"], after["version"]) == ('{"state": "x"}', 9, 1, 1)
        await turn_batch.write(conn, [], [], [], [("", "", -1, 3, "5", "", 0, person.id)])  # what is not new stays
        known = (await turn_batch.residents(conn, [person.id]))[person.id]
        news: dict[str, Any] = {
            "name": "Анна",
            "phone": "+79990000000",
            "phone_verified_ms": 7,
            "house_id": 3,
            "apartment": "5",
        }
        assert known == replace(person, **news, notified_ms=1_790_000_000_000)
        assert len(await conn.fetch("SELECT id FROM message")) == len(await conn.fetch("SELECT id FROM outbox")) == 1

    await database.transaction(work)


async def test_pressed_button_is_named_by_its_latest_label(database: Database) -> None:
    async def work(conn: Connection) -> None:
        row = await conversation(conn)
        for label in ("Старое", "Новое"):
            await conversations.add_message(
                conn, conversation_id=row["id"], author="bot", text="?", at_ms=1, buttons=[[[label, "yes"]]]
            )
        wanted = [(row["id"], "yes"), (row["id"], "no")]
        assert await turn_batch.pressed_labels(conn, wanted) == {(row["id"], "yes"): "Новое"}
        assert await turn_batch.pressed_labels(conn, []) == {}

    await database.transaction(work)


async def test_message_with_a_known_key_is_queued_once(database: Database) -> None:
    async def work(conn: Connection) -> None:
        row = await conversation(conn)
        for body in ("first", "second"):
            await conversations.queue_message(
                conn, channel=row["channel"], address=row["address"], key="k", body=body, priority=0, due_ms=1, now_ms=1
            )
        assert [item["body"] for item in await conn.fetch("SELECT body FROM outbox")] == ["first"]

    await database.transaction(work)


async def test_unanswered_question_is_counted_however_it_is_typed(database: Database) -> None:
    async def work(conn: Connection) -> None:
        await conversations.log_unanswered(conn, ["Где  мой лифт"], 1)
        await conversations.log_unanswered(conn, ["где мой ЛИФТ"], 5)
        row = await conn.fetch_one("SELECT text, count, first_ms, last_ms FROM unanswered")
        assert row == {"text": "где мой лифт", "count": 2, "first_ms": 1, "last_ms": 5}

    await database.transaction(work)


async def test_rating_and_reachability_are_kept(database: Database) -> None:
    async def work(conn: Connection) -> None:
        row = await conversation(conn)
        await conversations.rate_answers(conn, [("heating", False)], 3)
        await conversations.set_reachable(conn, row["id"], False)
        assert await conn.fetch("SELECT entry_id, helped FROM faq_rating") == [{"entry_id": "heating", "helped": 0}]
        assert (await conversation(conn))["reachable"] == 0

    await database.transaction(work)


async def test_file_at_the_channel_is_registered_and_fetched_with_patience(database: Database) -> None:
    async def work(conn: Connection) -> None:
        name = await attachments.stored_name(conn, "telegram", FileRef(remote_id="abc", name="x.jpg"), 1)
        due = await attachments.due(conn, 1, 10)
        assert [(row.name, row.channel, json.loads(row.remote)["remote_id"]) for row in due] == [
            (name, "telegram", "abc")
        ]
        await attachments.postpone(conn, name, "network", 100)
        assert await attachments.due(conn, 99, 10) == []
        assert [row.tries for row in await attachments.due(conn, 100, 10)] == [1]
        await attachments.give_up(conn, name, "not_found")
        assert await attachments.due(conn, 100, 10) == []

    await database.transaction(work)


async def test_file_that_is_stored_already_keeps_its_name(database: Database) -> None:
    async def work(conn: Connection) -> None:
        await conn.execute(
            "INSERT INTO attachment (tenant, name, channel, remote, state, created_ms) VALUES (1, 'ours', '', '', 1, 1)"
        )
        assert await attachments.stored_name(conn, "web", FileRef(remote_id="ours"), 1) == "ours"
        assert await attachments.due(conn, 5, 10) == []

    await database.transaction(work)


async def test_house_that_is_added_again_gets_its_new_details(database: Database) -> None:
    async def work(conn: Connection) -> None:
        await houses.add(conn, [("ул. Ленина, д. 1", {"floors": 5}), ("ул. Ленина, д. 2", {})])
        await houses.add(conn, [("ул. Ленина, д. 1", {"floors": 9})])
        assert await houses.count(conn) == 2
        assert [json.loads(row["details"]) for row in await houses.active(conn)] == [{"floors": 9}, {}]

    await database.transaction(work)
