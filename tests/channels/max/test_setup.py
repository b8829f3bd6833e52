"""Settings, certificates, proxies, the menu and the link, and what an administrator is told."""

from __future__ import annotations

import ssl
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest
import trustme

from channels.contract import (
    Channel,
    Command,
    Diagnose,
    Fetch,
    Linked,
    Menu,
    SendError,
    Text,
    Webhook,
)
from channels.max.config import MaxConfig
from channels.max.errors import as_send_error
from channels.max.webhook import is_stale
from errors import ConfigError
from tests.channels.max.conftest import World
from tests.fakes.max.api import FakeMax
from tests.fakes.proxies import proxying


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"token": ""}, "token"),
        ({"token": "с пробелом и не по-английски"}, "token"),
        ({"token": "two\r\nlines-of-a-header"}, "token"),
        ({"api_base": "platform-api2.max.ru"}, "api_base"),
        ({"api_base": "http://host:port"}, "api_base"),
        ({"api_base": "https://platform-api.max.ru"}, "api_base"),
        ({"api_base": "https://botapi.max.ru/"}, "api_base"),
        ({"proxy": "10.0.0.1:1080"}, "proxy"),
        ({"proxy": "mtproto://10.0.0.1:443"}, "proxy"),
        ({"webhook_url": "chat.example/max"}, "webhook_url"),
        ({"webhook_url": "http://chat.example/max"}, "webhook_url"),
        ({"webhook_url": "https://chat.example:8443/max"}, "webhook_url"),
        ({"webhook_url": "https://chat.example/"}, "webhook_url"),
        ({"webhook_secret": "four"}, "webhook_secret"),
        ({"webhook_secret": "с пробелом"}, "webhook_secret"),
        ({"poll_timeout_seconds": 91}, "poll_timeout_seconds"),
        ({"poll_timeout_seconds": -1}, "poll_timeout_seconds"),
        ({"ca_file": "no/such/file.pem"}, "ca_file"),
        ({"ca_file": __file__}, "ca_file"),
        ({"ca_file": str(Path(__file__).parent)}, "ca_file"),
    ],
)
def test_settings_that_cannot_work_are_named(settings: dict[str, object], key: str) -> None:
    with pytest.raises(ConfigError, match=rf"channels\.max\.{key}"):
        MaxConfig(**{"token": "f9LHodD0cOI-token", **settings}).check()  # type: ignore[arg-type]  # by name


def test_port_443_may_be_written_and_another_server_may_call_any() -> None:
    official = MaxConfig(token="f9LHodD0cOI-token", webhook_url="https://chat.example:443/max/webhook")
    own = MaxConfig(token="f9LHodD0cOI-token", api_base="http://relay:8081", webhook_url="http://bot:8000/max")
    assert (official.webhook_path, own.webhook_path) == ("/max/webhook", "/max")


def test_nothing_secret_shows_in_the_settings() -> None:
    config = MaxConfig(token="f9LHodD0cOI-token", proxy="socks5://user:pass-word@host:1080", webhook_secret="hush-hush")
    assert [secret for secret in ("f9LHodD0cOI", "pass-word", "hush-hush") if secret in repr(config)] == []
    assert "f9LHodD0cOI" not in config.secret + config.cursor_owner


def test_each_token_has_a_secret_and_a_mark_of_its_own() -> None:
    one, other = MaxConfig(token="f9LHodD0cOI-one"), MaxConfig(token="f9LHodD0cOI-two")
    assert len({one.secret, other.secret, one.cursor_owner, other.cursor_owner}) == 4


async def test_the_channel_has_all_its_abilities(world: World) -> None:
    async with world.sending() as channel:
        abilities = (Channel, Fetch, Webhook, Diagnose, Menu, Linked)
        assert [ability for ability in abilities if not isinstance(channel, ability)] == []
        assert channel.webhook_path == ""
        assert channel.capabilities.edits


def test_reading_messages_needs_no_library() -> None:
    code = "import sys, channels.max.incoming, channels.max.outgoing; sys.exit('aiohttp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- certificates ---


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


async def test_a_root_of_ones_own_is_trusted_only_when_it_is_named(authority: trustme.CA, tmp_path: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    root = tmp_path / "root.pem"
    authority.cert_pem.write_to_path(str(root))
    fake = FakeMax()
    await fake.open(tls=tls)
    world = World(fake)
    try:
        maria = fake.resident()
        await maria.start()
        async with world.sending() as channel:
            with pytest.raises(SendError) as failed:
                await channel.send(world.message(maria.chat_id))
            (problem,) = await channel.diagnose()
        assert (failed.value.code, failed.value.retryable) == ("network", True)
        assert "channels.max.ca_file" in problem
        assert fake.calls == []
        async with world.receiving(ca_file=str(root)) as channel:
            await channel.send(world.message(maria.chat_id, "Слышно"))
            assert await channel.diagnose() == []
        assert maria.received() == ["Слышно"]
    finally:
        await fake.close()


async def test_a_certificate_of_another_name_is_not_trusted(authority: trustme.CA, tmp_path: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("another.example").configure_cert(tls)
    root = tmp_path / "root.pem"
    authority.cert_pem.write_to_path(str(root))
    fake = FakeMax()
    await fake.open(tls=tls)
    world = World(fake)
    try:
        async with world.sending(ca_file=str(root)) as channel:
            with pytest.raises(SendError) as failed:
                await channel.send(world.message(5))
        assert failed.value.code == "network"
        assert fake.calls == []
    finally:
        await fake.close()


def test_the_usual_roots_stay_trusted_beside_it(authority: trustme.CA, tmp_path: Path) -> None:
    root = tmp_path / "root.pem"
    authority.cert_pem.write_to_path(str(root))
    usual = MaxConfig(token="f9LHodD0cOI-token").trust()
    both = MaxConfig(token="f9LHodD0cOI-token", ca_file=str(root)).trust()
    assert both.cert_store_stats()["x509_ca"] == usual.cert_store_stats()["x509_ca"] + 1 > 50
    assert both.verify_mode == ssl.CERT_REQUIRED
    assert both.check_hostname


@pytest.mark.parametrize(
    ("other", "stale"),
    [
        ("https://chat.example/max/before", True),
        ("https://chat.example:443/max/before", True),
        ("https://chat.example/max/webhook", False),
        ("https://chat.example:8443/max/before", False),
        ("https://other.example/max/before", False),
        ("https://[broken", False),
    ],
)
def test_only_our_own_old_addresses_are_stale(other: str, stale: bool) -> None:
    assert is_stale(other, "https://chat.example/max/webhook") == stale


# --- proxies ---


@pytest.mark.parametrize("scheme", ["socks5", "http"])
async def test_everything_goes_through_the_proxy(world: World, scheme: str) -> None:
    maria = world.fake.resident()
    async with proxying(scheme) as proxy, world.receiving(proxy=proxy.url) as channel:
        await maria.write("через прокси")
        await world.stored(1)
        await channel.send(world.message(maria.chat_id, "Слышно"))
        assert await channel.diagnose() == []
    assert maria.received() == ["Слышно"]
    assert set(proxy.targets) == {world.fake.base}
    assert world.inbox.contents == [Text("через прокси")]


@pytest.mark.parametrize("scheme", ["socks5", "http", "socks4"])
async def test_without_its_proxy_nothing_is_sent(world: World, scheme: str) -> None:
    maria = world.fake.resident()
    await maria.start()
    async with world.sending(proxy=f"{scheme}://user:pass-word@127.0.0.1:9") as channel:
        with pytest.raises(SendError) as failed:
            await channel.send(world.message(maria.chat_id))
        (problem,) = await channel.diagnose()
    assert (failed.value.code, failed.value.retryable) == ("network", True)
    assert "channels.max.proxy" in problem
    assert "pass-word" not in problem + str(failed.value)
    assert maria.received() == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TimeoutError(), "unknown"),
        (aiohttp.SocketTimeoutError(), "unknown"),
        (aiohttp.ServerDisconnectedError(), "unknown"),
        (aiohttp.ClientOSError(104, "reset"), "unknown"),
        (aiohttp.ConnectionTimeoutError(), "network"),
    ],
)
def test_only_a_connection_that_was_never_made_is_surely_not_sent(error: Exception, code: str) -> None:
    found = as_send_error(error)
    assert (found.code, found.retryable) == (code, True)


# --- menu and link ---


async def test_the_menu_is_set(world: World) -> None:
    commands = [Command("start", "Начать сначала"), *(Command(f"c{number}", "ж" * 200) for number in range(40))]
    async with world.sending() as channel:
        await channel.set_menu(commands)
    assert world.fake.methods.commands[0] == {"name": "start", "description": "Начать сначала"}
    assert len(world.fake.methods.commands) == 32


async def test_a_menu_that_max_refuses_is_told(world: World) -> None:
    world.fake.fail("PATCH /me/commands", 500, "internal.error")
    async with world.sending() as channel:
        with pytest.raises(SendError) as failed:
            await channel.set_menu([Command("start", "Начать")])
    assert (failed.value.code, failed.value.retryable) == ("network", True)


async def test_the_link_opens_the_bot_with_its_mark(world: World) -> None:
    async with world.sending() as channel:
        assert await channel.link("podezd-3") == "https://max.ru/id7700000000_bot?start=podezd-3"
        assert await channel.link("dom_5") == "https://max.ru/id7700000000_bot?start=dom_5"
    assert world.fake.counts["GET /me"] == 1


async def test_without_a_name_there_is_no_link(world: World) -> None:
    world.fake.fail("GET /me", 401, "verify.token")
    async with world.sending() as channel:
        with pytest.raises(SendError, match="unauthorized"):
            await channel.link("x")
        world.fake.bot["username"] = None
        with pytest.raises(SendError, match="rejected"):
            await channel.link("x")


# --- what an administrator is told ---


async def test_all_is_well(world: World) -> None:
    async with world.sending() as channel:
        assert await channel.diagnose() == []
    async with world.mounted() as (channel, _):
        assert await channel.diagnose() == []


async def test_a_wrong_token_is_told_with_what_helps(world: World) -> None:
    async with world.sending(token="another-token-of-the-tests") as channel:
        (problem,) = await channel.diagnose()
    assert "DOMOVOY_CHANNELS__MAX__TOKEN" in problem
    assert "another-token" not in problem


async def test_an_address_where_no_bot_answers_is_told(world: World) -> None:
    world.fake.bot["is_bot"] = False
    async with world.sending() as channel:
        (problem,) = await channel.diagnose()
    assert "api_base" in problem


async def test_a_webhook_that_is_not_subscribed_is_told(world: World) -> None:
    async with world.sending(webhook_url="http://chat.example/max") as channel:
        (problem,) = await channel.diagnose()
    assert "подписки на него нет" in problem


async def test_a_subscription_beside_polling_is_told(world: World) -> None:
    world.fake.updates.subscribe("https://old.example/max", [], "")
    async with world.sending() as channel:
        (problem,) = await channel.diagnose()
    assert "подписка на вебхук" in problem


async def test_a_bot_that_may_write_to_nobody_is_probably_not_moderated(world: World) -> None:
    people = [world.fake.resident() for _ in range(5)]
    async with world.sending() as channel:
        for one in people:
            await one.start()
            await one.stop()
            with pytest.raises(SendError):
                await channel.send(world.message(one.chat_id))
        (problem,) = await channel.diagnose()
        assert "модерацию" in problem
        await people[0].start()
        await channel.send(world.message(people[0].chat_id))
        assert await channel.diagnose() == []
