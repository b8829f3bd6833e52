"""MAX's limits per second, of the bot and of a chat."""

from __future__ import annotations

import asyncio

from channels.max.rate_limits import CHATS, PER_CHAT, PER_SECOND, Gate
from tests.channels.virtual_clock import Clock, Service, most_within_a_second


async def asked(chats: list[str]) -> Service:
    """Make one request for each chat at the same time."""
    clock = Clock()
    gate, service = Gate(clock.seconds, clock.pause), Service(clock)

    async def ask(chat: str) -> None:
        async with gate.room(chat):
            await service.ask(chat)

    await clock.run(*(asyncio.create_task(ask(chat)) for chat in chats))
    return service


async def test_a_chat_gets_two_requests_a_second_and_no_fewer() -> None:
    arrived = (await asked(["maria"] * 9)).all
    assert most_within_a_second(arrived) == PER_CHAT
    assert arrived[-1] - arrived[0] < 4.2


async def test_messages_and_answers_to_presses_together_stay_within_the_bots_limit() -> None:
    messages = [f"chat {number}" for number in range(150)]
    answers = [f"chat {number * 3}" for number in range(50)]
    service = await asked([*messages, *answers, *[""] * 20])
    assert len(service.all) == 220
    assert most_within_a_second(service.all) == PER_SECOND
    assert max(most_within_a_second(times) for chat, times in service.arrived.items() if chat) <= PER_CHAT
    assert service.all[-1] - service.all[0] < 220 / PER_SECOND


async def test_a_reply_among_a_broadcast_waits_for_nobody_who_comes_later() -> None:
    clock = Clock()
    gate, service = Gate(clock.seconds, clock.pause), Service(clock)

    async def ask(chat: str, at: float) -> None:
        await clock.pause(at)
        async with gate.room(chat):
            await service.ask(chat)

    broadcast = [ask(f"chat {number}", number / 40) for number in range(400)]  # more than MAX takes
    await clock.run(*(asyncio.create_task(one) for one in [*broadcast, ask("maria", 1.2)]))
    assert service.arrived["maria"][0] - 1001.2 < 1.0
    assert most_within_a_second(service.all) == PER_SECOND


async def test_quiet_chats_do_not_wait_for_a_busy_one() -> None:
    service = await asked(["maria"] * 8 + ["oleg"])
    assert service.arrived["oleg"][0] - 1000.0 < 0.02


async def test_forgotten_chats_take_no_memory() -> None:
    clock = Clock()
    gate = Gate(clock.seconds, clock.pause)
    for number in range(CHATS + 50):
        clock.now += 1
        async with gate.room(str(number)):
            pass
    assert len(gate._chats) == CHATS


async def test_long_polling_takes_no_place_while_it_waits() -> None:
    clock = Clock()
    gate, service = Gate(clock.seconds, clock.pause), Service(clock)

    async def poll() -> None:
        async with gate.room(held=True):
            await clock.pause(30.0)

    async def ask(chat: str) -> None:
        await clock.pause(2.1)
        async with gate.room(chat):
            await service.ask(chat)

    chats = (ask(f"chat {number}") for number in range(PER_SECOND))
    await clock.run(*(asyncio.create_task(one) for one in [poll(), *chats]))
    assert service.all[-1] < 1002.2
