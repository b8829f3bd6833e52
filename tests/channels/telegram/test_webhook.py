"""The webhook over real sockets: our answer to Telegram is 200 only after the update is stored."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession

from channels.contract import Overloaded, Press, Text, Webhook
from channels.telegram.adapter import Telegram
from channels.telegram.incoming import ALLOWED_UPDATES
from tests.channels.telegram.conftest import World
from tests.channels.world import mounted_at

SECRET = "secret_of_the_tests"
UPDATE = {"update_id": 1, "poll": {}}


@asynccontextmanager
async def mounted(world: World, *, receiving: bool = True, **settings: object) -> AsyncIterator[tuple[Telegram, str]]:
    """The channel behind a web server of ours, as the program mounts it; gives the webhook's address."""
    asked = {"webhook_secret": SECRET, **settings}
    async with mounted_at("/telegram/webhook", lambda url: world.channel(**{"webhook_url": url, **asked})) as (
        channel,
        url,
    ):
        if receiving:
            async with world.receiving(channel):
                await world.telegram.until_called("setWebhook")
                yield channel, url
        else:
            yield channel, url
            await channel.close()


async def post(url: str, body: bytes | str, secret: str | None = SECRET) -> int:
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret is not None else {}
    async with ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
        assert "Traceback" not in await answer.text()
        return answer.status


async def test_what_residents_do_arrives_over_the_webhook(world: World) -> None:
    maria = world.telegram.resident()
    await maria.write("до запуска")
    async with mounted(world) as (channel, url):
        assert channel.webhook_path == "/telegram/webhook"
        assert isinstance(channel, Webhook)
        await maria.write("после запуска")
        await maria.press_data("confirm:yes")
        await world.stored(3)
        await world.telegram.until_called("answerCallbackQuery")
        await world.confirmed()
    assert sorted(map(str, world.inbox.contents)) == sorted(
        map(str, [Text("до запуска"), Text("после запуска"), Press("confirm:yes")])
    )
    asked = world.telegram.called("setWebhook")[0]
    assert asked == {"url": url, "secret_token": SECRET, "allowed_updates": list(ALLOWED_UPDATES)}
    assert "getUpdates" not in world.telegram.counts


async def test_an_update_that_was_not_stored_is_called_for_again(world: World) -> None:
    maria = world.telegram.resident()
    world.inbox.refusals = [Overloaded("full"), RuntimeError("disk full")]
    async with mounted(world):
        await maria.write("не потеряйте меня")
        await world.stored(1)
        await world.confirmed()
    assert world.inbox.offered == 3
    assert len(world.telegram.updates.delivered) == 3


async def test_without_a_secret_of_ones_own_one_is_made_from_the_token(world: World) -> None:
    maria = world.telegram.resident()
    async with mounted(world, webhook_secret="") as (_, url):
        await maria.write("привет")
        await world.stored(1)
        assert await post(url, json.dumps(UPDATE), "") == 403
    secret = world.telegram.called("setWebhook")[0]["secret_token"]
    assert len(secret) == 64
    assert secret not in world.telegram.token


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", "секрет", SECRET.upper()])
async def test_a_forged_call_is_refused(world: World, secret: str | None) -> None:
    async with mounted(world) as (_, url):
        update = {"update_id": 1, "message": {"text": "пусти"}}
        assert await post(url, json.dumps(update), secret) == 403
    assert world.inbox.offered == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{}",
        b'{"update_id": "1"}',
        b'{"update_id": true}',
        b'{"update_id": 1, "message": []}',
        b'{"update_id": 1, "message": {"chat": {"id": "x", "type": "private"}}}',
        b'{"update_id": 1, "message": {"chat": {"id": 5, "type": "private"}, "from": {}, "text": "a", "date": 1e99}}',
        b"[" * 100_000,
    ],
)
async def test_what_is_no_update_is_a_bad_request(world: World, body: bytes) -> None:
    async with mounted(world) as (_, url):
        assert await post(url, body) == 400
    assert world.inbox.offered == 0


async def test_an_update_that_asks_nothing_of_us_is_taken(world: World) -> None:
    async with mounted(world) as (_, url):
        assert await post(url, json.dumps(UPDATE)) == 200


async def test_the_same_call_twice_is_one_event(world: World) -> None:
    maria = world.telegram.resident()
    async with mounted(world) as (_, url):
        update = await maria.write("дважды")
        await world.confirmed()
        assert await post(url, json.dumps(update)) == 200
    assert world.inbox.contents == [Text("дважды")]


async def test_before_the_program_is_ready_telegram_is_asked_to_wait(world: World) -> None:
    async with mounted(world, receiving=False) as (_, url):
        assert await post(url, json.dumps(UPDATE)) == 503


async def test_the_webhook_is_set_however_long_telegram_is_away(world: World) -> None:
    world.telegram.fail("setWebhook", 429, "Too Many Requests: retry after 5", retry_after=5)
    world.telegram.drop("setWebhook", done=False)
    maria = world.telegram.resident()
    async with mounted(world):
        await maria.write("привет")
        await world.stored(1)
    assert world.pauses == [5.0, 4.0]


async def test_telegrams_complaints_about_the_webhook_are_passed_on(world: World) -> None:
    maria = world.telegram.resident()
    world.inbox.refusals = [Overloaded("full")]
    async with mounted(world) as (channel, _):
        await maria.write("привет")
        await world.stored(1)
        await world.confirmed()
        (problem,) = await channel.diagnose()
    assert "503" in problem
    assert "webhook_url" in problem
