"""Old data go, what somebody still needs stays; on both databases, in slices, and on several nodes at once."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from models import attachments, erasure, retention
from models.database.connection import TENANT, Connection
from models.database.database import Database, open_database
from models.residents import conversations
from tests.support.conversations import get_or_create

DAY = retention.DAY_MS
NOW = 100 * DAY
OLD, YOUNG = NOW - 11 * DAY, NOW - 9 * DAY
ALL = {rule.key: 10 for rule in retention.RULES}


async def conversation(conn: Connection, address: str, last_ms: int) -> dict[str, Any]:
    row = await get_or_create(conn, tenant=TENANT, channel="web", address=address, now_ms=OLD)
    await conn.execute("UPDATE conversation SET sender_name = 'Аня', last_ms = ? WHERE id = ?", last_ms, row["id"])
    await conn.execute("UPDATE resident SET name = 'Анна', phone = '+7' WHERE id = ?", row["resident_id"])
    return row


async def line(conn: Connection, row: dict[str, Any], text: str, at_ms: int, file: str = "") -> None:
    await conversations.add_message(
        conn, conversation_id=row["id"], author="resident", text=text, at_ms=at_ms, file=file
    )


async def ticket(conn: Connection, row: dict[str, Any], number: str, status: str, ended_ms: int = 0) -> int:
    ticket_id = await conn.insert(
        "INSERT INTO ticket (tenant, number, conversation_id, resident_id, source, status, category, problem,"
        " problem_title, priority, address, name, phone, text, created_ms, react_due_ms, due_ms, done_ms, closed_ms)"
        " VALUES (1, ?, ?, ?, 'web', ?, 'c', 'p', 't', 'normal', 'у Анны', 'Анна', '+7', 'Я Анна', ?, 1, 1, ?, ?)",
        number,
        row["id"],
        row["resident_id"],
        status,
        OLD,
        ended_ms if status == "done" else 0,
        ended_ms if status in ("closed", "cancelled") else 0,
    )
    await conn.insert(
        "INSERT INTO ticket_event (tenant, ticket_id, action, actor_kind, actor_name, details, at_ms)"
        " VALUES (1, ?, 'ticket.comment.added', 'resident', 'Анна', ?, 1)",
        ticket_id,
        json.dumps({"text": "Анна", "public": True}),
    )
    return ticket_id


async def photo(conn: Connection, name: str, created_ms: int, ticket_id: int = 0) -> None:
    await conn.insert(
        "INSERT INTO attachment (tenant, name, channel, remote, state, created_ms) VALUES (1, ?, '', '', 1, ?)",
        name,
        created_ms,
    )
    if ticket_id:
        await conn.insert(
            "INSERT INTO ticket_file (tenant, ticket_id, file, at_ms) VALUES (1, ?, ?, 1)", ticket_id, name
        )


async def column(database: Database, sql: str) -> list[Any]:
    rows = await database.transaction(lambda conn: conn.fetch(sql))
    return [next(iter(row.values())) for row in rows]


async def test_transcripts_stay_while_a_ticket_is_open(database: Database) -> None:
    async def work(conn: Connection) -> None:
        for address, status, ended in (("a", "closed", OLD), ("b", "assigned", 0), ("c", "done", YOUNG)):
            row = await conversation(conn, address, NOW)
            await ticket(conn, row, address, status, ended)
            await line(conn, row, f"old {address}", OLD)
            await line(conn, row, f"young {address}", YOUNG)

    await database.transaction(work)
    assert (await retention.forget_old(database, ALL, NOW))["transcripts"] == 1
    assert await column(database, "SELECT text FROM message ORDER BY id") == [
        "young a",
        "old b",
        "young b",
        "old c",
        "young c",
    ]


async def test_finished_tickets_lose_what_is_personal_and_keep_what_is_counted(database: Database) -> None:
    async def work(conn: Connection) -> None:
        row = await conversation(conn, "a", NOW)
        for number, status, ended in (("1", "closed", OLD), ("2", "closed", YOUNG), ("3", "waiting", 0)):
            await photo(conn, f"photo {number}", YOUNG, await ticket(conn, row, number, status, ended))

    await database.transaction(work)
    for gone in (1, 0):  # the second time there is nothing left to do
        assert (await retention.forget_old(database, ALL, NOW))["tickets"] == gone
    words = "SELECT name || phone || text || address FROM ticket ORDER BY id"
    assert await column(database, words) == ["", "Анна+7Я Аннау Анны", "Анна+7Я Аннау Анны"]
    assert await column(database, "SELECT status FROM ticket ORDER BY id") == ["closed", "closed", "waiting"]
    assert await column(database, "SELECT name FROM attachment ORDER BY id") == ["photo 2", "photo 3"]
    assert await column(database, "SELECT actor_name FROM ticket_event ORDER BY id") == ["", "Анна", "Анна"]
    details = [json.loads(text) for text in await column(database, "SELECT details FROM ticket_event ORDER BY id")]
    assert details == [{"public": True}, *[{"text": "Анна", "public": True}] * 2]


async def test_residents_who_are_silent_lose_their_name(database: Database) -> None:
    async def work(conn: Connection) -> None:
        await conversation(conn, "silent", OLD)
        await conversation(conn, "wrote lately", YOUNG)
        await ticket(conn, await conversation(conn, "waits for a crew", OLD), "1", "assigned")

    await database.transaction(work)
    for gone in (1, 0):
        assert (await retention.forget_old(database, ALL, NOW))["residents"] == gone
    assert await column(database, "SELECT name || phone FROM resident ORDER BY id") == ["", "Анна+7", "Анна+7"]
    assert await column(database, "SELECT sender_name FROM conversation ORDER BY id") == ["", "Аня", "Аня"]


async def test_old_photos_go_except_those_of_open_tickets(database: Database) -> None:
    async def work(conn: Connection) -> None:
        row = await conversation(conn, "a", NOW)
        await photo(conn, "old", OLD)
        await photo(conn, "of an open ticket", OLD, await ticket(conn, row, "1", "assigned"))
        await photo(conn, "of one done lately", OLD, await ticket(conn, row, "2", "done", YOUNG))
        await photo(conn, "young", YOUNG)

    await database.transaction(work)
    assert (await retention.forget_old(database, ALL, NOW))["photos"] == 1
    left = await column(database, "SELECT name FROM attachment ORDER BY id")
    assert left == ["of an open ticket", "of one done lately", "young"]


async def queues(conn: Connection) -> None:
    """Old and young rows of every state in every table that only the program reads."""
    for number, (state, at_ms) in enumerate((state, at_ms) for at_ms in (OLD, YOUNG) for state in (0, 1, 2, 3)):
        if state < 3:
            await conn.insert(
                "INSERT INTO inbox (tenant, lane, channel, key, order_key, conversation, body, at_ms, state)"
                " VALUES (1, 1, 'web', ?, 1, 'a', '', ?, ?)",
                str(number),
                at_ms,
                state,
            )
            await conn.insert(
                "INSERT INTO timer (tenant, lane, channel, conversation, key, body, due_ms, state)"
                " VALUES (1, 1, 'web', 'a', ?, '', ?, ?)",
                str(number),
                at_ms,
                state,
            )
        await conn.insert(
            "INSERT INTO outbox (tenant, channel, conversation, key, body, priority, due_ms, created_ms, state)"
            " VALUES (1, 'web', 'a', ?, '', 1, 1, ?, ?)",
            str(number),
            at_ms,
            state,
        )
    for at_ms in (OLD, YOUNG):
        await conversations.log_unanswered(conn, f"question {at_ms}", at_ms)
        await conn.insert(
            "INSERT INTO handover_event (tenant, conversation_id, action, at_ms) VALUES (1, 1, 'called', ?)", at_ms
        )


async def test_only_old_rows_that_nobody_waits_for_leave_the_queues(database: Database) -> None:
    await database.transaction(queues)
    gone = await retention.forget_old(database, ALL, NOW)
    expected = {"inbox": 1, "timers": 2, "outbox": 2, "questions": 1, "handovers": 1}
    assert {key: gone[key] for key in expected} == expected
    assert await column(database, "SELECT state FROM inbox ORDER BY id") == [0, 2, 0, 1, 2]
    assert await column(database, "SELECT state FROM timer ORDER BY id") == [0, 0, 1, 2]
    assert await column(database, "SELECT state FROM outbox ORDER BY id") == [0, 2, 0, 1, 2, 3]


async def test_old_messages_of_unknown_fate_go_once_it_is_decided(database: Database) -> None:
    async def work(conn: Connection) -> None:
        for due_ms, created_ms in ((0, OLD), (OLD, OLD), (0, YOUNG)):
            await conn.insert(
                "INSERT INTO outbox (tenant, channel, conversation, key, body, priority, due_ms, created_ms, state)"
                " VALUES (1, 'web', 'a', ?, '', 1, ?, ?, 4)",
                f"{due_ms} {created_ms}",
                due_ms,
                created_ms,
            )

    await database.transaction(work)
    assert (await retention.forget_old(database, ALL, NOW))["outbox"] == 1
    assert await column(database, "SELECT key FROM outbox ORDER BY id") == [f"{OLD} {OLD}", f"0 {YOUNG}"]


async def test_a_phone_that_was_in_use_goes_at_the_next_time(database: Database) -> None:
    async def work(conn: Connection) -> None:
        row = await conversation(conn, "+79031234567", OLD)
        await conn.execute("UPDATE conversation SET waiting_ms = 1 WHERE id = ?", row["id"])

    await database.transaction(work)
    for address in ("+79031234567", "forgotten-1", "forgotten-1"):
        await retention.forget_old(database, ALL, NOW)
        assert await column(database, "SELECT address FROM conversation") == [address]
        await database.transaction(lambda conn: conn.execute("UPDATE conversation SET waiting_ms = 0"))
    assert (await retention.forget_old(database, ALL, NOW))["residents"] == 0


async def test_a_dry_run_counts_the_same_and_changes_nothing(database: Database) -> None:
    await database.transaction(queues)
    told = await retention.forget_old(database, ALL, NOW, dry_run=True)
    assert len(await column(database, "SELECT id FROM outbox")) == 8
    assert await retention.forget_old(database, ALL, NOW) == told
    assert sum(told.values()) == 7


async def test_nothing_goes_where_the_setting_is_for_ever(database: Database) -> None:
    await database.transaction(queues)
    assert await retention.forget_old(database, dict.fromkeys(ALL, 0), NOW) == {}
    assert len(await column(database, "SELECT id FROM inbox")) == 6


async def test_many_rows_go_in_slices_on_two_nodes_at_once(database: Database, database_url: str) -> None:
    count = 2 * retention.SLICE_ROWS + 1

    async def work(conn: Connection) -> None:
        row = await conversation(conn, "a", NOW)
        await conn.many(
            "INSERT INTO message (tenant, conversation_id, author, text, at_ms) VALUES (1, ?, 'bot', 'x', ?)",
            [(row["id"], OLD)] * count + [(row["id"], YOUNG)],
        )

    await database.transaction(work)
    other = await open_database(database_url) if database.dialect == "postgres" else database
    try:
        found = await asyncio.gather(*(retention.forget_old(node, ALL, NOW) for node in (database, other)))
    finally:
        if other is not database:
            await other.close()
    assert sum(gone["transcripts"] for gone in found) == count
    assert await column(database, "SELECT count(*) FROM message") == [1]


async def test_the_walk_ends_where_the_young_rows_begin(database: Database) -> None:
    async def work(conn: Connection) -> None:
        row = await conversation(conn, "a", NOW)
        await conn.many(
            "INSERT INTO message (tenant, conversation_id, author, text, at_ms) VALUES (1, ?, 'bot', 'x', ?)",
            [(row["id"], YOUNG)] * (3 * retention.SLICE_ROWS),
        )

    await database.transaction(work)
    rule = next(rule for rule in retention.RULES if rule.key == "transcripts")
    assert await database.transaction(lambda conn: retention._slice(conn, rule, OLD, 0, dry_run=True)) == (0, 0)


async def test_photos_of_a_resident_who_is_forgotten_leave_the_store(database: Database) -> None:
    async def work(conn: Connection) -> None:
        row, other = await conversation(conn, "a", NOW), await conversation(conn, "b", NOW)
        for name in ("said", "of an open ticket", "of a closed one", "about to be sent", "unknown", "sent or not"):
            await photo(conn, name, YOUNG)
            await line(conn, row, "", YOUNG, file=name)
        await photo(conn, "somebody else's", YOUNG)
        await line(conn, other, "", YOUNG, file="somebody else's")
        for status, name in (("assigned", "of an open ticket"), ("closed", "of a closed one")):
            number = await ticket(conn, row, status, status, YOUNG)
            await conn.insert(
                "INSERT INTO ticket_file (tenant, ticket_id, file, at_ms) VALUES (1, ?, ?, 1)", number, name
            )
        for name, state, due_ms in (("about to be sent", 0, 1), ("unknown", 4, 1), ("sent or not", 4, 0)):
            await conn.insert(
                "INSERT INTO outbox (tenant, channel, conversation, key, body, priority, created_ms, state, due_ms)"
                " VALUES (1, 'web', 'a', ?, ?, 1, 1, ?, ?)",
                name,
                json.dumps({"text": "", "file": name}),
                state,
                due_ms,
            )
        await erasure.forget_resident(conn, row["resident_id"], NOW)

    await database.transaction(work)
    names = "SELECT name FROM attachment ORDER BY id"
    assert await column(database, names) == ["of an open ticket", "about to be sent", "unknown", "somebody else's"]
    await database.transaction(lambda conn: conn.execute("UPDATE ticket SET status = 'closed'"))
    assert await database.transaction(erasure.forget_finished) == 1
    assert await column(database, names) == ["about to be sent", "unknown", "somebody else's"]


async def test_unknown_and_no_names_are_passed_by(database: Database) -> None:
    await database.transaction(lambda conn: photo(conn, "kept", YOUNG))
    await database.transaction(lambda conn: attachments.forget(conn, []))
    await database.transaction(lambda conn: attachments.forget(conn, ["unknown"] * 1200))
    assert await column(database, "SELECT name FROM attachment") == ["kept"]
