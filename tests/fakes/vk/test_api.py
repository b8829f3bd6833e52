"""The fake VK keeps VK's own rules: without that, a test over it would prove nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp import ClientError, ClientSession

from tests.fakes.vk import spec
from tests.fakes.vk.api import FakeVk
from tests.fakes.vk.script import ScriptError, calls_of

BUTTON = {"action": {"type": "text", "label": "Да", "payload": '{"press":"yes"}'}}


async def call(vk: FakeVk, method: str, **parameters: Any) -> Any:
    form = {"v": "5.199", "access_token": vk.token, **{name: str(value) for name, value in parameters.items()}}
    async with ClientSession() as session, session.post(f"{vk.base}/method/{method}", data=form) as answer:
        assert answer.status == 200
        return await answer.json()


def code_of(answer: dict[str, Any]) -> int:
    return int(answer["error"]["error_code"])


async def test_errors_come_in_an_envelope_with_http_200() -> None:
    async with FakeVk() as vk:
        stranger, maria = vk.resident(), vk.resident(allowed=True)
        assert code_of(await call(vk, "messages.send", peer_id=stranger.id, random_id=1, message="а")) == 901
        assert code_of(await call(vk, "messages.send", peer_id=1, random_id=1, message="а")) == 936
        assert code_of(await call(vk, "messages.send", peer_id=maria.id, random_id=1, message="д" * 4097)) == 914
        assert code_of(await call(vk, "messages.send", peer_id=maria.id, random_id=1)) == 100
        assert code_of(await call(vk, "messages.edit", peer_id=maria.id, cmid=9, message="а")) == 15
        assert code_of(await call(vk, "brand.new")) == 3
        assert code_of(await call(vk, "groups.getById", access_token="wrong")) == 5
        assert code_of(await call(vk, "groups.getById", v="5.80")) == 8


async def test_a_random_id_is_recognised_for_an_hour_and_a_hundred_messages() -> None:
    async with FakeVk() as vk:
        maria, anna = vk.resident(allowed=True), vk.resident(allowed=True)
        first = await call(vk, "messages.send", peer_id=maria.id, random_id=7, message="а")
        assert await call(vk, "messages.send", peer_id=maria.id, random_id=7, message="а") == first
        await call(vk, "messages.send", peer_id=anna.id, random_id=7, message="а")
        vk.advance(3601)
        assert await call(vk, "messages.send", peer_id=maria.id, random_id=7, message="а") != first
        for _ in range(2):
            await call(vk, "messages.send", peer_id=anna.id, random_id=0, message="б")
        assert (len(maria.received()), len(anna.received())) == (2, 3)
        maria.sent += [(vk.now(), number, 1) for number in range(1000, 1100)]
        await call(vk, "messages.send", peer_id=maria.id, random_id=7, message="а")
        assert len(maria.received()) == 3


async def test_the_twenty_first_request_of_a_second_is_refused() -> None:
    async with FakeVk() as vk:
        answers = [await call(vk, "groups.getById") for _ in range(21)]
        assert ["error" in answer for answer in answers] == [False] * 20 + [True]
        assert code_of(answers[-1]) == 6


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("messages.send", {"peer_id": 5, "text": "а"}),
        ("messages.send", {"peer_id": "maria", "message": "а"}),
        ("messages.send", {"peer_id": 5, "message": "а", "intent": "spam"}),
        ("messages.edit", {"message": "а"}),
        ("messages.sendMessageEventAnswer", {"user_id": 5, "peer_id": 5}),
        ("messages.send", {"peer_id": 5, "message": "а", "dont_parse_links": "true"}),
    ],
)
async def test_requests_against_the_schema_are_violations(method: str, parameters: dict[str, Any]) -> None:
    vk = FakeVk()
    await vk.open()
    assert code_of(await call(vk, method, **parameters)) == 100
    await vk.close()
    assert len(vk.violations) == 1


@pytest.mark.parametrize(
    "keyboard",
    [
        {"one_time": True, "buttons": [[BUTTON] * 6]},
        {"one_time": True, "buttons": [[BUTTON]] * 11},
        {"one_time": False, "inline": True, "buttons": [[BUTTON]] * 7},
        {"one_time": False, "inline": True, "buttons": [[BUTTON] * 4] * 3},
        {"one_time": True, "buttons": [[]]},
        {"buttons": [[BUTTON]]},
        {"one_time": True, "buttons": [[{"action": {"type": "text"}}]]},
        {"one_time": True, "buttons": [[{"action": {"type": "text", "label": "д" * 41}}]]},
        {"one_time": True, "buttons": [[{"action": {"type": "text", "label": "д", "payload": "x" * 256}}]]},
        {"one_time": True, "buttons": [[{**BUTTON, "color": "red"}]]},
        {"one_time": True, "buttons": [], "resize": True},
    ],
)
async def test_keyboards_beyond_the_limits_are_refused(keyboard: dict[str, Any]) -> None:
    vk = FakeVk()
    await vk.open()
    maria = vk.resident(allowed=True)
    answer = await call(
        vk,
        "messages.send",
        peer_id=maria.id,
        random_id=1,
        message="а",
        keyboard=json.dumps(keyboard, ensure_ascii=False),
    )
    await vk.close()
    assert code_of(answer) == 911
    assert len(vk.violations) == 1


async def test_events_that_vk_could_not_send_are_refused() -> None:
    async with FakeVk() as vk:
        for kind, held in (
            ("message_new", {"message": {"text": "а"}, "client_info": {}}),
            ("message_new", {}),
            ("message_deny", {}),
            ("message_allow", {"user_id": 5}),
            ("brand_new", {}),
        ):
            with pytest.raises((spec.SpecError, LookupError)):
                await vk.events.add(kind, held)
        with pytest.raises(spec.SpecError):
            await vk.resident().write("а", conversation_message_id="x")
    assert vk.events.history == []


async def test_a_dropped_answer_was_carried_out() -> None:
    async with FakeVk() as vk:
        maria = vk.resident(allowed=True)
        for done in (True, False):
            vk.drop("messages.send", done=done)
            with pytest.raises(ClientError):
                await call(vk, "messages.send", peer_id=maria.id, random_id=0, message="а")
        assert maria.received() == ["а"]


def test_the_part_of_vkscript_that_we_write_is_read() -> None:
    code = 'return [API.messages.send({"message":"a\\"],)(;"}),API.messages.send({"peer_id":5})];'
    assert calls_of(code) == [{"message": 'a"],)(;'}, {"peer_id": 5}]
    assert calls_of("return [];") == []


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("return 5;", 12),
        ("return [API.wall.post({})];", 12),
        ("return [API.messages.send({bad})];", 12),
        ("return [API.messages.send({}),];x", 12),
        ("return [API.messages.send({})API.messages.send({})];", 12),
        ("return [API.messages.send(5)];", 12),
        ('return [API.messages.send({"message":"a\u2028b"})];', 12),
        (f"return [{','.join(['API.messages.send({})'] * 26)}];", 13),
    ],
)
def test_programs_that_vk_would_not_run(code: str, error: int) -> None:
    with pytest.raises(ScriptError) as failed:
        calls_of(code)
    assert failed.value.code == error
