"""The fake MAX itself: what it refuses, and that nothing wrong passes it."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest

from tests.fakes.max import spec
from tests.fakes.max.api import FakeMax

HELLO: dict[str, Any] = {"text": "Здравствуйте", "attachments": []}


async def ask(
    fake: FakeMax, method: str, path: str, body: Any = None, *, token: str | None = None, **query: str
) -> tuple[int, Any]:
    headers = {"Authorization": fake.token if token is None else token}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, fake.base + path, params=query, json=body) as answer,
    ):
        return answer.status, json.loads(await answer.text())


async def violations_of(method: str, path: str, body: Any = None, **query: str) -> list[str]:
    """What the fake notes about one request."""
    fake = FakeMax()
    await fake.open()
    try:
        maria = fake.resident()
        await maria.start()
        if path == "/messages":
            query = {"chat_id": str(maria.chat_id), **query}
        status, _ = await ask(fake, method, path, body, **query)
        assert (status != 200) == bool(fake.violations)
        return fake.violations
    finally:
        await fake.close()


def keyboard(*rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"text": "?", "attachments": [{"type": "inline_keyboard", "payload": {"buttons": list(rows)}}]}


BUTTON = {"type": "callback", "text": "Да", "payload": "yes"}


@pytest.mark.parametrize(
    ("method", "path", "body", "query"),
    [
        ("POST", "/messages", {**HELLO, "parse_mode": "html"}, {}),
        ("POST", "/messages", {"text": "ж" * 4001}, {}),
        ("POST", "/messages", {"text": 5}, {}),
        ("POST", "/messages", {"text": "?", "attachments": [{"type": "keyboard"}]}, {}),
        ("POST", "/messages", HELLO, {"silent": "true"}),
        ("POST", "/messages", keyboard([{**BUTTON, "text": ""}]), {}),
        ("POST", "/messages", keyboard([{**BUTTON, "payload": "x" * 1025}]), {}),
        ("POST", "/messages", keyboard([{**BUTTON, "url": "x"}]), {}),
        ("POST", "/messages", keyboard([BUTTON] * 8), {}),
        ("POST", "/messages", keyboard(*[[BUTTON]] * 31), {}),
        ("POST", "/messages", keyboard([{"type": "request_contact", "text": "Номер"}, *[BUTTON] * 3]), {}),
        ("GET", "/updates", None, {"limit": "1001"}),
        ("GET", "/updates", None, {"marker": "last"}),
        ("POST", "/subscriptions", {"url": "https://a.example/", "secret": "four"}, {}),
        ("POST", "/uploads", None, {"type": "picture"}),
        ("POST", "/uploads", None, {}),
        ("POST", "/answers", {}, {"callback_id": " "}),
        ("PATCH", "/me/commands", {"commands": [{"name": "a", "description": "ж" * 129}]}, {}),
        ("GET", "/chats", None, {}),
    ],
)
async def test_what_max_does_not_describe_is_a_violation(
    method: str, path: str, body: Any, query: dict[str, str]
) -> None:
    assert len(await violations_of(method, path, body, **query)) == 1


async def test_what_max_describes_is_none() -> None:
    row = [{"type": "request_contact", "text": "Номер"}, BUTTON]
    assert await violations_of("POST", "/messages", keyboard(row, [BUTTON] * 7)) == []
    assert await violations_of("POST", "/messages", {**HELLO, "notify": False}) == []
    assert await violations_of("GET", "/me") == []


async def test_a_violation_fails_the_test() -> None:
    with pytest.raises(AssertionError):
        async with FakeMax() as fake:
            await ask(fake, "GET", "/chats")


async def test_updates_max_could_not_send_are_refused() -> None:
    async with FakeMax() as fake:
        maria = fake.resident()
        with pytest.raises(spec.SpecError):
            await maria.say("привет", {"type": "image", "payload": {"url": "x"}})
        with pytest.raises(spec.SpecError):
            await maria._update("message_created", {"text": "привет"})


async def test_the_token_belongs_into_the_header_of_the_api_alone() -> None:
    async with FakeMax() as fake:
        assert (await ask(fake, "GET", "/me", token="wrong"))[0] == 401
        assert (await ask(fake, "GET", "/me", access_token=fake.token))[0] == 401
        headers = {"Authorization": fake.token}
        async with aiohttp.ClientSession(headers=headers) as session, session.get(f"{fake.base}/cdn/x") as answer:
            assert answer.status == 404
        assert fake.violations == ["the token went to a server of files"]
        fake.violations.clear()


async def test_a_third_message_of_a_second_and_a_31st_request_are_too_many() -> None:
    async with FakeMax() as fake:
        frozen = fake.now()
        fake.now = lambda: frozen  # type: ignore[method-assign]  # the clock stands still
        maria = fake.resident()
        await maria.start()
        statuses = [(await ask(fake, "POST", "/messages", HELLO, chat_id=str(maria.chat_id)))[0] for _ in range(3)]
        assert statuses == [200, 200, 429]
        statuses = [(await ask(fake, "GET", "/me"))[0] for _ in range(28)]
        assert statuses == [200] * 27 + [429]
        assert fake.throttled == 2


async def test_polling_beside_a_subscription_is_refused_and_without_a_marker_gives_the_last() -> None:
    async with FakeMax() as fake:
        maria = fake.resident()
        for text in ("первое", "второе"):
            await maria.write(text)
        _, found = await ask(fake, "GET", "/updates", timeout="0")
        assert [one["message"]["body"]["text"] for one in found["updates"]] == ["второе"]
        assert (await ask(fake, "GET", "/updates", timeout="0", marker=str(found["marker"])))[1]["updates"] == []
        await ask(fake, "POST", "/subscriptions", {"url": "http://127.0.0.1:9/hook"})
        assert (await ask(fake, "GET", "/updates", timeout="0"))[0] == 405


async def test_a_webhook_is_called_eleven_times_and_ends_after_eight_hours() -> None:
    async with FakeMax() as fake:
        await ask(fake, "POST", "/subscriptions", {"url": "http://127.0.0.1:9/hook", "secret": "secret"})
        await fake.resident().write("слышно?")
        await fake.until(lambda: fake.updates.lost, "given up")
        assert fake.updates.answers == [0] * 11
        assert fake.updates.subscriptions
        fake.advance(8 * 3600 + 1)
        await fake.resident().write("а теперь?")
        await fake.until(lambda: not fake.updates.subscriptions, "unsubscribed")
