"""Handover over a real database: who has a conversation, and what the dialog and the resident get of it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from models.database.connection import Connection
from models.database.database import Database
from operators.handover import queue as handover_queue
from operators.handover import service as handover
from operators.types import AlreadyClaimed, Dispatcher, HandoverError, NotClaimed

NOW = 1_790_000_000_000
MINUTE = 60_000
IRINA = Dispatcher(id=1, name="Ирина")
OLEG = Dispatcher(id=2, name="Олег")
LEADER = Dispatcher(id=3, name="Старшая", role="manager")


async def rows(database: Database, sql: str, *args: object) -> list[dict[str, Any]]:
    return await database.transaction(lambda conn: conn.fetch(sql, *args))


async def call(database: Database, conversation: dict[str, Any], *, urgent: bool = False, now_ms: int = NOW) -> None:
    await database.transaction(
        lambda conn: handover_queue.call(
            conn, conversation_id=conversation["id"], reason="asked", urgent=urgent, now_ms=now_ms
        )
    )


async def claim(
    database: Database, conversation: dict[str, Any], user: Dispatcher, now_ms: int = NOW
) -> dict[str, Any]:
    return await database.transaction(
        lambda conn: handover.claim(conn, conversation_id=conversation["id"], user=user, now_ms=now_ms)
    )


async def state(database: Database, conversation: dict[str, Any]) -> dict[str, Any]:
    return await database.transaction(lambda conn: handover.conversation(conn, conversation["id"]))


async def test_a_called_conversation_waits_and_a_second_call_keeps_its_place(
    database: Database, conversation: dict[str, Any]
) -> None:
    await call(database, conversation)
    await call(database, conversation, now_ms=NOW + MINUTE)
    after = await state(database, conversation)
    assert (after["waiting_ms"], after["wait_reason"], after["urgent"]) == (NOW, "asked", 0)


async def test_an_urgent_call_marks_a_waiting_conversation(database: Database, conversation: dict[str, Any]) -> None:
    await call(database, conversation)
    await call(database, conversation, urgent=True)
    assert (await state(database, conversation))["urgent"] == 1


async def test_a_call_of_a_claimed_conversation_does_not_queue_it_again(
    database: Database, conversation: dict[str, Any]
) -> None:
    await claim(database, conversation, IRINA)
    await call(database, conversation)
    assert (await state(database, conversation))["waiting_ms"] == 0


async def test_of_two_claims_at_once_exactly_one_wins_and_the_other_sees_who(
    database: Database, conversation: dict[str, Any]
) -> None:
    await call(database, conversation)
    outcomes = await asyncio.gather(
        claim(database, conversation, IRINA), claim(database, conversation, OLEG), return_exceptions=True
    )
    lost = [outcome for outcome in outcomes if isinstance(outcome, AlreadyClaimed)]
    assert len(lost) == 1
    holder = (await state(database, conversation))["claimed_by"]
    assert lost[0].name == {1: "Ирина", 2: "Олег"}[holder]


async def test_a_claim_tells_the_dialog_once(database: Database, conversation: dict[str, Any]) -> None:
    await call(database, conversation)
    await claim(database, conversation, IRINA, NOW + MINUTE)
    await claim(database, conversation, IRINA, NOW + 2 * MINUTE)
    events = await rows(database, "SELECT action, actor_name, details FROM handover_event ORDER BY id")
    assert [event["action"] for event in events] == ["handover.called", "handover.claimed"]
    assert json.loads(events[1]["details"]) == {"waited_ms": MINUTE}
    told = await rows(database, "SELECT channel, conversation, key, body FROM inbox")
    assert [json.loads(row["body"]) for row in told] == [
        {"kind": "handover", "claimed": True, "dispatcher_name": "Ирина"}
    ]
    assert (told[0]["channel"], told[0]["conversation"], told[0]["key"]) == ("web", "w1", "handover:2")


async def test_a_reply_is_in_the_transcript_and_in_the_outbox(database: Database, conversation: dict[str, Any]) -> None:
    await claim(database, conversation, IRINA)
    await database.transaction(
        lambda conn: handover.reply(
            conn, conversation_id=conversation["id"], user=IRINA, text=" Мастер выехал. ", file="f" * 32, now_ms=NOW
        )
    )
    lines = await rows(database, "SELECT author, author_id, author_name, text, file FROM message")
    assert lines == [
        {"author": "dispatcher", "author_id": 1, "author_name": "Ирина", "text": "Мастер выехал.", "file": "f" * 32}
    ]
    letters = await rows(database, "SELECT channel, conversation, priority, due_ms, body FROM outbox")
    assert [(row["channel"], row["conversation"], row["priority"], row["due_ms"]) for row in letters] == [
        ("web", "w1", 0, NOW)
    ]
    assert json.loads(letters[0]["body"]) == {"text": "Мастер выехал.", "buttons": [], "file": "f" * 32}


@pytest.mark.parametrize("user", [OLEG, LEADER])
async def test_nobody_else_may_reply(database: Database, conversation: dict[str, Any], user: Dispatcher) -> None:
    await claim(database, conversation, IRINA)
    with pytest.raises(NotClaimed):
        await database.transaction(
            lambda conn: handover.reply(conn, conversation_id=conversation["id"], user=user, text="Я тоже", now_ms=NOW)
        )
    assert await rows(database, "SELECT id FROM outbox") == []


@pytest.mark.parametrize("text", ["  ", "я" * 3501])
async def test_an_empty_or_endless_reply_is_refused(
    database: Database, conversation: dict[str, Any], text: str
) -> None:
    await claim(database, conversation, IRINA)
    with pytest.raises(HandoverError):
        await database.transaction(
            lambda conn: handover.reply(conn, conversation_id=conversation["id"], user=IRINA, text=text, now_ms=NOW)
        )


async def test_release_gives_the_conversation_back_and_tells_the_dialog(
    database: Database, conversation: dict[str, Any]
) -> None:
    await call(database, conversation, urgent=True)
    await claim(database, conversation, IRINA)
    await database.transaction(
        lambda conn: handover.release(conn, conversation_id=conversation["id"], user=IRINA, now_ms=NOW)
    )
    after = await state(database, conversation)
    assert (after["claimed_by"], after["urgent"], after["wait_reason"]) == (0, 0, "")
    told = await rows(database, "SELECT body FROM inbox ORDER BY id")
    assert json.loads(told[-1]["body"])["claimed"] is False


async def test_only_the_holder_or_a_manager_releases(database: Database, conversation: dict[str, Any]) -> None:
    await claim(database, conversation, IRINA)
    with pytest.raises(NotClaimed):
        await database.transaction(
            lambda conn: handover.release(conn, conversation_id=conversation["id"], user=OLEG, now_ms=NOW)
        )
    await database.transaction(
        lambda conn: handover.release(conn, conversation_id=conversation["id"], user=LEADER, now_ms=NOW)
    )
    assert (await state(database, conversation))["claimed_by"] == 0


async def test_a_wait_of_ten_minutes_is_alerted_once(database: Database, conversation: dict[str, Any]) -> None:
    await call(database, conversation)

    async def sweep(conn: Connection, now_ms: int) -> int:
        return await handover_queue.alert_overdue(conn, now_ms)

    counts = [
        await database.transaction(lambda conn, at=at: sweep(conn, at))  # type: ignore[misc]  # lambda default
        for at in (NOW + 10 * MINUTE - 1, NOW + 10 * MINUTE, NOW + 11 * MINUTE)
    ]
    assert counts == [0, 1, 0]
    events = await rows(database, "SELECT action FROM handover_event ORDER BY id")
    assert [event["action"] for event in events] == ["handover.called", "handover.alerted"]


async def test_a_claimed_conversation_is_not_alerted(database: Database, conversation: dict[str, Any]) -> None:
    await call(database, conversation)
    await claim(database, conversation, IRINA)
    assert await database.transaction(lambda conn: handover_queue.alert_overdue(conn, NOW + 20 * MINUTE)) == 0
