"""The SMS channel against a gateway on real sockets."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp.test_utils import unused_port
from hypothesis import given
from hypothesis import strategies as st

from channels.contract import Channel, Diagnose, FileRef, Outgoing, SendError
from channels.sms import outgoing
from channels.sms.adapter import ANSWER_BYTES, Sms
from channels.sms.config import SmsConfig
from errors import ConfigError
from tests.fakes.sms_gateway import Call, SmsGateway, sms_gateway

PHONE = "+79031234567"
MESSAGE = Outgoing(key="i1.0", conversation=PHONE, text="Заявка № 26-000001 принята. Срок: 24 ноября, 14:30.")
NASTY = 'а&phone=1+1 "x" \\ {token} %41\n<b>#'
TOKEN = "not-for-logs"
JSON_BODY = '{"to": "{digits}", "messages": [{"text": "{text}", "id": "{key}"}], "test": false}'


async def send(gateway: SmsGateway, message: Outgoing = MESSAGE, **settings: Any) -> Call:
    told = {"url": f"{gateway.base}/send", "body": JSON_BODY, "token": TOKEN} | settings
    channel = Sms(SmsConfig(**told))
    try:
        assert await channel.send(message) == message.key
    finally:
        await channel.close()
    return gateway.calls[-1]


async def failure(gateway: SmsGateway, **settings: Any) -> SendError:
    with pytest.raises(SendError) as caught:
        await send(gateway, **settings)
    assert TOKEN not in str(caught.value)
    assert PHONE[1:] not in str(caught.value)
    assert "Заявка" not in str(caught.value)
    return caught.value


async def test_json_gateway_gets_its_json() -> None:
    async with sms_gateway() as gateway:
        call = await send(gateway, replace(MESSAGE, text=NASTY), headers=("Authorization: Bearer {token}",))
    assert (call.method, call.path) == ("POST", "/send")
    assert call.headers["authorization"] == f"Bearer {TOKEN}"
    assert call.headers["content-type"] == "application/json; charset=utf-8"
    assert call.json == {"to": PHONE[1:], "messages": [{"text": NASTY, "id": "i1.0"}], "test": False}


async def test_form_gateway_gets_its_form() -> None:
    async with sms_gateway() as gateway:
        body = "login=uk&psw={token}&phones={phone}&mes={text}&charset=utf-8"
        call = await send(gateway, replace(MESSAGE, text=NASTY), body=body)
    assert call.headers["content-type"] == "application/x-www-form-urlencoded; charset=utf-8"
    assert call.form == {"login": "uk", "psw": TOKEN, "phones": PHONE, "mes": NASTY, "charset": "utf-8"}


async def test_address_gateway_gets_a_query() -> None:
    async with sms_gateway() as gateway:
        url = f"{gateway.base}/sms/send?api_id={{token}}&to={{digits}}&msg={{text}}&json=1"
        call = await send(gateway, replace(MESSAGE, text=NASTY), url=url, body="", method="GET")
    assert (call.method, call.body) == ("GET", b"")
    assert call.query == {"api_id": TOKEN, "to": PHONE[1:], "msg": NASTY, "json": "1"}


@given(st.text(st.characters(codec="utf-8"), max_size=80))
def test_no_text_changes_the_request_around_it(text: str) -> None:
    told = outgoing.values(PHONE, text, TOKEN, "i1.0")
    address = outgoing.in_url("https://sms.example/send?to={digits}&msg={text}&a=1", told)
    assert address.isascii()
    assert address.count("&") == 2
    assert not set(address) & set(' \r\n#"<>')
    form, _ = outgoing.in_body("msg={text}&a=1", told)
    assert form.count(b"&") == 1
    call = Call("POST", "/", {}, {}, outgoing.in_body(outgoing.parse_body(JSON_BODY), told)[0])
    assert call.json["messages"] == [{"text": text, "id": "i1.0"}]


@pytest.mark.parametrize(
    ("status", "code", "retryable", "whole"),
    [
        (302, "rejected", False, False),
        (400, "rejected", False, False),
        (404, "rejected", False, False),
        (401, "unauthorized", True, True),
        (402, "unauthorized", True, True),
        (403, "unauthorized", True, True),
        (408, "network", True, False),
        (503, "network", True, False),
        (500, "unknown", True, False),
        (502, "unknown", True, False),
    ],
)
async def test_refusal_is_named(status: int, code: str, retryable: bool, whole: bool) -> None:
    async with sms_gateway(status=status, answer=f"{PHONE} {TOKEN}") as gateway:
        error = await failure(gateway)
    assert (error.code, error.retryable, error.whole_channel) == (code, retryable, whole)


@pytest.mark.parametrize(("wish", "seconds"), [("3", 3), ("soon", 1), ("nan", 1), ("-5", 1), ("1e300", 3600)])
async def test_throttling_stops_the_whole_channel(wish: str, seconds: int) -> None:
    async with sms_gateway(status=429, headers={"Retry-After": wish}) as gateway:
        error = await failure(gateway)
    assert (error.code, error.retryable, error.whole_channel) == ("throttled", True, True)
    assert error.retry_after == timedelta(seconds=seconds)


async def test_a_refusal_with_200_is_seen_by_the_word_that_lacks() -> None:
    async with sms_gateway(answer='{"status": "ERROR", "status_code": 202}') as gateway:
        error = await failure(gateway, success='"status": "OK"')
        assert (error.code, error.retryable) == ("rejected", False)
        gateway.answer = '{"status": "OK"}'
        await send(gateway, success='"status": "OK"')


async def test_a_request_without_an_answer_may_have_been_delivered() -> None:
    async with sms_gateway(breaks_off=True) as gateway:
        error = await failure(gateway)
        assert (error.code, error.retryable, len(gateway.calls)) == ("unknown", True, 1)


@pytest.mark.parametrize(("method", "body"), [("GET", ""), ("PUT", JSON_BODY)])
async def test_no_request_is_repeated_by_the_library(method: str, body: str) -> None:
    async with sms_gateway() as gateway:
        url = f"{gateway.base}/send?to={{digits}}&msg={{text}}"
        channel = Sms(SmsConfig(url=url, method=method, body=body))
        await channel.send(MESSAGE)  # the connection is kept, as in the case that the library repeats for
        gateway.breaks_off = True
        with pytest.raises(SendError) as caught:
            await channel.send(MESSAGE)
        await channel.close()
    assert (caught.value.code, caught.value.retryable) == ("unknown", True)
    assert len(gateway.calls) == 2


async def test_an_answer_in_parts_is_read_to_its_end() -> None:
    async with sms_gateway(beginning='{"sta', answer='tus": "OK"}') as gateway:
        sending = asyncio.create_task(send(gateway, success='"status": "OK"'))
        await gateway.heard(1)
        await asyncio.wait({sending}, timeout=0.2)
        assert not sending.done()
        gateway.goes_on.set()
        await sending


async def test_no_more_of_an_answer_is_read_than_is_of_use() -> None:
    async with sms_gateway(beginning="x" * ANSWER_BYTES, answer="OK") as gateway:
        assert (await failure(gateway, success="OK")).code == "rejected"
        gateway.goes_on.set()


async def test_a_gateway_that_does_not_answer_in_time_may_have_delivered() -> None:
    async with sms_gateway(hangs=True) as gateway:
        assert (await failure(gateway, timeout_seconds=0.2)).code == "unknown"


async def test_a_gateway_that_is_away_has_heard_nothing() -> None:
    error = await failure(SmsGateway(base=f"http://127.0.0.1:{unused_port()}"))
    assert (error.code, error.retryable) == ("network", True)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (replace(MESSAGE, conversation="w1"), "not_found"),
        (replace(MESSAGE, text="", file=FileRef(remote_id="a")), "rejected"),
    ],
)
async def test_what_no_sms_can_be_is_not_sent(message: Outgoing, code: str) -> None:
    async with sms_gateway() as gateway:
        with pytest.raises(SendError) as caught:
            await send(gateway, message)
        assert (caught.value.code, caught.value.retryable, gateway.calls) == (code, False, [])


async def test_the_administrator_is_told_what_can_be_told() -> None:
    async with sms_gateway(status=401) as gateway:
        channel = Sms(SmsConfig(url=f"{gateway.base}/send", body=JSON_BODY))
        assert "нельзя" in (await channel.diagnose())[0]
        with pytest.raises(SendError):
            await channel.send(MESSAGE)
        assert "ключ" in (await channel.diagnose())[0]
        gateway.status = 200
        await channel.send(MESSAGE)
        assert await channel.diagnose() == []
        await channel.close()
    open_line = Sms(SmsConfig(url="http://sms.example/send", body=JSON_BODY))
    assert "https" in (await open_line.diagnose())[-1]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"url": ""}, "channels.sms.url"),
        ({"url": "ftp://sms.example"}, "channels.sms.url"),
        ({"url": "https://{token}/send"}, "channels.sms.url"),
        ({"method": "PATCH"}, "channels.sms.method"),
        ({"method": "GET"}, "channels.sms.body"),
        ({"body": '{"to": {phone}}'}, "кавычек"),
        ({"body": '{"to": "{phone}"}'}, "{text}"),
        ({"body": "text={text}"}, "{phone}"),
        ({"body": "to={fone}&text={text}"}, "{fone}"),
        ({"headers": ("Authorization {token}",)}, "channels.sms.headers"),
        ({"headers": ("X: a\r\nY: b",)}, "channels.sms.headers"),
        ({"headers": ("X-Text: {text}",)}, "channels.sms.headers"),
        ({"token": "a\nb"}, "channels.sms.token"),
        ({"token": "", "headers": ("Authorization: Bearer {token}",)}, "DOMOVOY_CHANNELS__SMS__TOKEN"),
        ({"per_second": 0}, "channels.sms.per_second"),
    ],
)
def test_a_setting_that_cannot_work_is_named(settings: dict[str, Any], words: str) -> None:
    told = {"url": "https://sms.example/send", "body": JSON_BODY, "token": TOKEN} | settings
    with pytest.raises(ConfigError) as caught:
        SmsConfig(**told).check()
    assert words in str(caught.value)
    assert TOKEN not in str(caught.value)


async def test_the_contract_is_kept_and_no_secret_shows() -> None:
    config = SmsConfig(url="https://sms.example/send?key=abc", body=JSON_BODY, token=TOKEN, headers=("X-Key: xyz",))
    channel = Sms(config)
    assert isinstance(channel, Channel)
    assert isinstance(channel, Diagnose)
    assert channel.capabilities.one_way
    assert not any(secret in repr(config) for secret in (TOKEN, "abc", "xyz"))

    async def accept(items: object) -> int:
        raise AssertionError

    waiting = asyncio.create_task(channel.receive(accept))
    await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await channel.close()
