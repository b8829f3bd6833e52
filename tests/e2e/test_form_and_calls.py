"""A form of the site and a phone call, in the real program: the number on the page, the news by SMS."""

from __future__ import annotations

import asyncio
import re

import aiohttp

from tests.e2e.support.personas import Dispatcher, browser_of
from tests.e2e.support.program import Program
from tests.e2e.support.story import number_in
from tests.fakes.sms_gateway import sms_gateway

PHONE = "+79031234567"
GATEWAY_TOKEN = "not-for-logs"
FORM = {
    "text": "Лифт не работает второй день",
    "address": "ул. Садовая, 5",
    "apartment": "17",
    "name": "Анна",
    "phone": "8 903 123-45-67",
    "consent": "1",
}


async def fill_in(base: str, http: aiohttp.ClientSession, **changes: str) -> str:
    """Send the form as a browser without scripts does; return the page with the answer, once it is there."""
    async with http.get(f"{base}/form") as answer:
        page = await answer.text()
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    async with asyncio.timeout(60):
        while True:
            async with http.post(f"{base}/form/send", data=hidden | FORM | changes) as answer:
                page, wait = await answer.text(), answer.headers.get("Retry-After")
                sent_to = str(answer.url)
            if wait is None:
                break
            await asyncio.sleep(float(wait))  # a form filled in too fast says when it will be taken
        while "появится здесь" in page:
            async with http.get(sent_to) as answer:
                page = await answer.text()
    return page


async def test_the_form_shows_its_number_and_goes_on_in_the_chat(program: Program) -> None:
    await program.start()
    async with browser_of(Dispatcher, program) as anna:
        page = await fill_in(program.base, anna.http)
        heading = re.search(r"<h2>Заявка № (\d\d-\d{6}) принята</h2>", page)
        assert heading, page
        async with anna.http.get(f"{program.base}/chat/lines?after=0") as answer:
            lines = (await answer.json())["lines"]
        assert [line["author"] for line in lines] == ["resident", "bot"]
        assert heading[1] in lines[1]["text"]
    await program.stop()
    tickets = program.rows("SELECT number, source, address, apartment, phone, name, problem FROM ticket")
    assert tickets == [
        {
            "number": heading[1],
            "source": "web",
            "address": "ул. Садовая, д. 5",
            "apartment": "17",
            "phone": PHONE,
            "name": "Анна",
            "problem": "lift_stopped",
        }
    ]
    assert "903" not in program.errors()


async def test_an_emergency_in_the_form_warns_first(program: Program) -> None:
    await program.start()
    async with browser_of(Dispatcher, program) as anna:
        page = await fill_in(program.base, anna.http, text="Сильно пахнет газом", consent="", phone="")
    assert page.index("Запах газа") < page.index("принята как аварийная")
    await program.stop()
    assert program.rows("SELECT priority, emergency FROM ticket") == [{"priority": "emergency", "emergency": "gas"}]


async def test_a_call_becomes_a_ticket_and_its_news_leave_by_sms(program: Program) -> None:
    async with sms_gateway() as gateway:
        await program.start(
            DOMOVOY_CHANNELS__SMS__ENABLED="true",
            DOMOVOY_CHANNELS__SMS__URL=f"{gateway.base}/send",
            DOMOVOY_CHANNELS__SMS__BODY='{"to": "{digits}", "text": "{text}"}',
            DOMOVOY_CHANNELS__SMS__HEADERS="Authorization: Bearer {token}",
            DOMOVOY_CHANNELS__SMS__TOKEN=GATEWAY_TOKEN,
        )
        async with browser_of(Dispatcher, program) as irina:
            await irina.log_in("demo", program.password)
            page = await irina.post(
                "/console/tickets/new",
                problem="lift_stopped",
                text="Лифт стоит",
                address="Садовая 5",
                name="Анна",
                phone="8 903 123-45-67",
                push="sms",
            )
            assert "Прочитайте жителю" in page
            number = number_in(page)
            await gateway.heard(1)
            ticket = await irina.ticket(number)
            await irina.change_status(ticket, "in_progress")
            await gateway.heard(2)
            await irina.change_status(ticket, "done")
            calls = await gateway.heard(3)
        await program.stop()
    assert {call.json["to"] for call in calls} == {PHONE[1:]}
    assert {call.headers["authorization"] for call in calls} == {f"Bearer {GATEWAY_TOKEN}"}
    opened, begun, done = (call.json["text"] for call in calls)
    assert opened.startswith(f"Заявка № {number} принята")
    assert f"По заявке № {number} начали работу" in begun
    assert f"Заявка № {number}" in done
    assert "выполнена" in done
    assert not any(mark in text for text in (opened, begun, done) for mark in ("\n1.", "Проблема решена?"))
    assert program.rows("SELECT source, status FROM ticket") == [{"source": "phone", "status": "done"}]
    for secret in (GATEWAY_TOKEN, PHONE[1:]):
        assert secret not in program.errors()
