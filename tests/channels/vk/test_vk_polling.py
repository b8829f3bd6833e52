"""Bots Long Poll over real sockets: the position moves only after the events before it are stored."""

from __future__ import annotations

import json
import logging

import pytest

from channels.contract import Overloaded, Press, Start, Text
from tests.channels.vk.conftest import World
from tests.channels.world import KilledError


async def test_what_a_resident_writes_is_stored(world: World) -> None:
    maria = world.vk.resident()
    async with world.receiving():
        await maria.start("house_12")
        await maria.write("В подвале прорвало трубу")
        events = await world.stored(2)
        await world.confirmed()
    assert [event.content for event in events] == [Start("house_12"), Text("В подвале прорвало трубу")]
    assert {event.conversation for event in events} == {str(maria.id)}
    assert [event.order_key for event in events] == [1, 2]


async def test_after_a_restart_reading_goes_on_where_it_stopped(world: World) -> None:
    maria = world.vk.resident()
    async with world.receiving():
        await maria.write("первое")
        await world.confirmed()
    for number in range(3):
        await maria.write(f"пока нас не было {number}")
    world.vk.events.key = "another key"
    async with world.receiving():
        await world.stored(4)
        await world.confirmed()
    assert world.inbox.offered == 4


async def test_the_first_start_reads_from_now_on(world: World) -> None:
    maria = world.vk.resident()
    await maria.write("до подключения бота")
    async with world.receiving():
        await maria.write("после")
        await world.stored(1)
    assert world.inbox.contents == [Text("после")]


async def test_the_position_of_another_community_is_not_used(world: World) -> None:
    world.cursor.value = "777:1"
    maria = world.vk.resident()
    async with world.receiving():
        await maria.write("привет")
        await world.stored(1)
    assert world.vk.events.asked_ts[0] == "5000"


async def test_events_that_were_not_stored_are_asked_for_again(world: World) -> None:
    maria = world.vk.resident()
    world.inbox.refusals = [Overloaded("full"), RuntimeError("disk full"), Overloaded("full")]
    async with world.receiving():
        await maria.write("не потеряйте меня")
        await world.stored(1)
        await world.confirmed()
    assert world.pauses == [2.0, 4.0, 8.0]
    assert world.inbox.offered == 4


@pytest.mark.parametrize("stored", [True, False], ids=["after_storing", "before_storing"])
async def test_killed_before_the_position_was_kept_the_event_comes_again_and_is_known(
    world: World, stored: bool
) -> None:
    world.cursor.value = f"{world.vk.group_id}:{world.vk.events.ts}"
    await world.vk.resident().write("первое")
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


async def test_ten_thousand_events_after_an_outage_are_stored_once_and_in_order(world: World) -> None:
    world.cursor.value = f"{world.vk.group_id}:{world.vk.events.ts}"
    people = [world.vk.resident() for _ in range(100)]
    for number in range(100):
        for person in people:
            message = person.add(f"сообщение {number}", from_id=person.id, out=0)
            held = {"message": message, "client_info": person.client}
            await world.vk.events.add("message_new", held, checked=not number)
    async with world.receiving():
        await world.vk.until(lambda: len(world.inbox.events) == 10_000, "all stored")
        await world.confirmed()
    assert world.inbox.offered == 10_000
    mine = [event for event in world.inbox.events if event.conversation == str(people[42].id)]
    assert [event.content for event in mine] == [Text(f"сообщение {number}") for number in range(100)]


async def test_one_event_id_twice_is_one_event(world: World) -> None:
    maria = world.vk.resident()
    async with world.receiving():
        await maria.write("дважды", event_id="same")
        await maria.write("дважды", event_id="same")
        await world.confirmed()
    assert world.inbox.contents == [Text("дважды")]


async def test_an_event_nobody_understands_does_not_hold_up_the_next(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    maria = world.vk.resident()
    async with world.receiving():
        await world.vk.events.add("message_new", {}, checked=False)
        await world.vk.events.add("message_new", {"message": {"peer_id": "x"}}, checked=False)
        await world.vk.events.add("brand_new_kind", {"x": 1}, checked=False)
        world.vk.events.history += ["nonsense", 5, {"type": 7}]  # type: ignore[list-item]  # what VK never sends
        await maria.write("а меня слышно?")
        await world.stored(1)
        await world.confirmed()
    actions = [getattr(record, "action", "") for record in caplog.records]
    assert actions.count("vk.malformed") == 5
    assert actions.count("vk.unknown_event") == 1


@pytest.mark.parametrize("as_number", [True, False])
async def test_positions_are_read_as_numbers_and_as_text(world: World, as_number: bool) -> None:
    world.vk.events.ts_as_number = as_number
    maria = world.vk.resident()
    async with world.receiving():
        await maria.write("раз")
        await world.confirmed()
        await maria.write("два")
        await world.confirmed()
    assert world.inbox.contents == [Text("раз"), Text("два")]


async def test_lost_history_is_said_and_reading_goes_on(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """failed 1 with a new position, which comes as a number."""
    maria = world.vk.resident()
    for number in range(5):
        await maria.write(f"давно {number}")
    world.vk.events.forgotten = 5
    world.cursor.value = f"{world.vk.group_id}:5001"
    async with world.receiving():
        await world.confirmed()
        await maria.write("теперь")
        await world.stored(1)
    assert [record.code for record in caplog.records if getattr(record, "action", "") == "vk.history_lost"] == [1]  # type: ignore[attr-defined]  # our extra


async def test_an_old_key_is_renewed_and_the_position_kept(world: World) -> None:
    maria = world.vk.resident()
    async with world.receiving():
        await maria.write("раз")
        await world.confirmed()
        world.vk.events.key = "poll-key-2"
        await maria.write("два")
        await world.stored(2)
        await world.confirmed()
    assert world.vk.counts["groups.getLongPollServer"] == 2
    assert world.pauses == []


async def test_a_lost_state_takes_key_and_position_anew(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.cursor.value = f"{world.vk.group_id}:4000"
    world.vk.events.failures = [{"failed": 3}]
    maria = world.vk.resident()
    async with world.receiving():
        await world.confirmed()
        await maria.write("привет")
        await world.stored(1)
    assert [record.code for record in caplog.records if getattr(record, "action", "") == "vk.history_lost"] == [3]  # type: ignore[attr-defined]  # our extra


@pytest.mark.parametrize("failed", [2, 4, "odd"])
async def test_a_poll_that_keeps_failing_is_not_asked_without_end(world: World, failed: object) -> None:
    world.vk.events.failures = [{"failed": failed}] * 9
    maria = world.vk.resident()
    async with world.receiving() as channel:
        await world.vk.until(lambda: channel.supervisor.trouble)
        assert "ВКонтакте" in channel.supervisor.trouble
        await world.vk.until(lambda: not world.vk.events.failures)
        await maria.write("привет")
        await world.stored(1)
        await world.confirmed()
        assert channel.supervisor.trouble == ""
    assert world.pauses
    assert max(world.pauses) <= 60


async def test_a_revoked_token_is_told_and_tried_again(world: World) -> None:
    world.vk.fail("groups.getLongPollServer", 5, times=7)
    maria = world.vk.resident()
    async with world.receiving():
        await maria.write("привет")
        await world.stored(1)
    assert world.pauses == [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]


async def test_cut_connections_and_strange_answers_are_survived(world: World) -> None:
    maria = world.vk.resident()
    world.vk.drop("poll", done=False)  # asked again by aiohttp itself
    for status, body in ((502, "<html>Bad Gateway"), (200, "<html>Access denied"), (200, "[]"), (200, "{}")):
        world.vk.babble("poll", status, body)
    world.vk.babble("poll", 200, json.dumps({"ts": "", "updates": []}))
    async with world.receiving():
        await maria.write("привет")
        await world.stored(1)
        await world.confirmed()
    assert len(world.pauses) == 5


@pytest.mark.parametrize("payload", [{"press": "ok:12"}, '{"press":"ok:12"}'], ids=["object", "text"])
async def test_a_press_of_a_callback_button_is_stored_and_stops_turning(world: World, payload: object) -> None:
    maria = world.vk.resident()
    async with world.receiving():
        await maria.press_callback(payload, cmid=31)
        await world.stored(1)
        asked = await world.vk.until_called("messages.sendMessageEventAnswer")
    assert world.inbox.contents == [Press("ok:12", "c31")]
    assert asked == {"event_id": "press-0", "user_id": maria.id, "peer_id": maria.id}


async def test_a_press_that_cannot_be_answered_is_stored_all_the_same(world: World) -> None:
    world.vk.fail("messages.sendMessageEventAnswer", 100)
    maria = world.vk.resident()
    async with world.receiving():
        await maria.press_callback({"press": "menu"})
        await world.vk.until_called("messages.sendMessageEventAnswer")
        await maria.write("дальше")
        await world.stored(2)
    assert world.inbox.contents == [Press("menu", "c7"), Text("дальше")]


async def test_a_message_that_came_cut_is_fetched_whole(world: World) -> None:
    maria = world.vk.resident()
    async with world.receiving():
        whole = maria.add("длинная жалоба", from_id=maria.id, out=0)
        world.vk.methods.whole[whole["conversation_message_id"]] = whole
        held = {"message": {**whole, "text": "длинная", "is_cropped": True}, "client_info": maria.client}
        await world.vk.events.add("message_new", held)
        await world.stored(1)
    assert world.inbox.contents == [Text("длинная жалоба")]


@pytest.mark.parametrize("code", [0, 10, 15])
async def test_a_cut_message_that_vk_does_not_give_is_stored_as_it_came(world: World, code: int) -> None:
    if code:
        world.vk.fail("messages.getByConversationMessageId", code)
    maria = world.vk.resident()
    async with world.receiving():
        await maria.write("длинная", is_cropped=True)
        await world.stored(1)
        await world.confirmed()
    assert world.inbox.contents == [Text("длинная")]
