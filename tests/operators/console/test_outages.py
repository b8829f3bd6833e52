"""A dispatcher announces an outage, prolongs it and ends it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from houses.recognition.recogniser import HouseRecogniser
from houses.types import House
from models.database.database import Database
from operators.handover.phone_calls import Prompter
from tests.operators.conftest import NOW, Clock, running_console

HOUSES = [House(id=1, address="ул. Садовая, д. 5"), House(id=2, address="ул. Мира, д. 7")]
MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Any]:
    await database.transaction(
        lambda conn: conn.many(
            "INSERT INTO house (id, tenant, address) VALUES (?, 1, ?)", [(one.id, one.address) for one in HOUSES]
        )
    )
    async with running_console(database, Clock(), prompter=Prompter(addresses=HouseRecogniser(HOUSES))) as running:
        yield running


def at(hours: float) -> str:
    """As the browser's field sends it."""
    moment = datetime.fromtimestamp(NOW / 1000, UTC) + timedelta(hours=hours)
    return moment.astimezone(MOSCOW).strftime("%Y-%m-%dT%H:%M")


def form(**changes: str) -> dict[str, str]:
    return {
        "resource": "hot_water",
        "houses": "Садовая 5\nМира, 7",
        "from": "",
        "until": at(5),
        "text": "Порыв",
    } | changes


async def test_outage_is_announced_prolonged_and_ended(desk: Any) -> None:
    irina = await desk.visitor()
    status, text = await irina.post("/outages", form())
    assert status == 200
    for part in ("Горячая вода", "ул. Мира, д. 7 и ещё домов: 1", "Порыв", "Ирина", "Сохранено."):
        assert part in text
    row = (await desk.rows("SELECT * FROM outage"))[0]
    assert (row["from_ms"], row["everywhere"]) == (NOW, 0)
    assert [one["house_id"] for one in await desk.rows("SELECT house_id FROM outage_house ORDER BY id")] == [1, 2]
    assert (await irina.post(f"/outages/{row['id']}/until", {"until": at(9)}))[0] == 200
    later = (await desk.rows("SELECT until_ms FROM outage"))[0]["until_ms"]
    assert later - row["until_ms"] == 4 * 3_600_000
    status, text = await irina.post(f"/outages/{row['id']}/end")
    assert "Отключений нет." in text
    status, text = await irina.post(f"/outages/{row['id']}/end")
    assert (status, "уже закончилось" in text) == (409, True)


async def test_outage_of_all_houses_needs_no_addresses(desk: Any) -> None:
    irina = await desk.visitor()
    status, text = await irina.post("/outages", form(houses="", everywhere="1", **{"from": at(24), "until": at(30)}))
    assert status == 200
    assert "Все дома" in text
    assert "ещё не началось" in text


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"resource": ""}, "Выберите, что отключено"),
        ({"resource": "air"}, "Выберите, что отключено"),
        ({"houses": " "}, "Напишите дома"),
        ({"houses": "Садовая 5\nул. Лунная, 9"}, "Не нашёл дом: ул. Лунная, 9"),
        ({"until": ""}, "до какого времени"),
        ({"until": "завтра"}, "до какого времени"),
        ({"until": at(-1)}, "Окончание должно быть позже"),
        ({"from": at(6)}, "Окончание должно быть позже"),
        ({"until": at(24 * 61)}, "проверьте даты"),
        ({"text": "а" * 301}, "длиннее 300"),
    ],
)
async def test_form_says_what_is_wrong_and_keeps_what_was_typed(desk: Any, changes: dict[str, str], says: str) -> None:
    irina = await desk.visitor()
    status, text = await irina.post("/outages", form(**changes))
    assert status == 400
    assert says in text
    assert await desk.rows("SELECT id FROM outage") == []


async def test_words_of_a_dispatcher_are_shown_escaped(desk: Any) -> None:
    irina = await desk.visitor()
    _, text = await irina.post("/outages", form(text="<b>Порыв</b>"))
    assert "&lt;b&gt;Порыв" in text


@pytest.mark.parametrize(
    ("until", "says"),
    [
        ("", "укажите новое время"),
        ("скоро", "укажите новое время"),
        (at(-1), "позже, чем сейчас"),
        (at(3), "позже начала"),
        (at(5 + 24 * 60.5), "больше 60 дней с начала"),
    ],
)
async def test_wrong_new_end_names_its_outage_and_stays_in_its_card(desk: Any, until: str, says: str) -> None:
    irina = await desk.visitor()
    await irina.post("/outages", form(resource="lift", houses="Мира, 7"))
    await irina.post("/outages", form(**{"from": at(4), "until": at(6)}, houses="Садовая 5"))
    before = await desk.rows("SELECT id, until_ms FROM outage ORDER BY id")
    status, text = await irina.post(f"/outages/{before[1]['id']}/until", {"until": until})
    assert status == 400
    assert "Горячая вода (ул. Садовая, д. 5): " in text
    first, second = text.split('<ul class="cards">')[1].split('<li class="card">')[1:]
    assert (says in first, says in second) == (False, True)
    assert (f'value="{until}" aria-invalid' in first, f'value="{until}" aria-invalid' in second) == (False, True)
    assert await desk.rows("SELECT id, until_ms FROM outage ORDER BY id") == before


async def test_sixty_days_cannot_be_passed_by_prolonging_again(desk: Any) -> None:
    irina = await desk.visitor()
    await irina.post("/outages", form())
    number = (await desk.rows("SELECT id FROM outage"))[0]["id"]
    assert (await irina.post(f"/outages/{number}/until", {"until": at(24 * 59)}))[0] == 200
    desk.clock.ms += 5 * 3_600_000
    assert (await irina.post(f"/outages/{number}/until", {"until": at(24 * 60 + 1)}))[0] == 400


async def test_who_announced_prolonged_and_ended_is_logged_without_the_words(
    desk: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="operators.console.pages.outages")
    irina = await desk.visitor()
    await irina.post("/outages", form(text="Порыв у Петрова"))
    row = (await desk.rows("SELECT id, created_by FROM outage"))[0]
    number, author = row["id"], row["created_by"]
    assert author > 0
    await irina.post(f"/outages/{number}/until", {"until": at(9)})
    await irina.post(f"/outages/{number}/end")
    await irina.post(f"/outages/{number}/end")
    logged = [vars(one) for one in caplog.records if one.name == "operators.console.pages.outages"]
    assert [(one["action"], one["outage"], one["user"]) for one in logged] == [
        ("outage.announced", number, author),
        ("outage.prolonged", number, author),
        ("outage.ended", number, author),
    ]
    assert all("Петрова" not in str(one) and "Мира" not in str(one) for one in logged)
