"""List, card and form of tickets over a real server; every change goes through the ticket service."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from models.database.connection import TENANT, Connection
from models.residents import conversations
from operators.console.pages.tickets import safe_cell
from operators.handover import queue as handover_queue
from tests.support.conversations import get_or_create
from tickets import service
from tickets.classification.problems import shipped
from tickets.lifecycle.types import Actor

MINUTE = 60_000
BOT = Actor(kind="bot", id=0, name="бот")


async def open_ticket(console: Any, conversation: dict[str, Any] | None = None, **more: Any) -> int:
    """A ticket as the dialog opens it; returns its id."""
    fields: dict[str, Any] = {
        "problem": "sewer_pipe_leak",
        "conversation_id": conversation["id"] if conversation else 0,
        "resident_id": conversation["resident_id"] if conversation else 0,
        "source": "web",
        "address": "ул. Садовая, д. 5",
        "apartment": "17",
        "name": "Анна",
        "phone": "+79031234567",
        "text": "Течёт в подвале",
    } | more

    async def work(conn: Connection) -> int:
        view = await service.open_ticket(conn, service.NewTicket(**fields), actor=BOT, now_ms=console.clock())
        return view.id

    return int(await console.database.transaction(work))


async def status_of(console: Any, number: int) -> str:
    return str((await console.rows("SELECT status FROM ticket WHERE id = ?", number))[0]["status"])


async def told(console: Any) -> list[dict[str, Any]]:
    """What the dialog is told of tickets."""
    bodies = [json.loads(row["body"]) for row in await console.rows("SELECT body FROM inbox ORDER BY id")]
    return [body for body in bodies if body["kind"] == "ticket_changed"]


async def test_the_card_shows_the_ticket(console: Any, conversation: dict[str, Any]) -> None:
    irina = await console.visitor()
    number = await open_ticket(console, conversation, text="<b>Течёт</b>\nв подвале")
    status, text = await irina.get(f"/tickets/{number}")
    assert status == 200
    for part in ("ул. Садовая, д. 5, кв. 17", "+7 903 123-45-67", "&lt;b&gt;Течёт&lt;/b&gt;<br>в подвале", "Новая"):
        assert part in text
    assert f'href="/console/dialogs/{conversation["id"]}"' in text


async def test_an_allowed_change_is_done_and_told_to_the_dialog(console: Any, conversation: dict[str, Any]) -> None:
    irina = await console.visitor()
    number = await open_ticket(console, conversation)
    inbox = console.wakeup.listen("inbox")
    status, text = await irina.post(f"/tickets/{number}/status", {"status": "in_progress"})
    assert status == 200
    assert "Новая → В работе" in text
    assert await status_of(console, number) == "in_progress"
    changes = await told(console)
    assert [(change["ticket_id"], change["change"]) for change in changes] == [(number, "status")]
    await inbox.wait(60)


async def test_a_forbidden_change_says_so_and_changes_nothing(console: Any) -> None:
    irina = await console.visitor()
    number = await open_ticket(console)
    status, text = await irina.post(f"/tickets/{number}/status", {"status": "closed"})
    assert status == 409
    assert "Так изменить статус нельзя." in text
    assert await status_of(console, number) == "new"


async def test_only_allowed_changes_are_offered(console: Any) -> None:
    irina = await console.visitor()
    number = await open_ticket(console)
    _, text = await irina.get(f"/tickets/{number}")
    offered = [code for code in ("in_progress", "waiting", "cancelled", "done", "closed") if f'value="{code}"' in text]
    assert offered == ["in_progress", "waiting", "cancelled"]


@pytest.mark.parametrize("wanted", ["waiting", "cancelled"])
async def test_waiting_and_cancelling_need_a_reason(console: Any, wanted: str) -> None:
    irina = await console.visitor()
    number = await open_ticket(console)
    status, text = await irina.post(f"/tickets/{number}/status", {"status": wanted, "reason": " "})
    assert (status, "Укажите причину" in text) == (400, True)
    status, text = await irina.post(f"/tickets/{number}/status", {"status": wanted, "reason": "Нет доступа"})
    assert (status, "Нет доступа" in text) == (200, True)
    assert await status_of(console, number) == wanted


async def test_an_executor_is_named(console: Any) -> None:
    irina = await console.visitor()
    number = await open_ticket(console)
    assert (await irina.post(f"/tickets/{number}/assign", {"executor": " "}))[0] == 400
    status, text = await irina.post(f"/tickets/{number}/assign", {"executor": "Сергей, сантехник"})
    assert (status, "Сергей, сантехник" in text) == (200, True)
    assert await status_of(console, number) == "assigned"


async def test_a_visit_is_planned_in_local_time(console: Any, conversation: dict[str, Any]) -> None:
    irina = await console.visitor()
    number = await open_ticket(console, conversation)
    status, text = await irina.post(f"/tickets/{number}/visit", {"visit": "2026-09-22T10:30"})
    assert (status, "22.09.2026 10:30" in text) == (200, True)
    assert [change["change"] for change in await told(console)] == ["visit"]


@pytest.mark.parametrize("visit", ["", "завтра", "2020-01-01T10:00", "9999-99-99T10:00"])
async def test_a_visit_in_the_past_or_without_sense_is_refused(console: Any, visit: str) -> None:
    irina = await console.visitor()
    number = await open_ticket(console)
    assert (await irina.post(f"/tickets/{number}/visit", {"visit": visit}))[0] == 400
    assert (await console.rows("SELECT visit_ms FROM ticket"))[0]["visit_ms"] == 0


async def test_only_public_comments_reach_the_resident(console: Any, conversation: dict[str, Any]) -> None:
    irina = await console.visitor()
    number = await open_ticket(console, conversation)
    await irina.post(f"/tickets/{number}/comment", {"text": "Ключ у консьержа"})
    assert await told(console) == []
    _, text = await irina.post(f"/tickets/{number}/comment", {"text": "Мастер выехал", "public": "1"})
    assert [(change["change"], change["comment"]) for change in await told(console)] == [("comment", "Мастер выехал")]
    assert "Ключ у консьержа" in text
    assert text.count("внутренний") == 1


async def test_the_category_is_corrected(console: Any) -> None:
    irina = await console.visitor()
    number = await open_ticket(console)
    codes = await irina.get(f"/tickets/{number}")
    assert "Канализация" in codes[1]
    assert (await irina.post(f"/tickets/{number}/problem", {"problem": "no_such"}))[0] == 400
    status, _ = await irina.post(f"/tickets/{number}/problem", {"problem": "sewer_smell"})
    assert status == 200
    assert (await console.rows("SELECT problem FROM ticket"))[0]["problem"] == "sewer_smell"


async def test_a_corrected_category_is_in_the_history_and_kept_as_a_correction(
    console: Any, conversation: dict[str, Any]
) -> None:
    irina = await console.visitor()
    number = await open_ticket(console, conversation, text="Я Анна Петрова, кв. 17, в подвале пахнет канализацией")
    opened = console.clock.ms
    console.clock.ms += MINUTE
    _, text = await irina.post(f"/tickets/{number}/problem", {"problem": "sewer_smell"})
    assert "Категория изменена" in text
    ticket, right = (await console.rows("SELECT * FROM ticket"))[0], shipped()["sewer_smell"]
    assert (ticket["priority"], ticket["category"]) == ("normal", "sewerage")
    assert ticket["react_due_ms"] == opened + right.react_minutes * MINUTE
    assert ticket["due_ms"] == opened + right.resolve_minutes * MINUTE
    event = (await console.rows("SELECT * FROM ticket_event WHERE action = 'ticket.problem.changed'"))[0]
    assert (event["actor_kind"], event["actor_name"], event["at_ms"]) == ("dispatcher", "Ирина", console.clock.ms)
    told = json.loads(event["details"])
    assert (told["old"], told["new"], told["due_ms"]) == ("sewer_pipe_leak", "sewer_smell", ticket["due_ms"])
    kept = await console.rows("SELECT text, guessed, chosen, who, ticket_id FROM correction")
    assert kept == [
        {
            "text": "Я [*], кв. [*], в подвале пахнет канализацией",
            "guessed": "sewer_pipe_leak",
            "chosen": "sewer_smell",
            "who": "dispatcher",
            "ticket_id": number,
        }
    ]


async def test_an_unknown_ticket_is_not_found(console: Any) -> None:
    irina = await console.visitor()
    for path in ("/tickets/999", "/tickets/99999999999999999999999"):
        assert (await irina.get(path))[0] == 404
    assert (await irina.post("/tickets/999/status", {"status": "done"}))[0] == 404


async def test_the_list_is_filtered(console: Any) -> None:
    irina = await console.visitor()
    first = await open_ticket(console)
    second = await open_ticket(console, address="ул. Лесная, д. 1", problem="sewer_smell")
    await irina.post(f"/tickets/{second}/status", {"status": "cancelled", "reason": "дубль"})

    async def shown(query: str) -> list[int]:
        _, text = await irina.get(f"/tickets{query}")
        return [number for number in (first, second) if f'href="/console/tickets/{number}"' in text]

    assert await shown("") == [first]
    assert await shown("?status=") == [first, second]
    assert await shown("?status=cancelled") == [second]
    assert await shown("?status=&priority=emergency") == [first]
    assert await shown("?status=&q=Лесная") == [second]
    assert await shown("?overdue=1") == []
    console.clock.ms += 30 * 24 * 60 * MINUTE
    irina = await console.visitor()
    assert await shown("?overdue=1") == [first]
    assert await shown("?status=nonsense&priority=nonsense&page=x") == [first]


async def test_the_export_opens_in_a_spreadsheet(console: Any) -> None:
    irina = await console.visitor()
    await open_ticket(console, text='=HYPERLINK("https://evil.example")')
    async with irina.http.get(f"{console.base}/tickets.csv") as response:
        assert response.content_type == "text/csv"
        data = await response.read()
    assert data.startswith(b"\xef\xbb\xbf")
    header, row = csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";")
    cells = dict(zip(header, row, strict=True))
    assert (cells["Статус"], cells["Телефон"]) == ("Новая", "+79031234567")
    assert cells["Текст"] == '\'=HYPERLINK("https://evil.example")'


@pytest.mark.parametrize(
    ("cell", "safe"), [("=1", "'=1"), ("+79031234567", "+79031234567"), ("+1+1", "'+1+1"), ("-5", "'-5"), ("а", "а")]
)
def test_formulas_do_not_run(cell: str, safe: str) -> None:
    assert safe_cell(cell) == safe


FORM = {
    "problem": "sewer_pipe_leak",
    "address": "ул. Садовая, д. 5",
    "apartment": "17",
    "text": "Течёт",
    "phone": "+79031234567",
}


async def test_a_ticket_is_opened_from_a_conversation_and_the_resident_gets_its_number(
    console: Any, conversation: dict[str, Any]
) -> None:
    irina = await console.visitor()
    house = await console.database.transaction(
        lambda conn: conn.insert("INSERT INTO house (tenant, address) VALUES (?, 'ул. Садовая, д. 5')", TENANT)
    )
    await irina.post(f"/dialogs/{conversation['id']}/claim")
    status, text = await irina.post(f"/tickets/new?dialog={conversation['id']}", FORM)
    assert status == 200
    assert "Заявка создана." in text
    row = (await console.rows("SELECT * FROM ticket"))[0]
    assert (row["house_id"], row["resident_id"], row["accepted_by"]) == (house, conversation["resident_id"], "Ирина")
    letters = [json.loads(letter["body"])["text"] for letter in await console.rows("SELECT body FROM outbox")]
    assert len(letters) == 1
    assert row["number"] in letters[0]


async def test_a_ticket_of_a_phone_call_needs_no_conversation(console: Any) -> None:
    irina = await console.visitor()
    status, _ = await irina.post("/tickets/new", FORM)
    assert status == 200
    row = (await console.rows("SELECT source, conversation_id FROM ticket"))[0]
    assert (row["source"], row["conversation_id"]) == ("phone", 0)


@pytest.mark.parametrize("missing", ["problem", "address", "text"])
async def test_an_incomplete_form_keeps_what_was_typed(console: Any, missing: str) -> None:
    irina = await console.visitor()
    status, text = await irina.post("/tickets/new", FORM | {missing: " "})
    assert status == 400
    assert 'value="17"' in text
    assert await console.rows("SELECT id FROM ticket") == []


async def test_a_typed_phone_is_checked_and_stored_as_e164(console: Any) -> None:
    irina = await console.visitor()
    status, text = await irina.post("/tickets/new", FORM | {"phone": "123"})
    assert (status, "Не похоже на телефон" in text, 'value="123"' in text) == (400, True, True)
    assert await console.rows("SELECT id FROM ticket") == []
    await irina.post("/tickets/new", FORM | {"phone": "8 (903) 123-45-67"})
    await irina.post("/tickets/new", FORM | {"phone": ""})
    assert [row["phone"] for row in await console.rows("SELECT phone FROM ticket ORDER BY id")] == ["+79031234567", ""]


async def test_the_history_names_the_fields_and_a_closed_ticket_plans_no_visit(
    console: Any, conversation: dict[str, Any]
) -> None:
    irina = await console.visitor()
    number = await open_ticket(console, conversation)
    await console.database.transaction(
        lambda conn: service.update_details(
            conn, number, actor=BOT, now_ms=console.clock(), apartment="18", phone="+79031112233"
        )
    )
    _, text = await irina.get(f"/tickets/{number}")
    assert '<p class="said">квартира, телефон</p>' in text
    assert "Назначить визит" in text
    await irina.post(f"/tickets/{number}/status", {"status": "cancelled", "reason": "ошибка"})
    _, text = await irina.get(f"/tickets/{number}")
    assert "Назначить визит" not in text


async def test_the_queue_tells_what_it_is_about(console: Any, conversation: dict[str, Any]) -> None:
    irina = await console.visitor()
    await open_ticket(console, conversation, name="Пётр Сидоров")

    async def speak(conn: Connection) -> None:
        for author, words in (("resident", "стоки поднимаются"), ("bot", "Спасибо, всё передал"), ("resident", "")):
            await conversations.add_message(
                conn, conversation_id=conversation["id"], author=author, text=words, at_ms=console.clock()
            )
        await handover_queue.call(
            conn, conversation_id=conversation["id"], reason="emergency", urgent=True, now_ms=console.clock()
        )

    await console.database.transaction(speak)
    _, text = await irina.get("/")
    for part in ("Пётр Сидоров", "ул. Садовая, д. 5, кв. 17", "+7 903 123-45-67", "Авария", "стоки поднимаются"):
        assert part in text
    assert "Спасибо, всё передал" not in text
    _, text = await irina.get(f"/dialogs/{conversation['id']}")
    assert "Авария</span></h1>" in text
    assert 'href="tel:+79031234567"' in text
    assert "ул. Садовая, д. 5, кв. 17" in text
    for search in ("Сидоров", "903 123"):
        _, text = await irina.get("/dialogs", params={"q": search})
        assert "№ 26-" in text
    await irina.post(f"/dialogs/{conversation['id']}/claim")
    _, text = await irina.get("/")
    assert "Авария" in text[text.index("Мои диалоги") :]
    _, text = await irina.get(f"/tickets/new?dialog={conversation['id']}")
    assert 'value="+79031234567"' in text


async def test_what_the_resident_is_known_by_goes_before_the_ticket(console: Any, conversation: dict[str, Any]) -> None:
    irina = await console.visitor()
    await open_ticket(
        console, conversation, address="ул. Лесная, д. 1", apartment="9", name="Пётр", phone="+79039999999"
    )
    await open_ticket(console, None, address="ул. Чужая, д. 8")
    await console.database.transaction(
        lambda conn: conn.execute("UPDATE resident SET name = 'Анна Петрова', phone = '+79031112233'")
    )
    _, text = await irina.get("/dialogs")
    for part in ("Анна Петрова", "+7 903 111-22-33", "ул. Лесная, д. 1, кв. 9", "Течёт канализационная труба"):
        assert part in text
    await console.database.transaction(lambda conn: conn.execute("UPDATE ticket SET status = 'cancelled'"))
    _, text = await irina.get("/dialogs")
    assert "адрес не указан" in text
    assert "26-0" not in text


async def test_an_event_names_its_fields_once_and_in_russian(console: Any, conversation: dict[str, Any]) -> None:
    irina = await console.visitor()
    number = await open_ticket(console, conversation, problem="sewer_smell")
    await console.database.transaction(
        lambda conn: service.update_details(
            conn, number, actor=BOT, now_ms=console.clock(), problem="sewer_pipe_leak", name="Анна Петрова"
        )
    )
    _, text = await irina.get(f"/tickets/{number}")
    assert '<p class="said">имя, проблема, срочность, срок реакции, срок</p>' in text
    assert "problem_title" not in text


async def test_the_console_has_one_name(console: Any) -> None:
    visitor = console.stranger()
    _, text = await visitor.get("/login")
    assert "Пульт диспетчера" in text
    assert "онсоль" not in text


async def test_card_names_the_neighbours_who_joined(console: Any, conversation: dict[str, Any]) -> None:
    number = await open_ticket(console, conversation)
    neighbour = await console.database.transaction(
        lambda conn: get_or_create(conn, tenant=TENANT, channel="web", address="w2", now_ms=1)
    )

    async def follow(conn: Connection) -> None:
        await conn.execute(
            "UPDATE resident SET name = 'Борис', apartment = '40' WHERE id = ?", neighbour["resident_id"]
        )
        await conn.execute(
            "INSERT INTO ticket_follower (tenant, ticket_id, conversation_id, resident_id, at_ms)"
            " VALUES (?, ?, ?, ?, 1)",
            TENANT,
            number,
            neighbour["id"],
            neighbour["resident_id"],
        )

    irina = await console.visitor()
    assert "Присоединились" not in (await irina.get(f"/tickets/{number}"))[1]
    await console.database.transaction(follow)
    card = (await irina.get(f"/tickets/{number}"))[1]
    assert "Присоединились: 1" in card
    assert f'href="/console/dialogs/{neighbour["id"]}">Борис</a>, кв. 40' in card
    assert f"/console/tickets/{number}" in (await irina.get(f"/dialogs/{neighbour['id']}"))[1]
