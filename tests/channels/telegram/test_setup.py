"""Settings, proxies and what an administrator is told."""

from __future__ import annotations

import subprocess
import sys

import aiohttp
import pytest
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import GetMe

from channels.contract import Channel, Diagnose, Fetch, SendError, Text, Webhook
from channels.telegram.config import TelegramConfig
from channels.telegram.errors import as_send_error
from errors import ConfigError
from tests.channels.telegram.conftest import World
from tests.fakes.proxies import proxying


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"token": ""}, "token"),
        ({"token": "PUT-TOKEN-HERE"}, "token"),
        ({"api_base": "api.telegram.org"}, "api_base"),
        ({"api_base": "http://host:port"}, "api_base"),
        ({"proxy": "10.0.0.1:1080"}, "proxy"),
        ({"proxy": "mtproto://10.0.0.1:443"}, "proxy"),
        ({"webhook_url": "chat.example/telegram"}, "webhook_url"),
        ({"webhook_url": "http://chat.example/telegram"}, "webhook_url"),
        ({"webhook_url": "https://chat.example:8080/telegram"}, "webhook_url"),
        ({"webhook_url": "https://chat.example/"}, "webhook_url"),
        ({"webhook_secret": "с пробелом"}, "webhook_secret"),
        ({"poll_timeout_seconds": 51}, "poll_timeout_seconds"),
        ({"poll_timeout_seconds": -1}, "poll_timeout_seconds"),
    ],
)
def test_settings_that_cannot_work_are_named(settings: dict[str, object], key: str) -> None:
    with pytest.raises(ConfigError, match=f"channels.telegram.{key}"):
        TelegramConfig(**{"token": "123456:ABC-def", **settings}).check()  # type: ignore[arg-type]  # by name


def test_a_server_of_ones_own_may_call_any_port() -> None:
    config = TelegramConfig(token="123456:ABC-def", api_base="http://bot-api:8081", webhook_url="http://bot:8000/tg")
    assert (config.webhook_path, config.bot_id) == ("/tg", "123456")


def test_nothing_secret_shows_in_the_settings() -> None:
    config = TelegramConfig(token="123456:ABC-def", proxy="socks5://user:pass-word@host:1080", webhook_secret="hush")
    assert [secret for secret in ("ABC-def", "pass-word", "hush") if secret in repr(config)] == []


async def test_the_channel_has_all_its_abilities(world: World) -> None:
    async with world.sending() as channel:
        assert [ability for ability in (Channel, Fetch, Webhook, Diagnose) if not isinstance(channel, ability)] == []
        assert channel.webhook_path == ""


def test_reading_and_writing_messages_needs_no_library() -> None:
    code = "import sys, channels.telegram.incoming, channels.telegram.config; sys.exit('aiogram' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- proxies ---


@pytest.mark.parametrize("scheme", ["socks5", "http"])
async def test_everything_goes_through_the_proxy(world: World, scheme: str) -> None:
    maria = world.telegram.resident()
    async with proxying(scheme) as proxy, world.receiving(proxy=proxy.url) as channel:
        await maria.write("через прокси")
        await world.stored(1)
        await channel.send(world.message(maria.id, "Слышно"))
        assert await channel.diagnose() == []
    assert maria.received() == ["Слышно"]
    assert set(proxy.targets) == {world.telegram.base}
    assert world.inbox.contents == [Text("через прокси")]


@pytest.mark.parametrize("scheme", ["socks5", "http", "socks4"])
async def test_without_its_proxy_nothing_is_sent(world: World, scheme: str) -> None:
    maria = world.telegram.resident()
    await maria.start()
    async with world.sending(proxy=f"{scheme}://user:pass-word@127.0.0.1:9") as channel:
        with pytest.raises(SendError) as failed:
            await channel.send(world.message(maria.id))
        (problem,) = await channel.diagnose()
    assert (failed.value.code, failed.value.retryable) == ("network", True)
    assert "channels.telegram.proxy" in problem
    assert "pass-word" not in problem + str(failed.value)
    assert maria.received() == []


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (TimeoutError(), "unknown"),
        (aiohttp.SocketTimeoutError(), "unknown"),
        (aiohttp.ServerDisconnectedError(), "unknown"),
        (aiohttp.ConnectionTimeoutError(), "network"),
    ],
)
def test_only_a_connection_that_was_never_made_is_surely_not_sent(cause: Exception, code: str) -> None:
    error = TelegramNetworkError(method=GetMe(), message="some address with the token in it")
    error.__cause__ = cause
    found = as_send_error(error)
    assert (found.code, found.retryable) == (code, True)
    assert "token" not in str(found)


# --- what an administrator is told ---


async def test_all_is_well(world: World) -> None:
    async with world.sending() as channel:
        assert await channel.diagnose() == []


async def test_a_wrong_token_is_told_with_what_helps(world: World) -> None:
    async with world.sending(token="4242424242:another-token") as channel:
        (problem,) = await channel.diagnose()
    assert "@BotFather" in problem
    assert "another-token" not in problem


async def test_an_address_where_another_bot_answers_is_told(world: World) -> None:
    world.telegram.bot["id"] = 77
    async with world.sending() as channel:
        (problem,) = await channel.diagnose()
    assert "api_base" in problem


async def test_many_waiting_updates_are_told(world: World) -> None:
    maria = world.telegram.resident()
    for number in range(101):
        await maria.write(str(number))
    async with world.sending() as channel:
        (problem,) = await channel.diagnose()
    assert "101" in problem


async def test_a_webhook_of_another_program_is_told(world: World) -> None:
    world.telegram.updates.webhook_url = "https://other.example/hook"
    async with world.sending(webhook_url="http://chat.example/telegram") as channel:
        (problem,) = await channel.diagnose()
    assert "вебхук" in problem
