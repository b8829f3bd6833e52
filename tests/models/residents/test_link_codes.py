"""Codes that link two channels: once, for a while, for nobody who guesses."""

from __future__ import annotations

import asyncio

import pytest

from models.database.connection import TENANT, Connection
from models.database.database import Database
from models.residents import link_codes, merging
from models.residents.link_codes import HOUR_MS, LIVES_MS, MOST_TRIES
from tests.support.conversations import get_or_create

NOW = 1_790_000_000_000


async def conversation(conn: Connection, name: str) -> int:
    row = await get_or_create(conn, tenant=TENANT, channel="web", address=name, now_ms=NOW)
    return int(row["id"])


def another(code: str) -> str:
    return f"{(int(code) + 1) % 10**8:08}"


async def test_a_code_is_good_once_and_only_its_hash_is_stored(database: Database) -> None:
    async def work(conn: Connection) -> None:
        a, b, c = [await conversation(conn, name) for name in "abc"]
        code = await link_codes.issue(conn, a, NOW)
        assert len(code) == 8
        assert code.isdigit()
        rows = await conn.fetch("SELECT * FROM identity_code")
        assert code not in str(rows)
        assert await link_codes.use(conn, b, code, NOW) == ("accepted", a)
        assert await link_codes.use(conn, c, code, NOW) == ("expired", 0)

    await database.transaction(work)


@pytest.mark.parametrize(("after_ms", "outcome"), [(LIVES_MS - 1, "accepted"), (LIVES_MS, "expired")])
async def test_a_code_lives_for_a_quarter_of_an_hour(database: Database, after_ms: int, outcome: str) -> None:
    async def work(conn: Connection) -> None:
        a, b = [await conversation(conn, name) for name in "ab"]
        code = await link_codes.issue(conn, a, NOW)
        assert (await link_codes.use(conn, b, code, NOW + after_ms))[0] == outcome

    await database.transaction(work)


async def test_a_new_code_makes_the_one_before_void(database: Database) -> None:
    async def work(conn: Connection) -> None:
        a, b = [await conversation(conn, name) for name in "ab"]
        old, new = await link_codes.issue(conn, a, NOW), await link_codes.issue(conn, a, NOW)
        assert (await link_codes.use(conn, b, old, NOW))[0] == "wrong"
        assert (await link_codes.use(conn, b, new, NOW))[0] == "accepted"

    await database.transaction(work)


async def test_ones_own_code_is_no_proof_and_stays_good(database: Database) -> None:
    async def work(conn: Connection) -> None:
        a, b, c = [await conversation(conn, name) for name in "abc"]
        owners = [await merging.owner_of(conn, one) for one in (a, b)]
        await merging.merge(conn, *owners, reason="dispatcher", now_ms=NOW)
        code = await link_codes.issue(conn, a, NOW)
        for own in (a, b):
            assert await link_codes.use(conn, own, code, NOW) == ("own", 0)
        assert await link_codes.use(conn, c, code, NOW) == ("accepted", a)

    await database.transaction(work)


async def test_the_code_of_a_conversation_whose_resident_was_merged_leads_to_who_it_is_now(database: Database) -> None:
    async def work(conn: Connection) -> None:
        a, b, c = [await conversation(conn, name) for name in "abc"]
        code = await link_codes.issue(conn, a, NOW)
        first, second = [await merging.owner_of(conn, one) for one in (a, b)]
        kept = (await merging.merge(conn, first, second, reason="dispatcher", now_ms=NOW)).kept_id
        outcome, shown_in = await link_codes.use(conn, c, code, NOW)
        assert (outcome, await merging.owner_of(conn, shown_in)) == ("accepted", kept)

    await database.transaction(work)


async def test_who_guesses_is_stopped_for_an_hour(database: Database) -> None:
    async def work(conn: Connection) -> None:
        a, guesser, other = [await conversation(conn, name) for name in "abc"]
        code = await link_codes.issue(conn, a, NOW)
        for _ in range(MOST_TRIES):
            assert (await link_codes.use(conn, guesser, another(code), NOW))[0] == "wrong"
        assert await link_codes.use(conn, guesser, code, NOW) == ("many", 0)  # the right one, too
        assert (await link_codes.use(conn, other, code, NOW))[0] == "accepted"
        later = NOW + HOUR_MS
        code = await link_codes.issue(conn, a, later)
        assert (await link_codes.use(conn, guesser, code, later))[0] == "accepted"

    await database.transaction(work)


async def test_many_who_guess_are_stopped_together(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_codes, "MOST_TRIES_OF_ALL", 3)

    async def work(conn: Connection) -> None:
        a, *guessers = [await conversation(conn, name) for name in "abcde"]
        code = await link_codes.issue(conn, a, NOW)
        outcomes = [(await link_codes.use(conn, one, another(code), NOW))[0] for one in guessers]
        assert outcomes == ["wrong", "wrong", "wrong", "many"]

    await database.transaction(work)


async def test_of_two_who_type_a_code_at_once_one_is_accepted(database: Database) -> None:
    async def begin(conn: Connection) -> tuple[str, list[int]]:
        return await link_codes.issue(conn, await conversation(conn, "a"), NOW), [
            await conversation(conn, name) for name in "bc"
        ]

    code, others = await database.transaction(begin)
    found = await asyncio.gather(
        *(database.transaction(lambda conn, one=one: link_codes.use(conn, one, code, NOW)) for one in others)  # type: ignore[misc]  # lambda default
    )
    assert sorted(outcome for outcome, _ in found) == ["accepted", "expired"]
