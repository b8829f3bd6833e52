"""What one channel refuses comes through the resident's next one, once, in the form that channel can carry."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.delivery.fallback import Rerouting, bodies_for
from channels.contract import Capabilities
from models.database.connection import Connection
from models.database.database import Database
from models.queues import fallback, outbox
from models.residents.conversations import add_message, create, queue_message, set_reachable
from models.rows.outbox_bodies import decode
from models.rows.states import OutboxState

DAY_MS = 86_400_000
NOW = 10 * DAY_MS
LIMITS = Capabilities(text_length=4000, buttons=10, per_second=1, per_conversation_second=1)
CHANNELS = {
    "telegram": LIMITS,
    "max": LIMITS,
    "mail": replace(LIMITS, buttons=0),
    "web": LIMITS,
}
BODY = {"text": "Мастер едет", "buttons": [[["Карточка", "ticket:1"]]], "answers": "x", "edits": "5", "ticket": "26-1"}


async def resident(conn: Connection, *channels: str, ages: tuple[int, ...] = ()) -> dict[str, dict[str, Any]]:
    """One resident with a conversation in each channel; the first is the latest used, unless `ages` (ms) say else."""
    rows = await create(conn, [(channel, f"{channel}-1") for channel in channels], NOW)
    for number, row in enumerate(rows):
        age = ages[number] if ages else number
        await conn.execute(
            "UPDATE conversation SET resident_id = ?, last_ms = ? WHERE id = ?",
            rows[0]["resident_id"],
            NOW - age,
            row["id"],
        )
        if row["channel"] == "web":  # whose page is open counts by the resident's own last word
            await add_message(conn, conversation_id=row["id"], author="resident", text="…", at_ms=NOW - age)
    return {row["channel"]: row for row in await conn.fetch("SELECT * FROM conversation")}


async def queue(conn: Connection, conversation: dict[str, Any], key: str = "i1.0", priority: int = 3) -> outbox.DueRow:
    await queue_message(
        conn,
        channel=conversation["channel"],
        address=conversation["address"],
        key=key,
        body=json.dumps(BODY),
        priority=priority,
        due_ms=NOW,
        now_ms=NOW,
    )
    return (await outbox.due(conn, conversation["channel"], NOW, 10))[0]


async def elsewhere(conn: Connection) -> list[tuple[str, str]]:
    rows = await conn.fetch("SELECT channel, key FROM outbox WHERE key LIKE '%>%' ORDER BY id")
    return [(row["channel"], row["key"]) for row in rows]


@pytest.mark.parametrize(
    ("channels", "ages", "target"),
    [
        (("telegram", "max", "mail"), (), "max"),
        (("telegram", "mail", "max"), (), "mail"),
        (("telegram", "web"), (0, DAY_MS - 1), "web"),
        (("telegram", "web", "max"), (0, DAY_MS, 5 * DAY_MS), "max"),  # the page was closed long ago
        (("telegram", "sms"), (), ""),  # not switched on here
        (("telegram",), (), ""),
    ],
)
async def test_the_latest_conversation_that_reaches_somebody_is_next(
    database: Database, channels: tuple[str, ...], ages: tuple[int, ...], target: str
) -> None:
    async def work(conn: Connection) -> None:
        talks = await resident(conn, *channels, ages=ages)
        row = await queue(conn, talks["telegram"])
        rung = await Rerouting(CHANNELS).move(conn, "telegram", [(row, "blocked_by_resident")], NOW)
        assert bool(rung) == bool(target)
        assert await elsewhere(conn) == ([(target, f"i1.0>{talks[target]['id']}")] if target else [])

    await database.transaction(work)


async def test_a_moved_message_has_its_line_and_a_note_for_dispatchers_and_goes_once(database: Database) -> None:
    async def work(conn: Connection) -> None:
        talks = await resident(conn, "telegram", "max")
        row = await queue(conn, talks["telegram"])
        router = Rerouting(CHANNELS)
        rung = await router.move(conn, "telegram", [(row, "not_found")], NOW)
        assert f"conversation:max:{talks['max']['address']}" in rung[row.id]
        assert await router.move(conn, "telegram", [(row, "not_found")], NOW) == {}
        lines = await conn.fetch("SELECT conversation_id, author, text FROM message")
        assert lines == [{"conversation_id": talks["max"]["id"], "author": "bot", "text": "Мастер едет"}]
        notes = await conn.fetch("SELECT conversation_id, details FROM handover_event")
        assert [(note["conversation_id"], json.loads(note["details"])) for note in notes] == [
            (talks["telegram"]["id"], {"from": "telegram", "to": "max", "reason": "not_found"})
        ]
        moved = await conn.fetch("SELECT body, priority FROM outbox WHERE channel = 'max'")
        assert moved[0]["priority"] == 3
        assert {"answers", "edits"}.isdisjoint(json.loads(moved[0]["body"]))

    await database.transaction(work)


async def test_a_message_goes_on_to_a_third_channel_but_never_back(database: Database) -> None:
    async def work(conn: Connection) -> None:
        talks = await resident(conn, "telegram", "max", "mail")
        router = Rerouting(CHANNELS)
        for channel, ends in (("telegram", False), ("max", False), ("mail", True)):
            row = (await outbox.due(conn, channel, NOW, 1) or [await queue(conn, talks[channel])])[0]
            await set_reachable(conn, talks[channel]["id"], reachable=False)
            assert (await router.move(conn, channel, [(row, "blocked_by_resident")], NOW) == {}) is ends
        assert [channel for channel, _ in await elsewhere(conn)] == ["max", "mail"]

    await database.transaction(work)


async def test_a_push_to_somebody_known_to_be_away_is_not_even_tried(database: Database) -> None:
    async def work(conn: Connection) -> None:
        talks = await resident(conn, "telegram", "max")
        await set_reachable(conn, talks["telegram"]["id"], reachable=False)
        push = await queue(conn, talks["telegram"])
        assert (await Rerouting(CHANNELS).divert(conn, "telegram", [push], NOW))[0] == []
        assert (await conn.fetch("SELECT state, error FROM outbox WHERE id = ?", push.id)) == [
            {"state": OutboxState.DEAD_SEEN, "error": "blocked_by_resident"}
        ]
        reply = await queue(conn, talks["telegram"], key="i2.0", priority=1)
        assert (await Rerouting(CHANNELS).divert(conn, "telegram", [reply], NOW))[0] == [reply]

    await database.transaction(work)


async def test_an_announcement_that_comes_there_anyway_is_not_said_twice(database: Database) -> None:
    async def work(conn: Connection) -> None:
        talks = await resident(conn, "telegram", "max")
        row = await queue(conn, talks["telegram"], key=f"b1:{talks['telegram']['id']}", priority=9)
        await queue(conn, talks["max"], key=f"b1:{talks['max']['id']}", priority=9)
        assert await Rerouting(CHANNELS).move(conn, "telegram", [(row, "blocked_by_resident")], NOW)
        assert await elsewhere(conn) == []

    await database.transaction(work)


async def test_a_dispatchers_words_stay_theirs(database: Database) -> None:
    async def work(conn: Connection) -> None:
        talks = await resident(conn, "telegram", "max")
        line = await add_message(
            conn,
            conversation_id=talks["telegram"]["id"],
            author="dispatcher",
            author_id=3,
            author_name="Ирина",
            text="Мастер едет",
            at_ms=NOW,
        )
        row = await queue(conn, talks["telegram"], key=f"d{line}", priority=0)
        await Rerouting(CHANNELS).move(conn, "telegram", [(row, "blocked_by_resident")], NOW)
        said = await conn.fetch("SELECT author, author_name FROM message WHERE conversation_id = ?", talks["max"]["id"])
        assert said == [{"author": "dispatcher", "author_name": "Ирина"}]

    await database.transaction(work)


async def test_the_chosen_conversation_wins_when_there_is_such_a_choice(database: Database) -> None:
    async def work(conn: Connection) -> None:
        talks = await resident(conn, "telegram", "mail", "max")
        if not await has_choice(conn):
            await conn.execute("ALTER TABLE resident ADD COLUMN push_conversation_id BIGINT NOT NULL DEFAULT 0")
        await conn.execute("UPDATE resident SET push_conversation_id = ?", talks["max"]["id"])
        found = await fallback.next_conversation(
            conn, "telegram", talks["telegram"]["address"], {"mail": 0, "max": 0}, NOW
        )
        assert found
        assert found.channel == "max"

    await database.transaction(work)


async def has_choice(conn: Connection) -> bool:
    row = await conn.fetch_one("SELECT * FROM resident LIMIT 1")
    return row is not None and "push_conversation_id" in row


def test_a_channel_without_buttons_gets_a_list_and_long_texts_come_in_parts() -> None:
    body = decode(json.dumps(BODY))
    (mail,) = bodies_for(body, CHANNELS["mail"], "<1@uk>")
    assert mail.text == "Мастер едет\n\n1. Карточка"
    assert mail.thread == "<1@uk>"
    first, last = bodies_for(replace(body, ask="contact"), replace(LIMITS, text_length=7), "")
    assert (first.text, first.buttons) == ("Мастер", ())
    assert (last.text, last.buttons, last.ask) == ("едет", body.buttons, "")
