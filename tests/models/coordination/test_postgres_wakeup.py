"""Wake-ups between processes arrive, come together, and survive a lost connection."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import asyncpg  # type: ignore[import-untyped]  # it ships no types

from models.coordination import postgres_wakeup
from models.coordination.postgres_wakeup import PostgresWakeup, payloads
from models.database import postgres

LONG = 20.0  # seconds; a guard against waiting for ever
LONGER = 5 * LONG  # what nobody waits out


@contextlib.asynccontextmanager
async def wakeups(url: str) -> AsyncIterator[tuple[PostgresWakeup, PostgresWakeup]]:
    """Two processes that wake each other."""
    address = postgres.parse(url)
    here, there = PostgresWakeup(address), PostgresWakeup(address)
    try:
        for one, other in ((here, there), (there, here)):
            await connected(one, other)
        yield here, there
    finally:
        await here.close()
        await there.close()


async def connected(ringing: PostgresWakeup, hearing: PostgresWakeup) -> None:
    """Ring until the other one hears: then both have their connection."""
    heard = asyncio.create_task(asyncio.wait_for(hearing.listen("hello").wait(LONGER), LONG))
    while not heard.done():
        ringing.notify("hello")
        await asyncio.wait({heard}, timeout=0.02)
    await heard


async def test_a_ring_reaches_the_other_process_and_our_own_listeners(postgres_url: str) -> None:
    async with wakeups(postgres_url) as (here, there):
        own, others = here.listen("inbox"), there.listen("inbox")
        here.notify("inbox")
        async with asyncio.timeout(LONG):
            await asyncio.gather(own.wait(LONGER), others.wait(LONGER))


async def test_rings_of_one_moment_travel_together(postgres_url: str) -> None:
    async with wakeups(postgres_url) as (here, there):
        listeners = [there.listen(f"conversation:web:{number}") for number in range(500)]
        for number in range(500):
            here.notify(f"conversation:web:{number}")
        await asyncio.wait_for(asyncio.gather(*(one.wait(LONGER) for one in listeners)), LONG)


async def test_after_a_lost_connection_everybody_looks_again(postgres_url: str) -> None:
    async with wakeups(postgres_url) as (here, there):
        listener = there.listen("outbox")
        connection = await asyncpg.connect(postgres_url.replace("asyncpg://", "postgresql://"))
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await connection.close()
        await asyncio.wait_for(listener.wait(LONGER), LONG)  # rung by the reconnection itself
        await connected(here, there)


def test_topics_are_joined_up_to_the_limit_of_a_notification() -> None:
    topics = [f"conversation:web:{number:032}" for number in range(500)]
    made = list(payloads("node", topics))
    assert [topic for payload in made for topic in payload.split("\n")[1:]] == topics
    assert max(len(payload.encode()) for payload in made) <= postgres_wakeup.LONGEST_PAYLOAD
    assert len(made) < 5
    assert list(payloads("node", ["x" * 9000])) == []
