"""The webhook over real sockets: our answer to MAX is 200 only after the update is stored."""

from __future__ import annotations

import asyncio
import json

import pytest
from aiohttp import ClientSession

from channels.contract import Overloaded, Press, Text, Webhook
from channels.max.incoming import UPDATE_TYPES
from tests.channels.max.conftest import PATH, SECRET, World

WHERE = {"recipient": {"chat_id": 1, "chat_type": "dialog", "user_id": 2}, "sender": {"user_id": 3, "is_bot": False}}
UPDATE = {"update_type": "message_removed", "timestamp": 1, "message_id": "x", "chat_id": 1, "user_id": 1}


async def post(url: str, body: bytes | str, secret: str | None = SECRET) -> int:
    headers = {"X-Max-Bot-Api-Secret": secret} if secret is not None else {}
    async with ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
        assert "Traceback" not in await answer.text()
        return answer.status


async def test_what_residents_do_arrives_over_the_webhook(world: World) -> None:
    maria = world.fake.resident()
    await maria.write("до запуска")
    async with world.mounted() as (channel, url):
        assert channel.webhook_path == PATH
        assert isinstance(channel, Webhook)
        await maria.write("после запуска")
        await maria.press_payload("confirm:yes", maria.messages[0])
        await world.stored(3)
        await world.fake.until_called("POST /answers")
    mid = maria.messages[0]["body"]["mid"]
    assert world.inbox.in_order == [Text("до запуска"), Text("после запуска"), Press("confirm:yes", mid)]
    asked = world.fake.bodies("POST /subscriptions")
    assert asked == [{"url": url, "secret": SECRET, "update_types": list(UPDATE_TYPES)}]
    assert "GET /updates" not in world.fake.counts


async def test_200_comes_only_after_the_update_was_stored(world: World) -> None:
    maria = world.fake.resident()
    world.inbox.refusals = [Overloaded("full"), RuntimeError("disk full")]
    async with world.mounted():
        await maria.write("не потеряйте меня")
        await world.stored(1)
        await world.fake.until(lambda: 200 in world.fake.updates.answers)
    assert world.fake.updates.answers == [503, 503, 200]


async def test_calls_that_are_made_twice_are_one_event(world: World) -> None:
    maria = world.fake.resident()
    world.fake.updates.twice = True
    async with world.mounted():
        await maria.start()
        await maria.write("дважды")
        await maria.edit("дважды!")
        await world.fake.until(lambda: len(world.fake.updates.answers) == 6, "six calls")
    assert len(world.inbox.events) == 3
    assert world.inbox.offered == 6


async def test_events_that_arrive_in_the_wrong_order_can_be_put_right(world: World) -> None:
    maria = world.fake.resident()
    async with world.mounted():
        world.fake.updates.hold()
        for text in ("первое", "второе", "третье"):
            await maria.write(text)
        await world.fake.updates.release(reverse=True)
        await world.stored(3)
    assert world.inbox.contents == [Text("третье"), Text("второе"), Text("первое")]
    assert world.inbox.in_order == [Text("первое"), Text("второе"), Text("третье")]


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", "секрет", SECRET.upper()])
async def test_a_forged_call_is_refused(world: World, secret: str | None) -> None:
    maria = world.fake.resident()
    async with world.mounted() as (_, url):
        world.fake.updates.hold()
        update = await maria.write("пусти")
        assert await post(url, json.dumps(update), secret) == 403
    assert world.inbox.offered == 0


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b"null", b"[]", b"{}", b'{"update_type": 1}', b'{"update_type": ""}', b"[" * 100_000],
)
async def test_what_is_no_update_is_a_bad_request(world: World, body: bytes) -> None:
    async with world.mounted() as (_, url):
        assert await post(url, body) == 400
    assert world.inbox.offered == 0


@pytest.mark.parametrize(
    "update",
    [
        {"update_type": "message_created"},
        {"update_type": "message_created", "timestamp": 1, "message": []},
        {"update_type": "message_created", "timestamp": 1, "message": {"recipient": {"chat_type": "dialog"}}},
        {"update_type": "bot_started", "timestamp": 10**30, "chat_id": 1, "user": {"user_id": 1}},
        {"update_type": "bot_started", "timestamp": 1, "chat_id": True, "user": {"user_id": 1}},
        {"update_type": "message_callback", "timestamp": 1, "callback": "x", "message": None},
        {"update_type": "message_created", "timestamp": 1, "message": WHERE | {"body": {"mid": 7, "text": "a"}}},
    ],
)
async def test_an_update_we_cannot_read_is_passed_over_and_not_asked_for_again(
    world: World, update: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    async with world.mounted() as (_, url):
        assert await post(url, json.dumps(update)) == 200
    assert world.inbox.offered == 0
    assert [record for record in caplog.records if record.__dict__.get("action") == "max.malformed"]


async def test_an_unknown_kind_is_counted_in_the_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    async with world.mounted() as (_, url):
        for kind in ("brand_new_kind", "имя жителя"):
            assert await post(url, json.dumps({"update_type": kind, "timestamp": 1})) == 200
    kinds = [
        record.__dict__["kind"] for record in caplog.records if record.__dict__.get("action") == "max.unknown_event"
    ]
    assert kinds == ["brand_new_kind", ""]


async def test_an_update_that_asks_nothing_of_us_is_taken(world: World) -> None:
    async with world.mounted() as (_, url):
        assert await post(url, json.dumps(UPDATE)) == 200


async def test_before_the_program_is_ready_max_is_asked_to_wait(world: World) -> None:
    async with world.mounted(receiving=False) as (_, url):
        assert await post(url, json.dumps(UPDATE)) == 503


async def test_the_webhook_is_set_however_long_max_is_away(world: World) -> None:
    world.fake.fail("POST /subscriptions", 429, "too.many.requests", retry_after=5)
    world.fake.drop("POST /subscriptions", done=False)
    maria = world.fake.resident()
    async with world.mounted():
        await maria.write("привет")
        await world.stored(1)
    assert world.pauses == [5.0, 4.0]


async def test_after_eight_hours_of_silence_we_subscribe_again_and_say_so(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    maria = world.fake.resident()
    async with world.mounted() as (channel, url):
        await world.watch()
        assert world.fake.counts["POST /subscriptions"] == 1
        world.fake.advance(8 * 3600 + 1)
        world.fake.updates.expire()
        assert world.fake.updates.subscriptions == {}
        await world.watch()
        assert "отписал вебхук" in channel.supervisor.trouble
        assert "отписал вебхук" in (await channel.diagnose())[0]
        assert list(world.fake.updates.subscriptions) == [url]
        await maria.write("снова слышно")
        await world.stored(1)
        await world.watch()
        assert channel.supervisor.trouble == ""
    alarms = [record for record in caplog.records if record.__dict__.get("action") == "max.resubscribed"]
    assert [record.levelname for record in alarms] == ["ERROR"]


async def test_a_subscription_to_other_kinds_is_put_right(world: World) -> None:
    async with world.mounted() as (_, url):
        world.fake.updates.subscribe(url, ["message_created"], SECRET)
        await world.watch()
        assert world.fake.updates.subscriptions[url].kinds == list(UPDATE_TYPES)


async def test_our_old_addresses_go_and_those_of_others_stay(world: World) -> None:
    world.fake.updates.subscribe("https://other.example/max/webhook", [], "")
    async with world.mounted(receiving=False) as (channel, url):
        world.fake.updates.subscribe(url + "-before", [], "")
        async with world.receiving(channel):
            await world.fake.until(lambda: world.watched, "subscribed")
            assert list(world.fake.updates.subscriptions) == ["https://other.example/max/webhook", url]
            (problem,) = await channel.diagnose()
    assert "other.example" in problem


async def test_a_look_that_fails_is_told_and_repeated(world: World) -> None:
    async with world.mounted() as (channel, _):
        world.fake.fail("GET /subscriptions", 401, "verify.token")
        await world.watch()
        assert "токена" in channel.supervisor.trouble
        await world.watch()
        assert channel.supervisor.trouble == ""


async def test_a_thousand_calls_at_once_are_all_stored(world: World) -> None:
    maria = world.fake.resident()
    async with world.mounted() as (_, url):
        world.fake.updates.hold()
        update = await maria.write("привет")
        bodies = []
        for number in range(1000):
            update["message"]["body"]["mid"] = f"flood.{number}"
            bodies.append(json.dumps(update))
        headers = {"X-Max-Bot-Api-Secret": SECRET}
        async with ClientSession() as session:

            async def call(body: str) -> int:
                async with session.post(url, data=body, headers=headers) as answer:
                    return answer.status

            assert set(await asyncio.gather(*map(call, bodies))) == {200}
    assert len(world.inbox.events) == 1000
