"""A phone call in the console, without scripts: who calls, what it is about, where the news go."""

from __future__ import annotations

import asyncio
import html
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from channels.contract import Accept, Capabilities, Outgoing, SendError
from houses.recognition.recogniser import HouseRecogniser
from houses.types import House
from models.database.connection import TENANT, Connection
from models.database.database import Database
from models.residents import conversations
from models.residents.link_codes import hashed
from operators.handover import phone_calls
from operators.handover.phone_calls import Prompter
from tests.operators.conftest import NOW, Clock, running_console
from tests.support.conversations import get_or_create
from tickets.classification.classifier import RuleClassifier
from tickets.classification.problems import shipped

PHONE = "+79031234567"
CALL = {
    "problem": "lift_stopped",
    "address": "Садовая 5",
    "apartment": "17",
    "name": "Анна",
    "phone": "8 903 123-45-67",
    "text": "Лифт стоит",
    "push": "sms",
}


class Messenger:
    """A channel that has a link, or does not tell it."""

    def __init__(self, name: str, link: str = "") -> None:
        self.name = name
        self.capabilities = Capabilities(
            text_length=100, buttons=0, per_second=1, per_conversation_second=1, one_way=name == "sms"
        )
        self._link = link

    async def receive(self, accept: Accept) -> None:
        await asyncio.Event().wait()

    async def send(self, message: Outgoing) -> str:
        return message.key

    async def close(self) -> None:
        return None

    async def link(self, payload: str) -> str:
        if not self._link:
            raise SendError("network", retryable=True)
        return f"{self._link}?start={payload}"


@pytest.fixture
async def console(database: Database) -> AsyncIterator[Any]:
    async def register(conn: Connection) -> list[House]:
        addresses = ("ул. Садовая, д. 5", "ул. Садовая, д. 7", "ул. Лесная, д. 1")
        sql = "INSERT INTO house (tenant, address) VALUES (?, ?)"
        return [House(id=await conn.insert(sql, TENANT, one), address=one) for one in addresses]

    served = await database.transaction(register)
    channels = [Messenger("sms"), Messenger("telegram", "https://t.me/uyut_bot"), Messenger("max")]
    prompter = Prompter(
        addresses=HouseRecogniser(served),
        classifier=RuleClassifier.shipped(),
        safety=lambda key: f"Текст {key}",
        channels={channel.name: channel for channel in channels},
    )
    async with running_console(database, Clock(), prompter=prompter, problems=tuple(shipped().values())) as running:
        yield running


async def resident(console: Any, channel: str = "telegram", address: str = "77", **fields: object) -> dict[str, Any]:
    """Somebody who wrote to us before, known by the phone; the channel vouched for it."""

    async def work(conn: Connection) -> dict[str, Any]:
        conversation = await get_or_create(conn, tenant=TENANT, channel=channel, address=address, now_ms=NOW)
        told = {"name": "Анна Петрова", "phone": PHONE, "house_id": 1, "apartment": "17", "verified": 1} | fields
        await conn.execute(
            "UPDATE resident SET name = ?, phone = ?, house_id = ?, apartment = ?, phone_verified_ms = ? WHERE id = ?",
            *told.values(),
            conversation["resident_id"],
        )
        return conversation

    made: dict[str, Any] = await console.database.transaction(work)
    return made


async def ticket(console: Any) -> dict[str, Any]:
    rows: list[dict[str, Any]] = await console.rows(
        "SELECT t.*, c.channel, c.address AS way, c.resident_id AS owner FROM ticket t"
        " LEFT JOIN conversation c ON c.id = t.conversation_id ORDER BY t.id DESC"
    )
    return rows[0]


async def test_a_first_call_opens_a_ticket_whose_news_go_by_sms(console: Any) -> None:
    irina = await console.visitor()
    status, page = await irina.post("/tickets/new", CALL)
    row = await ticket(console)
    assert (status, row["source"], row["house_id"], row["address"]) == (200, "phone", 1, "ул. Садовая, д. 5")
    assert (row["channel"], row["way"], row["owner"]) == ("sms", PHONE, row["resident_id"])
    (known,) = await console.rows("SELECT * FROM resident")
    assert (known["phone"], known["name"], known["house_id"], known["apartment"]) == (PHONE, "Анна", 1, "17")
    assert f"Номер вашей заявки: {row['number']}." in page
    assert "О заявке мы сообщим: СМС на номер +7 903 123-45-67" in page
    (news,) = await console.rows("SELECT channel, conversation, body FROM inbox")
    assert (news["channel"], news["conversation"], json.loads(news["body"])["change"]) == ("sms", PHONE, "opened")
    assert await console.rows("SELECT id FROM timer WHERE state = 0") == []


async def test_a_second_call_belongs_to_the_same_resident_and_conversation(console: Any) -> None:
    irina = await console.visitor()
    for _ in range(2):
        await irina.post("/tickets/new", CALL)
    rows = await console.rows("SELECT DISTINCT resident_id, conversation_id FROM ticket")
    assert len(rows) == 1
    assert len(await console.rows("SELECT id FROM resident")) == 1


async def test_a_known_phone_shows_the_resident_and_fills_the_form_with_one_click(console: Any) -> None:
    conversation = await resident(console)
    irina = await console.visitor()
    await irina.post("/tickets/new", CALL | {"push": "telegram"})
    number = (await ticket(console))["number"]
    status, page = await irina.post("/tickets/new", {"phone": "89031234567", "text": "Ещё вопрос", "do": "look"})
    assert status == 200
    for part in ("Анна Петрова", "ул. Садовая, д. 5, кв. 17", f"№ {number}", "Пишет нам: Telegram", "Ещё вопрос"):
        assert part in page
    assert len(await console.rows("SELECT id FROM ticket")) == 1
    take = re.search(r'name="do" value="(take:\d+)"', page)
    assert take
    assert take[1] == f"take:{conversation['resident_id']}"
    _, page = await irina.post("/tickets/new", {"phone": "89031234567", "do": take[1]})
    for part in ('value="Анна Петрова"', 'value="ул. Садовая, д. 5"', 'value="17"', "выбран"):
        assert part in page


async def test_news_go_to_the_messenger_the_resident_already_writes_in(console: Any) -> None:
    conversation = await resident(console)
    irina = await console.visitor()
    _, page = await irina.post("/tickets/new", CALL | {"push": "telegram"})
    row = await ticket(console)
    assert (row["conversation_id"], row["resident_id"]) == (conversation["id"], conversation["resident_id"])
    assert "О заявке мы сообщим: Telegram" in page
    assert "Продиктуйте" not in page


@pytest.mark.parametrize(
    ("push", "words"), [("telegram", "https://t.me/uyut_bot?start=call"), ("max", "Пусть найдёт там нашего бота")]
)
async def test_a_messenger_they_have_not_written_in_is_dictated_and_an_sms_stands_in(
    console: Any, push: str, words: str
) -> None:
    irina = await console.visitor()
    _, page = await irina.post("/tickets/new", CALL | {"push": push})
    assert words in page
    row = await ticket(console)
    assert row["channel"] == "sms"
    here = f"/tickets/{row['id']}?call={push}"
    assert f'action="/console{here}"' in page
    assert await console.rows("SELECT id FROM identity_code") == []
    _, page = await irina.post(here)
    dictated = re.search(r"код (\d{4}) (\d{4})", page)
    assert dictated
    stored = await console.rows("SELECT hash, conversation_id FROM identity_code")
    assert stored == [{"hash": hashed("".join(dictated.groups())), "conversation_id": row["conversation_id"]}]
    _, page = await irina.get(here)  # a reload voids nothing that was dictated
    assert "Показать код" in page
    assert await console.rows("SELECT hash, conversation_id FROM identity_code") == stored


async def test_no_code_is_told_for_a_messenger_or_the_conversation_of_another(console: Any) -> None:
    await resident(console)
    irina = await console.visitor()
    await irina.post("/tickets/new", CALL | {"push": "telegram"})
    written = f"/tickets/{(await ticket(console))['id']}?call=max"
    await irina.post("/tickets/new", CALL | {"phone": "89031110000", "push": "max"})
    called = await ticket(console)
    await console.database.transaction(
        lambda conn: conn.execute("UPDATE ticket SET resident_id = resident_id + 100 WHERE id = ?", called["id"])
    )
    for here in (written, f"/tickets/{called['id']}?call=max", f"/tickets/{called['id']}?call=sms"):
        assert "Показать код" not in (await irina.get(here))[1]
        assert (await irina.post(here))[0] == 409
    assert await console.rows("SELECT id FROM identity_code") == []


async def test_a_number_that_was_only_typed_gives_nobody_the_ticket(console: Any) -> None:
    typed = await resident(console, verified=0)
    irina = await console.visitor()
    _, page = await irina.post("/tickets/new", {"phone": "89031234567", "do": "look"})
    assert "Номер не подтверждён" in page
    for _ in range(2):
        await irina.post("/tickets/new", CALL | {"push": "telegram"})
    rows = await console.rows(
        "SELECT DISTINCT t.resident_id, c.channel FROM ticket t, conversation c WHERE c.id = t.conversation_id"
    )
    assert [(row["resident_id"] != typed["resident_id"], row["channel"]) for row in rows] == [(True, "sms")]
    await irina.post("/tickets/new", CALL | {"push": "telegram", "resident": str(typed["resident_id"])})
    assert (await ticket(console))["conversation_id"] == typed["id"]


async def test_sms_that_are_another_residents_tell_nobody(console: Any) -> None:
    typed = await resident(console, verified=0)
    irina = await console.visitor()
    await irina.post("/tickets/new", CALL)
    await irina.post("/tickets/new", CALL | {"resident": str(typed["resident_id"])})
    row = await ticket(console)
    assert (row["resident_id"], row["conversation_id"]) == (typed["resident_id"], 0)


async def test_a_vouched_number_goes_before_one_that_was_told_by_phone(console: Any) -> None:
    irina = await console.visitor()
    await irina.post("/tickets/new", CALL)
    known = await resident(console)
    _, page = await irina.post("/tickets/new", {"phone": "89031234567", "do": "look"})
    assert "Номер не подтверждён" not in page
    await irina.post("/tickets/new", CALL | {"push": "telegram"})
    assert (await ticket(console))["conversation_id"] == known["id"]


async def test_a_second_conversation_is_counted(console: Any) -> None:
    conversation = await resident(console)
    irina = await console.visitor()
    await irina.post("/tickets/new", CALL)
    assert (await ticket(console))["resident_id"] == conversation["resident_id"]
    assert await console.rows("SELECT several FROM resident") == [{"several": 1}]


async def test_a_resident_who_blocked_the_bot_gets_an_sms(console: Any) -> None:
    conversation = await resident(console)
    await console.database.transaction(lambda conn: conversations.set_reachable(conn, conversation["id"], False))
    irina = await console.visitor()
    await irina.post("/tickets/new", CALL | {"push": "telegram"})
    row = await ticket(console)
    assert (row["channel"], row["resident_id"]) == ("sms", conversation["resident_id"])


async def test_who_wants_no_news_gets_none(console: Any) -> None:
    irina = await console.visitor()
    _, page = await irina.post("/tickets/new", CALL | {"push": "none"})
    row = await ticket(console)
    assert (row["conversation_id"], bool(row["resident_id"])) == (0, True)
    assert "О заявке мы сообщим" not in page
    assert await console.rows("SELECT id FROM inbox") == []


async def test_a_city_phone_gets_no_sms(console: Any) -> None:
    irina = await console.visitor()
    city = CALL | {"phone": "8 8422 22-22-22"}
    status, page = await irina.post("/tickets/new", city)
    assert (status, "На городской номер СМС не придёт" in page) == (400, True)
    assert (await irina.post("/tickets/new", city | {"push": "none"}))[0] == 200
    assert (await ticket(console))["phone"] == "+78422222222"


async def test_of_two_with_one_phone_only_the_chosen_one_is_told(console: Any) -> None:
    await resident(console)
    other = await resident(console, address="78", name="Пётр Петров")
    irina = await console.visitor()
    await irina.post("/tickets/new", CALL | {"push": "telegram"})
    assert (await ticket(console))["channel"] == "sms"
    await irina.post("/tickets/new", CALL | {"push": "telegram", "resident": str(other["resident_id"])})
    assert (await ticket(console))["conversation_id"] == other["id"]


async def test_a_stranger_cannot_be_chosen(console: Any) -> None:
    stranger = await resident(console, phone="+79990000000")
    irina = await console.visitor()
    await irina.post("/tickets/new", CALL | {"push": "telegram", "resident": str(stranger["resident_id"])})
    assert (await ticket(console))["resident_id"] != stranger["resident_id"]


async def test_prompts_come_alone_for_the_script(console: Any) -> None:
    irina = await console.visitor()
    status, part = await irina.post("/tickets/new/hints", {"text": "пахнет газом", "address": "Садовая", "phone": "1"})
    assert (status, "<html" in part) == (200, False)
    assert "Прочитайте жителю сейчас" in part
    assert "Текст gas" in part
    assert "Какой это дом?" in part
    fills = [json.loads(html.unescape(one)) for one in re.findall(r'data-fill="([^"]*)"', part)]
    assert {"problem": "gas_smell"} in fills
    assert {"address": "ул. Садовая, д. 7"} in fills
    assert (await irina.post("/tickets/new/hints", {"csrf": "wrong"}))[0] == 403
    assert (await console.stranger().post("/tickets/new/hints"))[0] == 401


async def test_prompts_fill_the_form_without_scripts(console: Any) -> None:
    irina = await console.visitor()
    typed = {"text": "Лифт не работает", "address": "Садовая"}
    _, page = await irina.post("/tickets/new", typed | {"do": "problem:lift_stopped"})
    assert '<option value="lift_stopped" selected>' in page
    _, page = await irina.post("/tickets/new", typed | {"do": "house:2"})
    assert 'value="ул. Садовая, д. 7"' in page
    _, page = await irina.post("/tickets/new", {"address": "Неведомая 999", "do": "look"})
    assert "Такого дома в списке нет" in page
    assert await console.rows("SELECT id FROM ticket") == []


async def test_an_address_nobody_serves_stays_as_typed(console: Any) -> None:
    irina = await console.visitor()
    await irina.post("/tickets/new", CALL | {"address": "Неведомая 999"})
    row = await ticket(console)
    assert (row["house_id"], row["address"]) == (0, "Неведомая 999")


async def test_what_was_read_aloud_is_noted_once(console: Any) -> None:
    irina = await console.visitor()
    _, page = await irina.post("/tickets/new", CALL)
    assert "Номер и срок названы" in page
    row = await ticket(console)
    for _ in range(2):
        await irina.post(f"/tickets/{row['id']}/told")
    assert (await ticket(console))["informed_ms"] == console.clock()
    told = await console.rows("SELECT actor_name FROM ticket_event WHERE action = 'ticket.term.told'")
    assert [event["actor_name"] for event in told] == ["Ирина"]
    _, page = await irina.get(f"/tickets/{row['id']}?call=sms")
    assert "Номер и срок названы" not in page


async def test_without_channels_for_news_the_form_asks_nothing(database: Database) -> None:
    async with running_console(database, Clock()) as console:
        irina = await console.visitor()
        _, page = await irina.get("/tickets/new")
        assert re.findall(r'name="push" value="(\w+)"', page) == ["none"]
        await irina.post("/tickets/new", CALL | {"problem": "sewer_smell"})
        assert (await ticket(console))["conversation_id"] == 0


@pytest.mark.parametrize(("phone", "takes"), [(PHONE, True), ("+78422222222", False), ("w1", False)])
def test_a_number_that_takes_sms(phone: str, takes: bool) -> None:
    assert phone_calls.takes_sms(phone) is takes
