"""Long polling over real sockets: an update is confirmed only after it is stored."""

from __future__ import annotations

import json

import pytest

from channels.contract import Overloaded, Start, Text, Unsupported
from channels.telegram.incoming import ALLOWED_UPDATES
from tests.channels.telegram.conftest import World
from tests.channels.world import KilledError


async def test_what_a_resident_writes_is_stored(world: World) -> None:
    maria = world.telegram.resident("Мария", last_name="Иванова")
    async with world.receiving():
        await maria.start("house_12")
        await maria.write("В подвале прорвало трубу")
        events = await world.stored(2)
    assert [event.content for event in events] == [Start("house_12"), Text("В подвале прорвало трубу")]
    assert {event.conversation for event in events} == {str(maria.id)}
    assert {event.sender_name for event in events} == {"Мария Иванова"}
    assert events[0].order_key < events[1].order_key


async def test_updates_are_confirmed_after_they_were_stored(world: World) -> None:
    maria = world.telegram.resident()
    await maria.write("первое")
    async with world.receiving():
        await world.confirmed()
    assert world.inbox.contents == [Text("первое")]


async def test_updates_that_were_not_stored_stay_at_telegram(world: World) -> None:
    maria = world.telegram.resident()
    world.inbox.refusals = [Overloaded("full")] * 3
    async with world.receiving():
        await maria.write("не потеряйте меня")
        await world.stored(1)
        await world.confirmed()
    assert world.pauses == [2.0, 4.0, 8.0]
    assert world.inbox.offered == 4


async def test_an_error_of_the_store_loses_nothing(world: World) -> None:
    maria = world.telegram.resident()
    world.inbox.refusals = [RuntimeError("disk full")]
    async with world.receiving():
        await maria.write("не потеряйте меня")
        await world.stored(1)


@pytest.mark.parametrize("stored", [True, False], ids=["after_storing", "before_storing"])
async def test_killed_before_confirming_the_update_comes_again_and_is_known(world: World, stored: bool) -> None:
    maria = world.telegram.resident()
    await maria.write("первое")
    world.inbox.killed_after_storing = stored
    world.inbox.refusals = [] if stored else [KilledError()]
    channel = world.channel()
    with pytest.raises(KilledError):
        await channel.receive(world.inbox.accept)
    await channel.close()
    assert len(world.inbox.events) == stored
    assert world.telegram.updates.pending()
    world.inbox.killed_after_storing = False
    async with world.receiving():
        await world.confirmed()
    assert world.inbox.contents == [Text("первое")]
    assert world.inbox.offered == 2


async def test_two_updates_with_one_id_are_one_event(world: World) -> None:
    maria = world.telegram.resident()
    first = await maria.write("дважды")
    assert first
    await maria.write("дважды", update_id=first["update_id"])
    async with world.receiving():
        await world.confirmed()
    assert world.inbox.contents == [Text("дважды")]


async def test_an_update_nobody_understands_does_not_hold_up_the_next(world: World) -> None:
    strange: list[dict[str, object]] = [{"message": {"chat": "nonsense"}}, {"message": 5}, {"brand_new_kind": {}}, {}]
    batch = [{"update_id": number, **content} for number, content in enumerate(strange, 700)]
    world.telegram.babble("getUpdates", 200, json.dumps({"ok": True, "result": batch}))
    maria = world.telegram.resident()
    async with world.receiving():
        await maria.write("а меня слышно?")
        await world.stored(1)
        await world.confirmed()
    assert world.telegram.called("getUpdates")[1]["offset"] == 704
    assert world.inbox.contents == [Text("а меня слышно?")]


async def test_smaller_ids_after_a_quiet_week_are_heard(world: World) -> None:
    maria = world.telegram.resident()
    async with world.receiving(poll_timeout_seconds=0):
        await maria.write("первое")
        await world.confirmed()
        polls = world.telegram.updates.polls
        await world.telegram.until(lambda: world.telegram.updates.polls >= polls + 3)
        await maria.write("через неделю", update_id=17)
        await world.stored(2)


async def test_polling_asks_for_the_kinds_it_reads_and_takes_a_webhook_away(world: World) -> None:
    world.telegram.updates.webhook_url = "http://127.0.0.1:9/old"
    maria = world.telegram.resident()
    async with world.receiving():
        await maria.write("привет")
        await world.stored(1)
    assert world.telegram.updates.webhook_url == ""
    assert world.telegram.called("getUpdates")[0]["allowed_updates"] == list(ALLOWED_UPDATES)


async def test_a_second_poller_is_told_and_waited_for(world: World) -> None:
    maria = world.telegram.resident()
    async with world.receiving() as channel:
        await world.telegram.until(lambda: world.telegram.updates.polls == 1)
        await world.telegram.updates.poll(0, 100, 0)  # somebody else, once
        await world.telegram.until(lambda: channel.supervisor.trouble)
        assert "другая программа" in channel.supervisor.trouble
        await maria.write("привет")
        await world.stored(1)
        await world.confirmed()
        assert channel.supervisor.trouble == ""


async def test_a_webhook_set_behind_our_back_is_taken_away(world: World) -> None:
    maria = world.telegram.resident()
    world.telegram.fail("getUpdates", 409, "Conflict: can't use getUpdates method while webhook is active")
    async with world.receiving():
        await maria.write("привет")
        await world.stored(1)
    assert world.telegram.counts["deleteWebhook"] == 2


async def test_a_revoked_token_is_told_and_tried_again(world: World) -> None:
    world.telegram.fail("deleteWebhook", 401, "Unauthorized")
    world.telegram.fail("getUpdates", 401, "Unauthorized", times=7)
    maria = world.telegram.resident()
    async with world.receiving():
        await maria.write("привет")
        await world.stored(1)
    assert world.pauses == [2.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]


async def test_flood_control_is_waited_for_as_long_as_telegram_asks(world: World) -> None:
    world.telegram.fail("getUpdates", 429, "Too Many Requests: retry after 35", retry_after=35)
    maria = world.telegram.resident()
    async with world.receiving():
        await maria.write("привет")
        await world.stored(1)
    assert world.pauses == [35.0]


async def test_cut_connections_and_strange_answers_are_survived(world: World) -> None:
    maria = world.telegram.resident()
    await maria.write("привет")
    world.telegram.drop("getUpdates", done=False)
    world.telegram.drop("getUpdates", done=True)
    world.telegram.babble("getUpdates", 502, "<html>Bad Gateway</html>")
    world.telegram.babble("getUpdates", 200, "<html>Access denied</html>")
    async with world.receiving():
        await world.stored(1)
        await world.confirmed()
    assert len(world.pauses) == 4


async def test_what_asks_for_no_answer_is_passed_over(world: World) -> None:
    maria = world.telegram.resident()
    async with world.receiving():
        await maria.send("sticker")
        await world.stored(1)
    assert world.inbox.contents == [Unsupported("sticker")]
