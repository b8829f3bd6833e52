"""Callback API over real sockets: our answer is ``ok`` only after the event is stored."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp import ClientSession

from channels.contract import Overloaded, Press, Text, Webhook
from tests.channels.vk.conftest import SECRET, World


async def post(world: World, body: object) -> tuple[int, str]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with ClientSession() as session, session.post(world.vk.events.callback_url, data=data) as answer:
        text = await answer.text()
        assert "Traceback" not in text
        return answer.status, text


def event(world: World, **more: Any) -> dict[str, Any]:
    """A message as VK calls us with it."""
    maria = world.vk.resident()
    message = maria.add("привет", from_id=maria.id, out=0)
    return {
        "type": "message_new",
        "event_id": "e1",
        "v": "5.199",
        "group_id": world.vk.group_id,
        "secret": SECRET,
        "object": {"message": message, "client_info": maria.client},
        **more,
    }


async def test_what_residents_do_arrives_over_the_callback(world: World) -> None:
    maria = world.vk.resident()
    async with world.mounted() as channel:
        assert channel.webhook_path == "/vk/callback"
        assert isinstance(channel, Webhook)
        await maria.write("привет")
        await maria.press_callback({"press": "confirm"})
        await world.stored(2)
        await world.vk.until_called("messages.sendMessageEventAnswer")
        await world.vk.until(lambda: world.vk.events.under_way == 0)
    assert sorted(map(str, world.inbox.contents)) == sorted(map(str, [Text("привет"), Press("confirm", "c7")]))
    assert world.vk.events.answers == [(200, "ok")] * 2
    assert "groups.getLongPollServer" not in world.vk.counts


async def test_an_event_that_was_not_stored_is_called_for_again(world: World) -> None:
    """The repeat says so in X-Retry-Counter, and is read all the same."""
    maria = world.vk.resident()
    world.inbox.refusals = [Overloaded("full"), RuntimeError("disk full")]
    async with world.mounted():
        await maria.write("не потеряйте меня")
        await world.stored(1)
        await world.vk.until(lambda: world.vk.events.under_way == 0)
    assert [attempt for _, attempt in world.vk.events.delivered] == [0, 1, 2]
    assert [status for status, _ in world.vk.events.answers] == [503, 503, 200]


async def test_a_repeat_of_what_was_stored_is_answered_ok_and_stored_once(world: World) -> None:
    maria = world.vk.resident()
    async with world.mounted():
        kept = await maria.write("один раз")
        for _ in range(3):
            world.vk.events.call(kept)
        await world.vk.until(lambda: len(world.vk.events.answers) == 4)
    assert world.inbox.contents == [Text("один раз")]
    assert world.vk.events.answers == [(200, "ok")] * 4


async def test_ten_people_at_once_are_stored_each_in_order(world: World) -> None:
    people = [world.vk.resident() for _ in range(10)]
    async with world.mounted():
        for number in range(10):
            for person in people:
                await person.write(str(number))
        events = await world.stored(100)
    for person in people:
        mine = sorted((one for one in events if one.conversation == str(person.id)), key=lambda one: one.order_key)
        assert [one.content for one in mine] == [Text(str(number)) for number in range(10)]


@pytest.mark.parametrize("given", ["c0nf1rm", ""], ids=["set", "asked"])
async def test_the_address_is_confirmed(world: World, given: str) -> None:
    async with world.mounted(confirmation=given, receiving=False):
        assert await world.vk.events.ask_confirmation() == "c0nf1rm"
        assert world.vk.counts["groups.getCallbackConfirmationCode"] == (not given)
        world.vk.events.secret = ""  # not entered yet
        assert await world.vk.events.ask_confirmation() == "c0nf1rm"
        assert world.vk.counts["groups.getCallbackConfirmationCode"] == (not given)
        world.vk.events.secret = "wrong"
        assert await world.vk.events.ask_confirmation() == "forbidden"


async def test_a_confirmation_we_cannot_learn_is_asked_for_again(world: World) -> None:
    world.vk.fail("groups.getCallbackConfirmationCode", 15)
    async with world.mounted(receiving=False):
        assert await world.vk.events.ask_confirmation() == "no confirmation"
        assert await world.vk.events.ask_confirmation() == "c0nf1rm"


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", "секрет", "\ud800", SECRET.upper(), 5, {}, True])
async def test_a_forged_call_is_refused(world: World, secret: object) -> None:
    async with world.mounted():
        forged = event(world, secret=secret)
        if secret is None:
            del forged["secret"]
        assert (await post(world, forged))[0] == 403
    assert world.inbox.offered == 0


@pytest.mark.parametrize("group", [1, "123456789", None, True, 123456789.5])
async def test_another_community_is_refused(world: World, group: object) -> None:
    async with world.mounted():
        assert (await post(world, event(world, group_id=group)))[0] == 403
        assert (await post(world, {"type": "confirmation", "group_id": group}))[0] == 403
    assert world.inbox.offered == 0


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"5", b"null", b"\xff\xfe", b"{}", b'{"type":5}', b'{"type":""}', b"[" * 100_000]
)
async def test_what_is_no_event_is_refused(world: World, body: bytes) -> None:
    async with world.mounted():
        assert (await post(world, body))[0] == 400
    assert world.inbox.offered == 0


@pytest.mark.parametrize("held", [None, {}, [], "x", {"message": {}}, {"message": {"peer_id": 5, "from_id": "5"}}])
async def test_an_event_of_vk_that_we_cannot_read_is_logged_and_not_repeated(
    world: World, held: object, caplog: pytest.LogCaptureFixture
) -> None:
    """Refused, it would come again and again, and VK would stop calling us at all."""
    async with world.mounted():
        assert await post(world, event(world, object=held)) == (200, "ok")
    assert [getattr(record, "action", "") for record in caplog.records] == ["vk.malformed"]
    assert world.inbox.offered == 0


async def test_kinds_that_ask_nothing_are_answered_ok(world: World) -> None:
    maria = world.vk.resident()
    async with world.mounted():
        read = {"from_id": maria.id, "peer_id": maria.id, "read_message_id": 5, "conversation_message_id": 5}
        await world.vk.events.add("message_read", read)
        reply = maria.add("отвечу сам", from_id=-world.vk.group_id, out=1, admin_author_id=77)
        await world.vk.events.add("message_reply", reply)
        assert await post(world, event(world, type="wall_post_new", object={})) == (200, "ok")
        await world.vk.until(lambda: len(world.vk.events.answers) == 2)
    assert world.vk.events.answers == [(200, "ok")] * 2
    assert world.inbox.offered == 0


async def test_before_and_after_receiving_vk_is_asked_to_come_again(world: World) -> None:
    async with world.mounted(receiving=False):
        assert (await post(world, event(world)))[0] == 503


async def test_without_an_event_id_the_place_in_the_conversation_recognises_a_repeat(world: World) -> None:
    async with world.mounted():
        nameless = event(world)
        del nameless["event_id"]
        for _ in range(2):
            assert await post(world, nameless) == (200, "ok")
    assert world.inbox.offered == 2
    assert world.inbox.contents == [Text("привет")]
