"""Owners among processes: one at a time, the next at once when a process dies, none who has lost the server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import pytest

from models.coordination.leases import OnlyProcess
from models.coordination.postgres_leases import PostgresLeases
from models.database import postgres

PATIENCE = 20.0


class Place:
    """Work that goes on until it is cancelled; counts who does it at once."""

    def __init__(self) -> None:
        self.now = 0
        self.most = 0
        self.begun: asyncio.Queue[str] = asyncio.Queue()

    async def work(self, who: str) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        self.begun.put_nowait(who)
        try:
            await asyncio.Event().wait()
        finally:
            self.now -= 1

    async def next(self) -> str:
        return await asyncio.wait_for(self.begun.get(), PATIENCE)


@contextlib.asynccontextmanager
async def contender(place: Place, url: str, who: str) -> AsyncIterator[PostgresLeases]:
    leases = PostgresLeases(postgres.parse(url))
    task = asyncio.create_task(leases.hold_lease("send:telegram", lambda: place.work(who)))
    try:
        yield leases
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await leases.close()


async def terminate_sessions(url: str) -> int:
    """End every session that holds one of our locks, as a killed process would."""
    connection = await asyncpg.connect(url.replace("asyncpg://", "postgresql://"))
    try:
        ended = await connection.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return len(ended)
    finally:
        await connection.close()


async def test_one_of_two_owns_and_the_other_takes_over_when_it_leaves(postgres_url: str) -> None:
    place = Place()
    async with contender(place, postgres_url, "first") as first:
        assert await place.next() == "first"
        assert first.held() == {"send:telegram"}
        async with contender(place, postgres_url, "second") as second:
            await first.close()  # its session ends, and with it the ownership
            assert await place.next() in ("first", "second")  # whoever asks first
            assert len(first.held() | second.held()) == 1
    assert place.most == 1


async def test_an_owner_whose_session_is_ended_stops_and_somebody_goes_on(postgres_url: str) -> None:
    place = Place()
    async with contender(place, postgres_url, "first"), contender(place, postgres_url, "second"):
        await place.next()
        for _ in range(3):
            assert await terminate_sessions(postgres_url) == 1
            assert await place.next() in ("first", "second")
    assert place.most == 1


async def test_work_that_ends_gives_the_place_up(postgres_url: str) -> None:
    leases = PostgresLeases(postgres.parse(postgres_url))
    done: list[int] = []

    async def work() -> None:
        done.append(1)

    await asyncio.wait_for(leases.hold_lease("files", work), PATIENCE)
    await asyncio.wait_for(leases.hold_lease("files", work), PATIENCE)
    assert done == [1, 1]
    assert leases.held() == frozenset()
    await leases.close()


async def test_what_work_raises_reaches_the_caller_and_frees_the_place(postgres_url: str) -> None:
    leases = PostgresLeases(postgres.parse(postgres_url))

    async def broken() -> None:
        raise RuntimeError("no")

    for _ in range(2):
        with pytest.raises(RuntimeError, match="no"):
            await asyncio.wait_for(leases.hold_lease("files", broken), PATIENCE)
    await leases.close()


async def test_the_only_process_owns_everything() -> None:
    place, leases = Place(), OnlyProcess()
    task = asyncio.create_task(leases.hold_lease("files", lambda: place.work("me")))
    assert await place.next() == "me"
    assert leases.held() == {"files"}
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert leases.held() == frozenset()
