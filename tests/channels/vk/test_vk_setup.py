"""Settings, and what an administrator is told."""

from __future__ import annotations

import pytest

from channels.contract import Diagnose, Fetch
from channels.vk.config import VkConfig
from errors import ConfigError
from tests.channels.vk.conftest import SECRET, World

TOKEN = "vk1.a.0123456789abcdefghij"
GOOD: dict[str, object] = {"token": TOKEN, "group_id": 123}
CALLBACK: dict[str, object] = {"callback_url": "https://chat.example/vk/callback", "callback_secret": "abc"}


def config(**settings: object) -> VkConfig:
    return VkConfig(**{**GOOD, **settings})  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"token": ""}, "token"),
        ({"token": "PUT-YOUR-TOKEN HERE"}, "token"),
        ({"token": TOKEN + "\n"}, "token"),
        ({"group_id": 0}, "group_id"),
        ({"group_id": -123}, "group_id"),
        ({"api_base": "api.vk.ru"}, "api_base"),
        ({"api_base": "ftp://api.vk.ru"}, "api_base"),
        ({"api_base": "https://[bad"}, "api_base"),
        ({"poll_timeout_seconds": 0}, "poll_timeout_seconds"),
        ({"poll_timeout_seconds": 91}, "poll_timeout_seconds"),
        ({"confirmation": "a b"}, "confirmation"),
        ({**CALLBACK, "callback_url": "chat.example/vk"}, "callback_url"),
        ({**CALLBACK, "callback_url": "https://chat.example/"}, "callback_url"),
        ({**CALLBACK, "callback_url": "http://chat.example/vk"}, "callback_url"),
        ({**CALLBACK, "callback_secret": ""}, "callback_secret"),
        ({**CALLBACK, "callback_secret": "сек"}, "callback_secret"),
        ({**CALLBACK, "callback_secret": "x" * 51}, "callback_secret"),
    ],
)
def test_what_cannot_work_is_named(settings: dict[str, object], key: str) -> None:
    with pytest.raises(ConfigError, match=rf"^channels\.vk\.{key}: ") as failed:
        config(**settings).check()
    assert TOKEN not in str(failed.value)


def test_what_works_is_taken_and_hides_its_secrets() -> None:
    made = config(**CALLBACK, confirmation="1a2b3c")
    assert made.webhook_path == "/vk/callback"
    assert config().webhook_path == ""
    assert config(api_base="http://127.0.0.1:9", callback_url="http://127.0.0.1/vk", callback_secret="a").webhook_path
    assert [secret for secret in (TOKEN, "abc", "1a2b3c") if secret in repr(made)] == []


async def problems(world: World, **settings: object) -> str:
    async with world.sending(**settings) as channel:
        assert isinstance(channel, Diagnose)
        assert isinstance(channel, Fetch)
        return "\n".join(await channel.diagnose())


def callback(world: World, **settings: object) -> dict[str, object]:
    return {"callback_url": f"{world.vk.base}/our/callback", "callback_secret": SECRET, **settings}


async def test_when_all_is_well_nothing_is_said(world: World) -> None:
    world.vk.methods.server(f"{world.vk.base}/our/callback", SECRET)
    assert await problems(world) == ""
    assert await problems(world, **callback(world, confirmation="c0nf1rm")) == ""


async def test_forgotten_ticks_are_named(world: World) -> None:
    world.vk.methods.server(f"{world.vk.base}/our/callback", SECRET)
    world.vk.methods.ticks = {"message_new": 1, "message_edit": 1}
    for said, page in (
        (await problems(world), "Long Poll API"),
        (await problems(world, **callback(world)), "Callback"),
    ):
        assert "«разрешение на получение», «запрет на получение»" in said
        assert "входящее" not in said
        assert page in said


async def test_missing_rights_are_named(world: World) -> None:
    world.vk.methods.rights = ["messages", "manage"]
    assert "нет прав: «фотографии», «файлы»" in await problems(world)


async def test_long_poll_that_is_off_is_told(world: World) -> None:
    world.vk.methods.long_poll_on = False
    assert "Long Poll выключен" in await problems(world)


@pytest.mark.parametrize(
    ("status", "words"), [("failed", "не смог вызвать"), ("unconfigured", "не подтверждён"), ("wait", "ещё проверяет")]
)
async def test_a_callback_server_that_does_not_work_is_told(world: World, status: str, words: str) -> None:
    world.vk.methods.server(f"{world.vk.base}/our/callback", SECRET, status)
    assert words in await problems(world, **callback(world))


async def test_a_callback_server_that_is_missing_or_set_otherwise_is_told(world: World) -> None:
    assert "нет сервера с адресом" in await problems(world, **callback(world))
    world.vk.methods.server(f"{world.vk.base}/our/callback", "another secret")
    said = await problems(world, **callback(world, confirmation="old"))
    assert "Секретный ключ" in said
    assert "channels.vk.confirmation не та" in said
    assert "another secret" not in said


@pytest.mark.parametrize(
    ("method", "code", "words"),
    [
        ("groups.getById", 5, "не принимает ключ"),
        ("groups.getTokenPermissions", 6, "просит подождать"),
        ("groups.getLongPollSettings", 15, "управление сообществом"),
        ("groups.getById", 10, "Нет связи"),
    ],
)
async def test_what_vk_refuses_is_explained(world: World, method: str, code: int, words: str) -> None:
    world.vk.fail(method, code)
    assert words in await problems(world)


async def test_a_key_of_another_community_is_told(world: World) -> None:
    assert "выдан другим сообществом" in await problems(world, group_id=55)


async def test_without_a_network_that_is_said(world: World) -> None:
    assert "Нет связи с ВКонтакте" in await problems(world, api_base="http://127.0.0.1:9")


async def test_a_wrong_token_is_told(world: World) -> None:
    assert "не принимает ключ доступа" in await problems(world, token=TOKEN)
