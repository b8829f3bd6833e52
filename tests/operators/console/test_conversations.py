"""Queue, conversation, reply, photos over a real server and a real database."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any

import aiohttp
import pytest
from PIL import Image

from models.database.connection import TENANT
from models.database.database import Database
from models.residents import conversations
from operators.handover import queue as handover_queue
from tests.support.conversations import get_or_create

MINUTE = 60_000
FETCH = {"X-Requested-With": "fetch"}


def jpeg() -> bytes:
    output = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(output, "JPEG")
    return output.getvalue()


async def call(console: Any, conversation: dict[str, Any], reason: str = "asked", urgent: bool = False) -> None:
    await console.database.transaction(
        lambda conn: handover_queue.call(
            conn, conversation_id=conversation["id"], reason=reason, urgent=urgent, now_ms=console.clock()
        )
    )


async def say(database: Database, conversation: dict[str, Any], text: str, **more: Any) -> None:
    await database.transaction(
        lambda conn: conversations.add_message(
            conn,
            conversation_id=conversation["id"],
            author="resident",
            text=text,
            at_ms=conversation["last_ms"],
            **more,
        )
    )


async def test_a_waiting_conversation_turns_red_after_ten_minutes(console: Any, conversation: dict[str, Any]) -> None:
    irina = await console.visitor()
    await call(console, conversation)
    console.clock.ms += 9 * MINUTE
    _, early = await irina.get("/")
    console.clock.ms += MINUTE
    _, late = await irina.get("/")
    assert "9 мин" in early
    assert "житель просит диспетчера" in early
    assert 'class="card late"' not in early
    assert "Ждут дольше" not in early
    assert 'class="card late"' in late
    assert "Ждут дольше 10 минут: 1." in late


async def test_every_page_alerts_about_an_overdue_wait(console: Any, conversation: dict[str, Any]) -> None:
    oleg = await console.visitor("oleg", "Олег")
    await call(console, conversation)
    console.clock.ms += 11 * MINUTE
    for path in ("/tickets", "/dialogs", f"/dialogs/{conversation['id']}", "/parts/header"):
        _, text = await oleg.get(path)
        assert 'role="alert"' in text, path
        assert 'data-title="(1!) "' in text, path


async def test_of_two_claims_at_once_one_wins_and_the_other_reads_who(
    console: Any, conversation: dict[str, Any]
) -> None:
    irina, oleg = await console.visitor(), await console.visitor("oleg", "Олег")
    await call(console, conversation)
    path = f"/dialogs/{conversation['id']}/claim"
    answers = await asyncio.gather(irina.post(path), oleg.post(path))
    assert sorted(status for status, _ in answers) == [200, 409]
    winner, loser = ("Ирина", 1) if answers[0][0] == 200 else ("Олег", 0)
    assert f"Диалог уже ведёт {winner}." in answers[loser][1]
    assert "Вы можете только читать" in answers[loser][1]


async def test_a_reply_needs_the_claim(console: Any, conversation: dict[str, Any]) -> None:
    irina = await console.visitor()
    path = f"/dialogs/{conversation['id']}/reply"
    status, text = await irina.post(path, {"text": "Здравствуйте"})
    assert status == 409
    assert "Сначала возьмите его" in text
    assert "Здравствуйте" in text  # what was typed is not lost
    assert await console.rows("SELECT id FROM outbox") == []


async def test_a_reply_lands_in_the_outbox_and_rings(console: Any, conversation: dict[str, Any]) -> None:
    irina = await console.visitor()
    await irina.post(f"/dialogs/{conversation['id']}/claim")
    outbox, chat = console.wakeup.listen("outbox"), console.wakeup.listen("conversation:web:w1")
    status, text = await irina.post(f"/dialogs/{conversation['id']}/reply", {"text": "Мастер уже едет"})
    assert status == 200
    assert "Мастер уже едет" in text
    letters = await console.rows("SELECT body, priority FROM outbox")
    assert [(json.loads(row["body"])["text"], row["priority"]) for row in letters] == [("Мастер уже едет", 0)]
    await asyncio.gather(outbox.wait(60), chat.wait(60))


async def test_the_script_gets_errors_as_data(console: Any, conversation: dict[str, Any]) -> None:
    irina = await console.visitor()
    await irina.post(f"/dialogs/{conversation['id']}/claim")
    path = f"/dialogs/{conversation['id']}/reply"
    status, text = await irina.post(path, {"text": " "}, headers=FETCH)
    assert (status, json.loads(text)) == (400, {"error": "Напишите ответ или приложите файл."})
    status, text = await irina.post(path, {"text": "я" * 3501}, headers=FETCH)
    assert (status, json.loads(text)) == (400, {"error": "Слишком длинно: 3501 знаков, можно 3500."})
    assert (await irina.post(path, {"text": "да"}, headers=FETCH)) == (200, '{"ok": true}')


def photo_form(visitor: Any, data: bytes) -> aiohttp.FormData:
    form = aiohttp.FormData()
    form.add_field("csrf", visitor.csrf)
    form.add_field("text", "")
    form.add_field("photo", io.BytesIO(data), filename="photo.jpg", content_type="image/jpeg")
    return form


async def test_a_photo_goes_to_the_resident_and_is_shown(console: Any, conversation: dict[str, Any]) -> None:
    irina = await console.visitor()
    await irina.post(f"/dialogs/{conversation['id']}/claim")
    url = f"{console.base}/dialogs/{conversation['id']}/reply"
    async with irina.http.post(url, data=photo_form(irina, jpeg())) as response:
        assert response.status == 200
        page = await response.text()
    name = json.loads((await console.rows("SELECT body FROM outbox"))[0]["body"])["file"]
    assert f'src="/console/files/{name}"' in page
    async with irina.http.get(f"{console.base}/files/{name}") as response:
        assert (response.status, response.content_type) == (200, "image/jpeg")
        assert "sandbox" in response.headers["Content-Security-Policy"]


async def test_what_is_no_photo_is_refused(console: Any, conversation: dict[str, Any]) -> None:
    irina = await console.visitor()
    await irina.post(f"/dialogs/{conversation['id']}/claim")
    url = f"{console.base}/dialogs/{conversation['id']}/reply"
    async with irina.http.post(url, data=photo_form(irina, b"<html>"), headers=FETCH) as response:
        assert response.status == 400
        assert "JPEG" in (await response.json())["error"]
    for size, status in ((300_000, 400), (4_000_000, 413)):
        async with irina.http.post(url, data=photo_form(irina, bytes(size)), headers=FETCH) as response:
            assert response.status == status
    assert await console.rows("SELECT id FROM outbox") == []


@pytest.mark.parametrize("name", ["..%2F..%2Ftest.db", "a" * 32, "x"])
async def test_a_file_that_is_not_ours_is_not_found(console: Any, name: str) -> None:
    irina = await console.visitor()
    assert (await irina.get(f"/files/{name}"))[0] == 404


async def test_what_residents_write_is_escaped(console: Any, conversation: dict[str, Any]) -> None:
    irina = await console.visitor()
    evil = "<script>alert(1)</script>\n<img src=x onerror=alert(2)>"
    await say(console.database, conversation, evil, author_name='"><b>x')
    await console.database.transaction(
        lambda conn: conn.execute("UPDATE resident SET name = '<i>Анна</i>', phone = '<u>'")
    )
    await call(console, conversation)
    for path in (
        "/",
        "/dialogs",
        f"/dialogs/{conversation['id']}",
        f"/dialogs/{conversation['id']}/lines",
        "/dialogs?q=%3Cu%3E",
    ):
        _, text = await irina.get(path)
        for tag in ("<script>alert", "<img src=x", "<i>", "<u>", "<b>x"):
            assert tag not in text, path
    _, lines = await irina.get(f"/dialogs/{conversation['id']}/lines")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;<br>&lt;img" in lines


async def test_giving_back_lets_the_bot_speak(console: Any, conversation: dict[str, Any]) -> None:
    irina = await console.visitor()
    await irina.post(f"/dialogs/{conversation['id']}/claim")
    status, text = await irina.post(f"/dialogs/{conversation['id']}/release")
    assert status == 200
    assert "С жителем говорит бот" in text
    told = await console.rows("SELECT body FROM inbox ORDER BY id")
    assert [json.loads(row["body"])["claimed"] for row in told] == [True, False]


@pytest.mark.parametrize(
    "search", ["8 903 123-45-67", "1234567", "САДОВАЯ 5", "садовая", "T-0001", "t-0001", "Анна", "Петрова"]
)
async def test_search_finds_by_phone_address_number_and_name(
    console: Any, conversation: dict[str, Any], search: str
) -> None:
    irina = await console.visitor()
    await console.database.transaction(lambda conn: fill(conn, conversation))
    _, found = await irina.get("/dialogs", params={"q": search})
    assert f'href="/console/dialogs/{conversation["id"]}"' in found
    _, missed = await irina.get("/dialogs", params={"q": "Лермонтова 99"})
    assert "Ничего не нашлось" in missed


async def fill(conn: Any, conversation: dict[str, Any]) -> None:
    house = await conn.insert("INSERT INTO house (tenant, address) VALUES (?, ?)", TENANT, "ул. Садовая, д. 5")
    await conn.execute(
        "UPDATE resident SET name = 'Анна Петрова', phone = '+79031234567', house_id = ? WHERE id = ?",
        house,
        conversation["resident_id"],
    )
    await conn.insert(
        "INSERT INTO ticket (tenant, number, conversation_id, resident_id, source, status, category, problem,"
        " problem_title, priority, created_ms, react_due_ms, due_ms) VALUES (?, 'T-0001', ?, ?, 'web', 'new', 'sewer',"
        " 'sewer_pipe_leak', 'Течь', 'normal', 1, 2, 3)",
        TENANT,
        conversation["id"],
        conversation["resident_id"],
    )


async def test_the_list_of_all_dialogs_is_paged(console: Any) -> None:
    irina = await console.visitor()

    async def many(conn: Any) -> None:
        for number in range(31):
            await get_or_create(conn, tenant=TENANT, channel="web", address=f"p{number}", now_ms=number)

    await console.database.transaction(many)
    _, first = await irina.get("/dialogs")
    _, second = await irina.get("/dialogs?page=2")
    assert (first.count('<li class="card">'), second.count('<li class="card">')) == (30, 1)


async def test_a_change_is_hinted_to_open_pages(console: Any, conversation: dict[str, Any]) -> None:
    irina, oleg = await console.visitor(), await console.visitor("oleg", "Олег")
    async with oleg.http.get(f"{console.base}/events?conversation={conversation['id']}") as stream:
        assert stream.content_type == "text/event-stream"
        assert await topics(stream, 2) == {"console", "conversation"}
        await irina.post(f"/dialogs/{conversation['id']}/claim")
        assert await topics(stream, 2) == {"console", "conversation"}
    assert (await console.rows("SELECT on_duty_ms FROM operator_user WHERE login = 'oleg'"))[0]["on_duty_ms"] > 0


async def topics(stream: aiohttp.ClientResponse, count: int) -> set[str]:
    """Read hints until `count` different ones came."""
    seen: set[str] = set()
    async with asyncio.timeout(30):
        while len(seen) < count:
            line = (await stream.content.readline()).decode()
            if line.startswith("data:"):
                seen.add(json.loads(line[5:])["topic"])
    return seen


async def test_dead_letters_can_be_sent_again_or_closed(console: Any, conversation: dict[str, Any]) -> None:
    irina = await console.visitor()

    async def two_dead(conn: Any) -> None:
        for key in ("k1", "k2"):
            await conversations.queue_message(
                conn,
                channel=conversation["channel"],
                address=conversation["address"],
                key=key,
                body='{"text": "Ваша заявка"}',
                priority=0,
                due_ms=0,
                now_ms=0,
            )
        await conn.execute("UPDATE outbox SET state = 2, tries = 8, error = 'blocked_by_resident'")

    await console.database.transaction(two_dead)
    _, page = await irina.get("/troubles")
    assert page.count("житель заблокировал бота, попыток: 8") == 2
    outbox = console.wakeup.listen("outbox")
    await irina.post("/troubles/letters/1/retry")
    await irina.post("/troubles/letters/2/dismiss")
    assert await console.rows("SELECT state, tries FROM outbox ORDER BY id") == [
        {"state": 0, "tries": 0},
        {"state": 3, "tries": 8},
    ]
    await outbox.wait(60)
    _, page = await irina.get("/troubles")
    assert "Все сообщения доставлены." in page


async def test_messages_of_unknown_fate_can_be_sent_again_or_closed(console: Any, conversation: dict[str, Any]) -> None:
    irina = await console.visitor()

    async def four_unknown(conn: Any) -> None:
        for number, priority in enumerate((1, 3, 9, 1)):
            await conversations.queue_message(
                conn,
                channel=conversation["channel"],
                address=conversation["address"],
                key=f"k{number}",
                body='{"text": "Мастер едет"}',
                priority=priority,
                due_ms=0,
                now_ms=0,
            )
        await conn.execute("UPDATE outbox SET state = 4, tries = 1, error = 'unknown', sending_ms = 7")
        await conn.execute("UPDATE outbox SET due_ms = 99 WHERE key = 'k3'")  # not decided yet

    await console.database.transaction(four_unknown)
    _, page = await irina.get("/troubles")
    assert "Неизвестно, дошли ли" in page
    assert page.count("Мастер едет") == 2
    assert "Объявлений, о которых это неизвестно: 1." in page
    assert "Все сообщения доставлены." not in page
    await irina.post("/troubles/letters/1/retry")
    await irina.post("/troubles/letters/2/dismiss")
    await irina.post("/troubles/letters/4/dismiss")
    assert await console.rows("SELECT state, tries, sending_ms FROM outbox ORDER BY id") == [
        {"state": 0, "tries": 0, "sending_ms": 0},
        {"state": 5, "tries": 1, "sending_ms": 7},
        {"state": 4, "tries": 1, "sending_ms": 7},
        {"state": 4, "tries": 1, "sending_ms": 7},
    ]


async def test_a_dialog_shows_what_went_through_another_channel(console: Any, conversation: dict[str, Any]) -> None:
    irina = await console.visitor()
    await say(console.database, conversation, "Нет воды")
    await console.database.transaction(
        lambda conn: conn.execute(
            "INSERT INTO handover_event (tenant, conversation_id, action, details, at_ms)"
            " VALUES (1, ?, 'delivery.rerouted', ?, ?)",
            conversation["id"],
            json.dumps({"from": "telegram", "to": "max", "reason": "blocked_by_resident"}),
            conversation["last_ms"] + 5,
        )
    )
    _, page = await irina.get(f"/dialogs/{conversation['id']}")
    assert "Не доставлено в Telegram: житель заблокировал бота. Отправлено в MAX." in page
    assert "тревога" not in page


async def test_quarantined_events_can_be_tried_again_or_closed(console: Any, conversation: dict[str, Any]) -> None:
    irina = await console.visitor()

    async def two_failed(conn: Any) -> None:
        for key in ("k1", "k2"):
            await conn.insert(
                "INSERT INTO inbox (tenant, lane, channel, key, order_key, conversation, body, at_ms, state, tries,"
                " error) VALUES (?, 0, 'web', ?, 0, 'w1', '{}', 0, 2, 3, 'KeyError')",
                TENANT,
                key,
            )

    await console.database.transaction(two_failed)
    _, page = await irina.get("/troubles")
    assert page.count("Ошибка: KeyError") == 2
    await irina.post("/troubles/events/1/retry")
    await irina.post("/troubles/events/2/dismiss")
    assert [row["state"] for row in await console.rows("SELECT state FROM inbox ORDER BY id")] == [0, 1]


async def test_the_administrator_sees_and_clears_unanswered_questions(console: Any) -> None:
    chief = await console.visitor("chief", "Пётр", "admin")
    for _ in range(2):
        await console.database.transaction(
            lambda conn: conversations.log_unanswered(conn, ["где <b>мой</b> паркинг"], 5)
        )
    _, page = await chief.get("/questions")
    assert "где &lt;b&gt;мой&lt;/b&gt; паркинг" in page
    assert "Спросили раз: 2" in page
    await chief.post("/questions/1/delete")
    _, page = await chief.get("/questions")
    assert "Таких вопросов нет." in page
