"""Two residents become one and two again: what moves, what stays, who may, and several workers at once."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from models import erasure
from models.database.connection import TENANT, Connection
from models.database.database import Database, open_database
from models.queues import inbox, inbox_claim, turn_batch
from models.queues.inbox import InboxRow
from models.residents import conversations
from models.residents import merging as identity
from models.residents.merging import MergeError
from tests.support.conversations import get_or_create
from tickets import service
from tickets.lifecycle.types import Actor
from tickets.service import NewTicket

NOW = 1_790_000_000_000
IRINA = Actor(kind="dispatcher", id=1, name="Ирина")
BOT = Actor(kind="bot", name="бот")
ANNA: dict[str, Any] = {
    "name": "Анна",
    "phone": "+79031234567",
    "phone_verified_ms": 5,
    "house_id": 3,
    "apartment": "17",
}


@dataclass
class Town:
    """Conversations of one transaction, by name; everybody begins as a resident of their own."""

    conn: Connection
    talks: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def arrives(self, address: str, /, channel: str = "telegram", **known: object) -> int:
        row = await get_or_create(
            self.conn, tenant=TENANT, channel=channel, address=address, now_ms=NOW + len(self.talks)
        )
        self.talks[address] = row
        for column, value in known.items():
            await self.conn.execute(f"UPDATE resident SET {column} = ? WHERE id = ?", value, row["resident_id"])  # noqa: S608
        return int(row["resident_id"])

    async def opens(self, name: str) -> int:
        conversation = await get_or_create(
            self.conn, tenant=TENANT, channel=self.talks[name]["channel"], address=name, now_ms=NOW
        )
        order = NewTicket(
            problem="lift_stopped",
            source=conversation["channel"],
            conversation_id=conversation["id"],
            resident_id=conversation["resident_id"],
            name=name,
            phone="+79000000000",
            text="лифт",
        )
        return (await service.open_ticket(self.conn, order, actor=BOT, now_ms=NOW)).id

    async def joins(self, name: str, ticket: int) -> None:
        conversation = self.talks[name]
        await self.conn.execute(
            "INSERT INTO ticket_follower (tenant, ticket_id, conversation_id, resident_id, at_ms)"
            " VALUES (1, ?, ?, ?, 1)",
            ticket,
            conversation["id"],
            await identity.owner_of(self.conn, conversation["id"]),
        )

    async def merges(self, first: str, second: str, reason: str = "code") -> identity.Merge:
        pair = [await identity.owner_of(self.conn, self.talks[name]["id"]) for name in (first, second)]
        return await identity.merge(self.conn, *pair, reason=reason, now_ms=NOW)

    async def resident(self, resident_id: int) -> dict[str, Any]:
        return (await self.conn.fetch("SELECT * FROM resident WHERE id = ?", resident_id))[0]

    async def owners(self) -> dict[str, int]:
        rows = await self.conn.fetch("SELECT address, resident_id FROM conversation ORDER BY id")
        return {row["address"]: row["resident_id"] for row in rows}

    async def news(self, name: str) -> list[dict[str, Any]]:
        rows = await self.conn.fetch("SELECT body FROM inbox WHERE conversation = ? ORDER BY id", name)
        return [json.loads(row["body"]) for row in rows]


async def test_everything_moves_and_only_gaps_are_filled(database: Database) -> None:
    async def work(conn: Connection) -> None:
        town = Town(conn)
        anna = await town.arrives("anna", **ANNA)
        other = await town.arrives("anya", channel="web", name="Аня", notified_ms=9, notice_version="v")
        ticket, hers = await town.opens("anya"), await town.opens("anna")
        merge = await town.merges("anya", "anna")
        assert (merge.kept_id, merge.merged_id) == (anna, other)
        assert await town.owners() == {"anna": anna, "anya": anna}
        kept = await town.resident(anna)
        assert {name: kept[name] for name in ANNA} == ANNA
        assert (kept["notified_ms"], kept["notice_version"], kept["several"]) == (9, "v", 1)
        seen = (await service.views_of_residents(conn, [anna, other], NOW))[anna]
        assert [view.id for view in seen] == [hers, ticket]
        row = await conn.fetch_one("SELECT * FROM identity_merge")
        assert row
        assert (row["reason"], row["at_ms"], row["undone_ms"], row["actor_id"]) == ("code", NOW, 0, 0)
        assert json.loads(row["moved"])["fields"] == ["notice_version", "notified_ms"]
        assert "Ан" not in row["moved"]

    await database.transaction(work)


async def test_an_undone_merge_leaves_both_as_they_were(database: Database) -> None:
    async def work(conn: Connection) -> None:
        town = Town(conn)
        anna = await town.arrives("anna", **ANNA)
        other = await town.arrives("anya", channel="web", notified_ms=9, notice_version="v")
        await town.opens("anya")
        before = [await town.resident(one) for one in (anna, other)]
        merge = await town.merges("anna", "anya")
        await town.opens("anya")  # begun meanwhile: it is of who writes there
        mine = await town.opens("anna")
        await identity.undo(conn, merge.id, actor=IRINA, now_ms=NOW + 1)
        assert [await town.resident(one) for one in (anna, other)] == before
        assert await town.owners() == {"anna": anna, "anya": other}
        seen = await service.views_of_residents(conn, [anna, other], NOW)
        assert [view.id for view in seen[anna]] == [mine]
        assert len(seen[other]) == 2
        row = await conn.fetch_one("SELECT undone_ms, undone_by FROM identity_merge")
        assert row == {"undone_ms": NOW + 1, "undone_by": "Ирина"}
        with pytest.raises(MergeError) as raised:
            await identity.undo(conn, merge.id, actor=IRINA, now_ms=NOW + 2)
        assert raised.value.code == "undone"

    await database.transaction(work)


async def test_what_was_changed_after_a_merge_stays_when_it_is_undone(database: Database) -> None:
    async def work(conn: Connection) -> None:
        town = Town(conn)
        first = await town.arrives("a", house_id=3, apartment="1", notified_ms=4)
        await town.arrives("b", name="Борис", phone="+7901", phone_verified_ms=3)
        merge = await town.merges("a", "b")
        await conn.execute("UPDATE resident SET name = 'Анна' WHERE id = ?", first)
        await identity.undo(conn, merge.id, actor=IRINA, now_ms=NOW)
        row = await town.resident(first)
        assert (row["name"], row["phone"], row["phone_verified_ms"], row["apartment"]) == ("Анна", "", 0, "1")

    await database.transaction(work)


async def test_of_three_the_middle_merge_can_be_undone_first(database: Database) -> None:
    async def work(conn: Connection) -> None:
        town = Town(conn)
        b, a, c = await town.arrives("b"), await town.arrives("a", name="А"), await town.arrives("c", **ANNA)
        first = await town.merges("a", "b")
        second = await town.merges("b", "c")  # b's owner is a by now
        assert await town.owners() == {"b": c, "a": c, "c": c}
        assert (second.kept_id, second.merged_id) == (c, a)
        await identity.undo(conn, first.id, actor=IRINA, now_ms=NOW)
        assert await town.owners() == {"b": b, "a": c, "c": c}
        await identity.undo(conn, second.id, actor=IRINA, now_ms=NOW)
        assert await town.owners() == {"b": b, "a": a, "c": c}
        assert [(await town.resident(one))["several"] for one in (a, b, c)] == [0, 0, 0]

    await database.transaction(work)


async def test_a_merge_with_oneself_or_with_nobody_is_refused(database: Database) -> None:
    async def work(conn: Connection) -> None:
        town = Town(conn)
        anna = await town.arrives("anna")
        await town.arrives("anya")
        merge = await town.merges("anna", "anya")
        for pair, code in (
            ((anna, anna), "same"),
            ((merge.kept_id, merge.merged_id), "same"),
            ((anna, 999), "unknown"),
        ):
            with pytest.raises(MergeError) as raised:
                await identity.merge(conn, *pair, reason="code", now_ms=NOW)
            assert raised.value.code == code
        assert len(await conn.fetch("SELECT id FROM identity_merge")) == 1
        with pytest.raises(MergeError):
            await identity.undo(conn, 999, actor=IRINA, now_ms=NOW)

    await database.transaction(work)


async def test_two_whom_dispatchers_have_stay_with_them(database: Database) -> None:
    async def work(conn: Connection) -> None:
        town = Town(conn)
        for number, name in enumerate(("anna", "anya"), 1):
            await town.arrives(name)
            await conn.execute("UPDATE conversation SET claimed_by = ? WHERE address = ?", number, name)
        merge = await town.merges("anna", "anya")
        claimed = "SELECT claimed_by FROM conversation ORDER BY id"
        assert await conn.fetch(claimed) == [{"claimed_by": 1}, {"claimed_by": 2}]
        await identity.undo(conn, merge.id, actor=IRINA, now_ms=NOW)
        assert await conn.fetch(claimed) == [{"claimed_by": 1}, {"claimed_by": 2}]

    await database.transaction(work)


# --- phones --------------------------------------------------------------------------------------------------------


async def test_only_phones_that_both_channels_vouch_for_are_the_same(database: Database) -> None:
    async def work(conn: Connection) -> None:
        town = Town(conn)
        anna = await town.arrives("anna", phone="+7903", phone_verified_ms=1)
        await town.arrives("typed", phone="+7903")
        await town.arrives("nobody")
        assert await identity.with_same_phone(conn, anna) == []
        proven = await town.arrives("proven", phone="+7903", phone_verified_ms=2)
        assert await identity.with_same_phone(conn, anna) == [proven]
        await town.merges("anna", "proven", "contact")
        assert await identity.with_same_phone(conn, anna) == []

    await database.transaction(work)


async def test_a_phone_does_not_join_again_whom_a_dispatcher_separated(database: Database) -> None:
    async def work(conn: Connection) -> None:
        town = Town(conn)
        for name in ("anna", "anya"):
            await town.arrives(name, phone="+7903", phone_verified_ms=1)
        merge = await town.merges("anna", "anya", "contact")
        await identity.undo(conn, merge.id, actor=IRINA, now_ms=NOW)
        for pair in (("anna", "anya"), ("anya", "anna")):
            with pytest.raises(MergeError) as raised:
                await town.merges(*pair, "contact")
            assert raised.value.code == "separated"
        await town.merges("anna", "anya", "code")

    await database.transaction(work)


async def test_a_separation_outlives_a_later_merge(database: Database) -> None:
    async def work(conn: Connection) -> None:
        town = Town(conn)
        for name in ("anna", "anya"):
            await town.arrives(name, phone="+7903", phone_verified_ms=1)
        merge = await town.merges("anna", "anya", "contact")
        await identity.undo(conn, merge.id, actor=IRINA, now_ms=NOW)
        for name, other in (("new", "anna"), ("newer", "anya")):
            await town.arrives(name, **ANNA)
            await town.merges(other, name)
        for pair in (("new", "anya"), ("newer", "anna"), ("new", "newer")):
            with pytest.raises(MergeError) as raised:
                await town.merges(*pair, "contact")
            assert raised.value.code == "separated"
        await town.arrives("else", **ANNA)
        await town.merges("new", "else", "contact")

    await database.transaction(work)


@pytest.mark.parametrize("refused", ["anna", "anya"])
async def test_who_refused_announcements_in_one_channel_gets_them_in_none(database: Database, refused: str) -> None:
    async def work(conn: Connection) -> None:
        town = Town(conn)
        people = [await town.arrives("anna", **ANNA), await town.arrives("anya")]
        await conversations.want_announcements(conn, town.talks[refused]["resident_id"], False)
        before = [await town.resident(one) for one in people]
        merge = await town.merges("anna", "anya")
        assert (await town.resident(merge.kept_id))["announcements"] == 0
        await identity.undo(conn, merge.id, actor=IRINA, now_ms=NOW)
        assert [await town.resident(one) for one in people] == before

    await database.transaction(work)


# --- followers and timers ------------------------------------------------------------------------------------------


async def test_who_opened_and_follows_a_ticket_sees_it_and_hears_of_it_once(database: Database) -> None:
    async def work(conn: Connection) -> None:
        town = Town(conn)
        anna = await town.arrives("anna", **ANNA)
        for name in ("anya", "ann", "neighbour"):
            await town.arrives(name)
        ticket = await town.opens("anna")
        for name in ("anya", "ann", "neighbour"):
            await town.joins(name, ticket)
        merges = [await town.merges("anna", name) for name in ("anya", "ann")]
        views = (await service.views_of_residents(conn, [anna], NOW))[anna]
        assert [(view.id, view.joined) for view in views] == [(ticket, False)]
        await service.assign_ticket(conn, ticket, "Слесарь", actor=BOT, now_ms=NOW)
        assert [len(await town.news(name)) for name in ("anna", "anya", "ann", "neighbour")] == [1, 0, 0, 1]
        for merge in merges:
            await identity.undo(conn, merge.id, actor=IRINA, now_ms=NOW)
        await service.plan_visit(conn, ticket, NOW + 9_000_000, actor=BOT, now_ms=NOW)
        assert [len(await town.news(name)) for name in ("anna", "anya", "ann", "neighbour")] == [2, 1, 1, 2]

    await database.transaction(work)


# --- forgetting ----------------------------------------------------------------------------------------------------


async def test_a_merged_resident_is_forgotten_in_all_conversations(database: Database) -> None:
    async def work(conn: Connection) -> None:
        town = Town(conn)
        anna = await town.arrives("anna", **ANNA)
        merged = await town.arrives("anya", name="Аня", phone="+7901", phone_verified_ms=2)
        for name in ("anna", "anya"):
            await conversations.add_message(
                conn, conversation_id=town.talks[name]["id"], author="resident", text="Я", at_ms=NOW
            )
        merge = await town.merges("anna", "anya")
        await erasure.forget_resident(conn, anna, NOW)
        people = [await town.resident(one) for one in (anna, merged)]
        assert [(one["name"], one["phone"], one["phone_verified_ms"]) for one in people] == [("", "", 0)] * 2
        assert await conn.fetch("SELECT id FROM message") == []
        await identity.undo(conn, merge.id, actor=IRINA, now_ms=NOW)
        assert (await town.resident(merged))["name"] == ""

    await database.transaction(work)


async def test_who_waits_to_be_forgotten_is_not_merged(database: Database) -> None:
    async def work(conn: Connection) -> None:
        town = Town(conn)
        anna = await town.arrives("anna", **ANNA)
        await town.arrives("anya")
        ticket = await town.opens("anna")
        await erasure.forget_resident(conn, anna, NOW)
        with pytest.raises(MergeError) as raised:
            await town.merges("anna", "anya")
        assert raised.value.code == "forgetting"
        await conn.execute("UPDATE ticket SET status = 'closed' WHERE id = ?", ticket)
        await erasure.forget_finished(conn)
        later = await town.opens("anya")
        merge = await town.merges("anna", "anya")
        await conn.execute("UPDATE ticket SET status = 'closed' WHERE id = ?", later)
        assert await erasure.forget_finished(conn) == 0  # it is no ticket of before the wish
        await identity.undo(conn, merge.id, actor=IRINA, now_ms=NOW)
        assert {(await town.resident(one))["forgotten_ms"] for one in (merge.kept_id, merge.merged_id)} == {0, NOW}

    await database.transaction(work)


# --- several workers -----------------------------------------------------------------------------------------------


async def test_two_merges_at_once_end_as_one_after_the_other(database: Database) -> None:
    """Everybody merges with everybody, in both directions, at once: one resident is left."""
    names = [f"n{number}" for number in range(6)]

    async def arrive(conn: Connection) -> list[int]:
        town = Town(conn)
        return [await town.arrives(name) for name in names]

    people = await database.transaction(arrive)

    async def merge(first: int, second: int) -> str:
        try:
            await database.transaction(lambda conn: identity.merge(conn, first, second, reason="code", now_ms=NOW))
        except MergeError as error:
            return error.code
        return "merged"

    outcomes = await asyncio.gather(*(merge(a, b) for a in people for b in people if a != b))
    assert sorted(outcomes) == ["merged"] * 5 + ["same"] * 25
    owners = await database.transaction(lambda conn: Town(conn).owners())
    assert len(set(owners.values())) == 1


async def test_an_undo_pressed_by_two_dispatchers_is_done_once(database: Database) -> None:
    async def arrive(conn: Connection) -> identity.Merge:
        town = Town(conn)
        for name in ("a", "b"):
            await town.arrives(name)
        return await town.merges("a", "b")

    merge = await database.transaction(arrive)
    undo = [database.transaction(lambda conn: identity.undo(conn, merge.id, actor=IRINA, now_ms=NOW)) for _ in range(5)]
    outcomes = await asyncio.gather(*undo, return_exceptions=True)
    assert sorted(type(one).__name__ for one in outcomes) == ["Merge"] + ["MergeError"] * 4


async def test_a_merge_waits_for_the_turn_that_has_one_of_the_conversations(postgres_url: str) -> None:
    """A worker read the owner of "b" before the merge: its ticket must not go to the resident who is gone."""
    database = await open_database(postgres_url)
    try:
        await merge_during_a_turn(database)
    finally:
        await database.close()


async def merge_during_a_turn(database: Database) -> None:

    async def arrive(conn: Connection) -> list[int]:
        town = Town(conn)
        people = [await town.arrives(name) for name in ("a", "b")]
        await inbox.accept(
            conn, [InboxRow(tenant=1, channel="telegram", conversation="b", key="1", body="{}", at_ms=NOW)]
        )
        return people

    people = await database.transaction(arrive)
    read, go_on = asyncio.Event(), asyncio.Event()

    async def turn(conn: Connection) -> None:
        assert [row.conversation for row in await inbox_claim.claim(conn, 50)] == ["b"]
        conversation = (await turn_batch.conversations(conn, [("telegram", "b")], NOW))["telegram", "b"]
        read.set()
        await go_on.wait()
        order = NewTicket(
            problem="lift_stopped",
            source="telegram",
            conversation_id=conversation.id,
            resident_id=conversation.resident_id,
        )
        await service.open_ticket(conn, order, actor=BOT, now_ms=NOW)

    turning = asyncio.create_task(database.transaction(turn))
    await read.wait()
    merging = asyncio.create_task(
        database.transaction(lambda conn: identity.merge(conn, *people, reason="code", now_ms=NOW))
    )
    await until_somebody_waits(database)
    assert not merging.done()
    go_on.set()
    await turning
    merge = await merging
    owners = await database.transaction(lambda conn: conn.fetch("SELECT resident_id FROM ticket"))
    assert owners == [{"resident_id": merge.kept_id}]


async def until_somebody_waits(database: Database) -> None:
    async with asyncio.timeout(20):
        while not await database.transaction(
            lambda conn: conn.fetch(
                "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
        ):
            continue
