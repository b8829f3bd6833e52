"""Where news go: the chosen conversation, the ticket's own, the next one that works."""

from __future__ import annotations

import json
from typing import Any

from models.database.connection import TENANT, Connection
from models.database.database import Database
from models.queues import timers
from models.residents import conversations, merging, reachability
from tests.support.conversations import get_or_create
from tickets import service
from tickets.lifecycle.types import Actor
from tickets.service import NewTicket

NOW = 1_790_000_000_000
DAY = 86_400_000
IRINA = Actor(kind="dispatcher", id=1, name="Ирина")


async def anna(conn: Connection, *channels: str) -> tuple[dict[str, int], int]:
    """One resident with a conversation in each channel, the first one the oldest; a word in the web chat just now."""
    talks = {}
    for number, channel in enumerate(channels):
        row = await get_or_create(
            conn, tenant=TENANT, channel=channel, address=f"anna-{channel}", now_ms=NOW - 1000 + number
        )
        talks[channel] = row["id"]
    if "web" in talks:
        await conversations.add_message(conn, conversation_id=talks["web"], author="resident", text="!", at_ms=NOW - 9)
    resident = await merging.owner_of(conn, talks[channels[0]])
    for channel in channels[1:]:
        other = await merging.owner_of(conn, talks[channel])
        resident = (await merging.merge(conn, resident, other, reason="code", now_ms=NOW)).kept_id
    return talks, resident


async def target(conn: Connection, conversation: int, resident: int, now_ms: int = NOW) -> str:
    found = await reachability.targets(conn, [(conversation, resident)], now_ms)
    return found[conversation, resident].channel


async def test_news_go_to_the_ticket_s_own_conversation_unless_another_was_chosen(database: Database) -> None:
    async def work(conn: Connection) -> None:
        talks, resident = await anna(conn, "telegram", "max", "web")
        assert await target(conn, talks["telegram"], resident) == "telegram"
        assert await merging.choose_push(conn, resident, talks["max"])
        assert await target(conn, talks["telegram"], resident) == "max"
        assert await merging.choose_push(conn, resident, 0)
        assert await target(conn, talks["telegram"], resident) == "telegram"

    await database.transaction(work)


async def test_a_conversation_of_somebody_else_cannot_be_chosen(database: Database) -> None:
    async def work(conn: Connection) -> None:
        _, resident = await anna(conn, "telegram", "max")
        stranger = await get_or_create(conn, tenant=TENANT, channel="vk", address="other", now_ms=NOW)
        assert not await merging.choose_push(conn, resident, stranger["id"])
        assert not await merging.choose_push(conn, resident, 999)

    await database.transaction(work)


async def test_who_blocked_the_chosen_channel_is_told_in_the_next_that_works(database: Database) -> None:
    async def work(conn: Connection) -> None:
        talks, resident = await anna(conn, "telegram", "max", "vk")
        await merging.choose_push(conn, resident, talks["max"])
        for channel, then in (("max", "telegram"), ("telegram", "vk"), ("vk", "telegram")):
            await conversations.set_reachable(conn, talks[channel], False)
            assert await target(conn, talks["telegram"], resident) == then  # at last where it was opened

    await database.transaction(work)


async def test_a_web_chat_left_a_day_ago_is_not_reached_whatever_we_wrote_there(database: Database) -> None:
    async def work(conn: Connection) -> None:
        talks, resident = await anna(conn, "web", "telegram")
        assert await target(conn, talks["web"], resident) == "web"
        later = NOW + DAY
        await conversations.add_message(conn, conversation_id=talks["web"], author="bot", text="!", at_ms=later - 5)
        await conn.execute("UPDATE conversation SET last_ms = ?", later - 5)
        assert await target(conn, talks["web"], resident, later) == "telegram"
        await conversations.set_reachable(conn, talks["telegram"], False)
        assert await target(conn, talks["web"], resident, later) == "web"

    await database.transaction(work)


async def test_nobody_and_nowhere_are_no_error(database: Database) -> None:
    async def work(conn: Connection) -> None:
        talks, _ = await anna(conn, "telegram")
        found = await reachability.targets(conn, [(0, 0), (999, 999), (talks["telegram"], 0)], NOW)
        assert list(found) == [(talks["telegram"], 0)]
        assert await reachability.targets(conn, [], NOW) == {}

    await database.transaction(work)


async def test_an_undone_merge_takes_the_choice_back(database: Database) -> None:
    async def work(conn: Connection) -> None:
        talks, resident = await anna(conn, "telegram", "max")
        merge = await conn.fetch_one("SELECT id, merged_id FROM identity_merge")
        assert merge
        await merging.choose_push(conn, resident, talks["max"])
        await merging.undo(conn, merge["id"], actor=merging.BY_PROOF, now_ms=NOW)
        assert await target(conn, talks["telegram"], resident) == "telegram"
        rows = await conn.fetch("SELECT push_conversation_id FROM resident")
        assert {row["push_conversation_id"] for row in rows} == {0}

    await database.transaction(work)


async def waiting(conn: Connection) -> list[dict[str, Any]]:
    return await conn.fetch("SELECT channel, body FROM inbox WHERE state = 0 ORDER BY id")


async def test_news_and_timers_of_a_ticket_go_where_they_are_wanted(database: Database) -> None:
    """A timer stays where it was set: it goes to what was chosen when it fires, and is cancelled as before."""

    async def work(conn: Connection) -> None:
        talks, resident = await anna(conn, "telegram", "max")
        order = NewTicket(
            problem="lift_stopped", source="telegram", conversation_id=talks["telegram"], resident_id=resident
        )
        ticket = (await service.open_ticket(conn, order, actor=IRINA, now_ms=NOW)).id
        await timers.set_timer(
            conn, channel="telegram", conversation="anna-telegram", kind="draft_close", due_ms=NOW + 1, token="1"
        )
        await merging.choose_push(conn, resident, talks["max"])
        await service.assign_ticket(conn, ticket, "Слесарь", actor=IRINA, now_ms=NOW)
        assert [(row["channel"], json.loads(row["body"])["kind"]) for row in await waiting(conn)] == [
            ("max", "ticket_changed")
        ]
        await timers.fire(conn, NOW + DAY)
        fired = [(row["channel"], json.loads(row["body"])["timer"]) for row in (await waiting(conn))[1:]]
        assert sorted(fired) == [("max", "ticket_term"), ("telegram", "draft_close")]
        await service.plan_visit(conn, ticket, NOW + DAY, actor=IRINA, now_ms=NOW)
        await service.plan_visit(conn, ticket, NOW + 2 * DAY, actor=IRINA, now_ms=NOW)
        left = await conn.fetch("SELECT channel FROM timer WHERE state = 0")
        assert left == [{"channel": "telegram"}]

    await database.transaction(work)
