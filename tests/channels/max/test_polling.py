"""Long polling over real sockets: an update is confirmed only after it is stored, and the marker outlives a restart."""

from __future__ import annotations

import json

import pytest

from channels.contract import Overloaded, Start, Text
from tests.channels.max.conftest import World
from tests.channels.world import KilledError


async def test_what_a_resident_does_is_stored(world: World) -> None:
    maria = world.fake.resident("Мария", last_name="Иванова")
    async with world.receiving():
        await maria.start("house_12")
        await maria.write("В подвале прорвало трубу")
        events = await world.stored(2)
        await world.confirmed()
    assert [event.content for event in events] == [Start("house_12"), Text("В подвале прорвало трубу")]
    assert {event.conversation for event in events} == {str(maria.chat_id)}
    assert {event.sender_name for event in events} == {"Мария Иванова"}
    assert events[0].order_key < events[1].order_key


async def test_updates_that_were_not_stored_stay_at_max(world: World) -> None:
    maria = world.fake.resident()
    world.inbox.refusals = [Overloaded("full")] * 2 + [RuntimeError("disk full")]
    async with world.receiving():
        await maria.write("не потеряйте меня")
        await world.stored(1)
        await world.confirmed()
    assert world.pauses == [2.0, 4.0, 8.0]
    assert world.inbox.offered == 4


async def test_a_marker_that_was_not_saved_is_not_confirmed(world: World) -> None:
    maria = world.fake.resident()
    world.cursor.failures = [RuntimeError("disk full")]
    async with world.receiving():
        await maria.write("первое")
        await world.confirmed()
    assert world.inbox.contents == [Text("первое")]
    assert world.inbox.offered == 2


@pytest.mark.parametrize("stored", [True, False], ids=["after_storing", "before_storing"])
async def test_killed_before_confirming_the_update_comes_again_and_is_known(world: World, stored: bool) -> None:
    maria = world.fake.resident()
    await maria.write("первое")
    world.inbox.killed_after_storing = stored
    world.inbox.refusals = [] if stored else [KilledError()]
    channel = world.channel()
    with pytest.raises(KilledError):
        await channel.receive(world.inbox.accept)
    await channel.close()
    assert len(world.inbox.events) == stored
    world.inbox.killed_after_storing = False
    async with world.receiving():
        await world.confirmed()
    assert world.inbox.contents == [Text("первое")]
    assert world.inbox.offered == 2


async def test_after_a_restart_polling_goes_on_at_its_marker(world: World) -> None:
    maria = world.fake.resident()
    async with world.receiving():
        await maria.write("первое")
        await world.confirmed()
    for text in ("второе", "третье", "четвёртое"):  # without a marker MAX would give the last one only
        await maria.write(text)
    async with world.receiving():
        await world.stored(4)
        await world.confirmed()
    assert None not in world.fake.updates.polls


@pytest.mark.parametrize("saved", ["another-bot:5", "nonsense", "mark:five"])
async def test_a_marker_of_another_bot_is_not_used(world: World, saved: str) -> None:
    world.cursor.value = saved
    maria = world.fake.resident()
    await maria.write("привет")
    async with world.receiving():
        await world.stored(1)
        await world.confirmed()
    assert world.fake.updates.polls[0] is None


async def test_ten_thousand_updates_after_an_outage_are_stored_bit_by_bit(world: World) -> None:
    maria = world.fake.resident()
    async with world.receiving():
        template = await maria.write("привет")
        await world.confirmed()
    flood = []
    for number in range(10_000):  # of one shape, which was checked
        update = json.loads(json.dumps(template))
        update["message"]["body"] |= {"mid": f"flood.{number}", "text": f"вода, этаж {number}"}
        flood.append(update)
    await world.fake.updates.add(*flood)
    async with world.receiving():
        await world.fake.until(lambda: len(world.inbox.events) == 10_001, "all stored")
        await world.confirmed()
    assert world.inbox.largest == 100
    assert world.inbox.contents[-1] == Text("вода, этаж 9999")


async def test_an_update_nobody_understands_does_not_hold_up_the_next(world: World) -> None:
    maria = world.fake.resident()
    good = await maria.write("а меня слышно?")
    strange: list[object] = [
        5,
        {},
        {"update_type": 7},
        {"update_type": "message_created", "timestamp": 1},
        {"update_type": "message_created", "timestamp": 1, "message": {"recipient": []}},
        {"update_type": "bot_started", "timestamp": "now", "chat_id": 1, "user": {"user_id": 1}},
        {"update_type": "bot_started", "timestamp": 10**30, "chat_id": 1, "user": {"user_id": 1}},
        {"update_type": "brand_new_kind", "timestamp": 1},
    ]
    world.fake.babble("GET /updates", 200, json.dumps({"updates": [*strange, good], "marker": 1001}))
    async with world.receiving():
        await world.stored(1)
        await world.confirmed()
    assert world.inbox.contents == [Text("а меня слышно?")]


async def test_updates_without_a_marker_are_stored_and_not_asked_for_in_haste(world: World) -> None:
    maria = world.fake.resident()
    update = await maria.write("привет")
    world.fake.babble("GET /updates", 200, json.dumps({"updates": [update], "marker": None}))
    async with world.receiving():
        await world.confirmed()
    assert world.inbox.contents == [Text("привет")]
    assert world.pauses == [2.0]


async def test_polling_takes_webhooks_away_first_and_again_when_one_comes_back(world: World) -> None:
    world.fake.updates.subscribe("https://old.example/max", [], "")
    maria = world.fake.resident()
    async with world.receiving():
        await world.fake.until(lambda: world.fake.updates.polls, "polling")
        assert world.fake.updates.subscriptions == {}
        world.fake.fail("GET /updates", 405, "method.not.allowed")
        await maria.write("первое")
        await world.stored(1)
        await maria.write("второе")
        await world.stored(2)
    assert world.fake.counts["GET /subscriptions"] == 2


async def test_a_revoked_token_is_told_and_tried_again(world: World) -> None:
    world.fake.fail("GET /subscriptions", 401, "verify.token")
    world.fake.fail("GET /updates", 401, "verify.token", times=7)
    maria = world.fake.resident()
    await maria.write("привет")
    async with world.receiving() as channel:
        await world.fake.until(lambda: "токена" in channel.supervisor.trouble, "trouble")
        await world.stored(1)
        await world.confirmed()
        assert channel.supervisor.trouble == ""
    assert world.pauses == [2.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]


async def test_max_is_given_the_time_it_asks_for(world: World) -> None:
    world.fake.fail("GET /updates", 429, "too.many.requests", retry_after=35)
    maria = world.fake.resident()
    await maria.write("привет")
    async with world.receiving():
        await world.stored(1)
    assert world.pauses == [35.0]


async def test_cut_connections_and_strange_answers_are_survived(world: World) -> None:
    maria = world.fake.resident()
    await maria.write("привет")
    world.fake.fail("GET /updates", 500, "internal.error")
    world.fake.babble("GET /updates", 502, "<html>Bad Gateway</html>")
    world.fake.babble("GET /updates", 200, "<html>Access denied</html>")
    world.fake.babble("GET /updates", 200, '{"updates": null, "marker": null}')
    world.fake.refuse("GET /updates", {"success": False, "message": "not now"})
    async with world.receiving():
        await world.stored(1)
        await world.confirmed()
    assert len(world.pauses) == 5


async def test_a_poll_that_was_cut_off_is_made_again(world: World) -> None:
    maria = world.fake.resident()
    await maria.write("привет")
    world.fake.drop("GET /updates", done=True)
    async with world.receiving():
        await world.stored(1)
        await world.confirmed()
    assert world.inbox.contents == [Text("привет")]
