"""Every change of a ticket over a real SQLite file: row, event, news to the resident, timers."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.tickets.conftest import DAY, HOUR, IRINA, MINUTE, NOW, RESIDENT, Desk
from tickets import service
from tickets.lifecycle.types import Actor, Status, TransitionError, VersionError

CLOCK = Actor(kind="clock")


async def test_numbers_count_up_within_the_year_of_the_house(desk: Desk) -> None:
    first, second = await desk.open(), await desk.open()
    assert (first.number, second.number) == ("26-000001", "26-000002")
    new_year = NOW + 37 * DAY + 8 * HOUR  # 31 December, 20:00 in Moscow... and 22:00 in Yekaterinburg
    later = await desk.open(now_ms=new_year + 3 * HOUR)  # midnight has passed there, not yet in Moscow
    assert later.number == "27-000001"


async def test_a_new_ticket_has_terms_event_and_the_push_of_its_term(desk: Desk) -> None:
    view = await desk.open(files=("a.jpg", "b.jpg", "a.jpg"))
    row = await desk.row(view.id)
    assert (row["status"], row["priority"], row["accepted_by"]) == ("new", "urgent", "Анна")
    assert row["created_ms"] < row["react_due_ms"] <= row["due_ms"] == view.due_ms
    assert await desk.events(view.id) == [("ticket.opened", "Анна", {"problem": "hot_no_water"})]
    assert await desk.timers() == {"ticket_term": NOW + 20 * MINUTE}
    assert await desk.news() == []
    files = await desk.rows("SELECT file FROM ticket_file WHERE ticket_id = ? ORDER BY file", view.id)
    assert [one["file"] for one in files] == ["a.jpg", "b.jpg"]


async def test_an_emergency_is_one_whatever_its_problem(desk: Desk) -> None:
    view = await desk.open(emergency="gas")
    assert (await desk.row(view.id))["priority"] == "emergency"


async def test_without_a_conversation_nobody_is_told(desk: Desk) -> None:
    view = await desk.open(conversation_id=0)
    await desk.do(service.change_status, view.id, Status.IN_PROGRESS)
    assert await desk.news() == []
    assert await desk.timers() == {}


async def test_an_unknown_problem_opens_nothing(desk: Desk) -> None:
    with pytest.raises(LookupError, match="no_such"):
        await desk.open("no_such")
    assert await desk.rows("SELECT id FROM ticket") == []


async def test_each_status_is_told_once_under_the_key_of_its_event(desk: Desk) -> None:
    view = await desk.open()
    for status in (Status.IN_PROGRESS, Status.WAITING, Status.IN_PROGRESS, Status.DONE):
        await desk.do(service.change_status, view.id, status, reason="ждём деталь" if status is Status.WAITING else "")
    news = await desk.news()
    assert [one["change"] for one in news] == ["status"] * 4
    assert len({one["key"] for one in news}) == 4
    assert all(re.fullmatch(r"ticket:\d+", one["key"]) for one in news)
    assert (await desk.row(view.id))["reason"] == ""
    assert [(name, told["new"]) for name, _, told in await desk.events(view.id) if "new" in told] == [
        ("ticket.status.changed", new) for new in ("in_progress", "waiting", "in_progress", "done")
    ]


async def test_a_button_pressed_twice_changes_once(desk: Desk) -> None:
    view = await desk.open()
    for _ in range(2):
        await desk.do(service.change_status, view.id, Status.IN_PROGRESS)
    assert len(await desk.news()) == 1


async def test_what_the_rules_forbid_changes_nothing(desk: Desk) -> None:
    view = await desk.open()
    before = await desk.row(view.id)
    with pytest.raises(TransitionError, match="26-000001: new cannot become closed"):
        await desk.do(service.change_status, view.id, Status.CLOSED)
    assert await desk.row(view.id) == before
    assert len(await desk.events(view.id)) == 1


async def test_the_residents_own_word_is_no_news_to_them(desk: Desk) -> None:
    view = await desk.open()
    await desk.do(service.change_status, view.id, Status.CANCELLED, actor=RESIDENT)
    assert await desk.news() == []
    assert await desk.timers() == {}


async def test_done_drops_other_pushes_and_asks_again_a_day_later(desk: Desk) -> None:
    view = await desk.open()
    await desk.do(service.change_status, view.id, Status.IN_PROGRESS)
    await desk.do(service.plan_visit, view.id, NOW + 5 * HOUR)
    assert set(await desk.timers()) == {"ticket_term", "ticket_visit"}
    await desk.do(service.change_status, view.id, Status.DONE)
    assert await desk.timers() == {"ticket_survey": NOW + DAY}
    assert (await desk.row(view.id))["done_ms"] == NOW
    await desk.do(service.change_status, view.id, Status.CLOSED, actor=RESIDENT)
    assert await desk.timers() == {}
    assert (await desk.row(view.id))["closed_ms"] == NOW


async def test_a_reopened_ticket_gets_its_terms_anew(desk: Desk) -> None:
    view = await desk.open()
    await desk.do(service.change_status, view.id, Status.IN_PROGRESS)
    await desk.do(service.change_status, view.id, Status.DONE)
    again = await desk.do(service.change_status, view.id, Status.REOPENED, actor=RESIDENT, now_ms=NOW + 2 * DAY)
    row = await desk.row(view.id)
    assert again.due_ms == row["due_ms"] == view.due_ms + 2 * DAY
    assert (row["done_ms"], row["closed_ms"], row["visit_ms"]) == (0, 0, 0)


async def test_an_executor_is_named_and_changed(desk: Desk) -> None:
    view = await desk.open()
    named = await desk.do(service.assign_ticket, view.id, "Теплосервис")
    assert (named.status, named.executor) == (Status.ASSIGNED, "Теплосервис")
    await desk.do(service.assign_ticket, view.id, "Теплосервис")
    await desk.do(service.change_status, view.id, Status.IN_PROGRESS)
    changed = await desk.do(service.assign_ticket, view.id, "Пётр")
    assert (changed.status, changed.executor) == (Status.IN_PROGRESS, "Пётр")
    assert len(await desk.news()) == 3
    await desk.do(service.change_status, view.id, Status.DONE)
    with pytest.raises(TransitionError):
        await desk.do(service.assign_ticket, view.id, "Иван")


async def test_a_visit_is_told_moved_and_reminded_of(desk: Desk) -> None:
    view = await desk.open()
    await desk.do(service.plan_visit, view.id, NOW + 5 * HOUR)
    assert (await desk.timers())["ticket_visit"] == NOW + 4 * HOUR
    moved = await desk.do(service.plan_visit, view.id, NOW + 30 * MINUTE)
    assert moved.visit_ms == NOW + 30 * MINUTE
    assert "ticket_visit" not in await desk.timers()
    assert [one["change"] for one in await desk.news()] == ["visit", "visit"]
    await desk.do(service.change_status, view.id, Status.CANCELLED)
    with pytest.raises(TransitionError, match="reopen it first"):
        await desk.do(service.plan_visit, view.id, NOW + HOUR)


async def test_public_comments_are_told_others_are_not(desk: Desk) -> None:
    view = await desk.open()
    await desk.do(service.add_comment, view.id, "Мастер едет", public=True)
    await desk.do(service.add_comment, view.id, "жилец сердится", public=False)
    await desk.do(service.add_comment, view.id, "поскорее", public=True, actor=RESIDENT)
    assert [one["comment"] for one in await desk.news()] == ["Мастер едет"]
    assert [told["text"] for name, _, told in await desk.events(view.id) if name == "ticket.comment.added"] == [
        "Мастер едет",
        "жилец сердится",
        "поскорее",
    ]


async def test_a_file_is_added_once(desk: Desk) -> None:
    view = await desk.open()
    for _ in range(2):
        await desk.do(service.add_file, view.id, "a.jpg", actor=RESIDENT)
    assert [name for name, _, _ in await desk.events(view.id)] == ["ticket.opened", "ticket.file.added"]


async def test_gaps_are_filled_and_the_event_names_fields_only(desk: Desk) -> None:
    view = await desk.open(phone="", apartment="")
    await desk.do(
        service.update_details, view.id, actor=RESIDENT, phone="+79031234567", apartment="17", text="и холодно"
    )
    row = await desk.row(view.id)
    assert (row["phone"], row["apartment"]) == ("+79031234567", "17")
    assert row["text"] == "нет горячей воды\nи холодно"
    assert (await desk.events(view.id))[-1][2] == {"fields": ["apartment", "phone", "text"]}
    await desk.do(service.update_details, view.id, actor=RESIDENT, phone="+79031234567", text="и холодно")
    assert (await desk.row(view.id))["version"] == row["version"]


async def test_filling_gaps_never_makes_a_promise_laxer(desk: Desk) -> None:
    view = await desk.open("gas_smell", emergency="gas")
    before = await desk.row(view.id)
    await desk.do(service.update_details, view.id, actor=RESIDENT, problem="entrance_light")
    after = await desk.row(view.id)
    assert after["problem"] == "entrance_light"
    assert (after["due_ms"], after["react_due_ms"]) == (before["due_ms"], before["react_due_ms"])
    assert after["priority"] == "emergency"


async def test_the_right_problem_brings_its_own_terms_and_says_so(desk: Desk) -> None:
    view = await desk.open("gas_smell", emergency="gas")
    changed = await desk.do(service.set_problem, view.id, "entrance_light")
    row = await desk.row(view.id)
    assert changed.due_ms > view.due_ms
    assert (row["priority"], row["emergency"], row["category"]) == ("normal", "", "electricity")
    name, _, told = (await desk.events(view.id))[-1]
    assert name == "ticket.problem.changed"
    assert told == {"old": "gas_smell", "new": "entrance_light", "old_due_ms": view.due_ms, "due_ms": changed.due_ms}
    assert [one["change"] for one in await desk.news()] == ["term"]


async def test_a_corrected_problem_keeps_the_words_as_a_correction(desk: Desk) -> None:
    view = await desk.open("lift_noise", text="Это Анна, лифт стоит, Садовая 5 кв 17", name="Анна")
    await desk.do(service.set_problem, view.id, "lift_stopped")
    await desk.do(service.set_problem, view.id, "lift_stopped")
    rows = await desk.rows("SELECT * FROM correction")
    assert [{name: row[name] for name in ("text", "guessed", "chosen", "who", "at_ms")} for row in rows] == [
        {
            "text": "Это [*], лифт стоит, [*] кв [*]",
            "guessed": "lift_noise",
            "chosen": "lift_stopped",
            "who": "dispatcher",
            "at_ms": NOW,
        }
    ]
    assert (rows[0]["ticket_id"], rows[0]["conversation_id"]) == (view.id, desk.conversation_id)


async def test_a_ticket_without_words_is_no_correction(desk: Desk) -> None:
    view = await desk.open(text="")
    await desk.do(service.set_problem, view.id, "lift_stopped")
    assert await desk.rows("SELECT id FROM correction") == []


async def test_the_told_term_is_noted_once(desk: Desk) -> None:
    view = await desk.open()
    await desk.do(service.mark_informed, view.id, actor=CLOCK)
    await desk.do(service.mark_informed, view.id, actor=CLOCK, now_ms=NOW + HOUR)
    assert (await desk.row(view.id))["informed_ms"] == NOW


Change = Callable[[Desk, int], Awaitable[Any]]
CHANGES: dict[str, Change] = {
    "assign": lambda desk, one: desk.do(service.assign_ticket, one, "Пётр", expected_version=0),
    "status": lambda desk, one: desk.do(service.change_status, one, Status.IN_PROGRESS, expected_version=0),
    "visit": lambda desk, one: desk.do(service.plan_visit, one, NOW + HOUR, expected_version=0),
    "problem": lambda desk, one: desk.do(service.set_problem, one, "lift_stopped", expected_version=0),
    "details": lambda desk, one: desk.do(service.update_details, one, phone="+79031234567", expected_version=0),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_of_two_dispatchers_the_second_is_told(desk: Desk, change: str) -> None:
    view = await desk.open()
    await desk.do(service.add_comment, view.id, "беру", public=False)
    before = await desk.row(view.id)
    assert before["version"] == 1
    with pytest.raises(VersionError, match="read it again"):
        await CHANGES[change](desk, view.id)
    assert await desk.row(view.id) == before


async def test_a_ticket_that_does_not_exist(desk: Desk) -> None:
    with pytest.raises(LookupError, match="999"):
        await desk.do(service.change_status, 999, Status.DONE)


async def test_residents_see_their_own_tickets_for_a_month_after_closing(desk: Desk) -> None:
    first, second = await desk.open(), await desk.open()
    await desk.open(resident_id=2)
    await desk.do(service.change_status, first.id, Status.CANCELLED)

    async def seen(now_ms: int) -> list[str]:
        views = await desk.database.transaction(lambda conn: service.views_of_residents(conn, [1, 2], now_ms))
        return [one.number for one in views[1]]

    assert await seen(NOW + 29 * DAY) == [second.number, first.number]
    assert await seen(NOW + 31 * DAY) == [second.number]


async def test_an_actor_without_a_name_is_called_by_its_kind(desk: Desk) -> None:
    view = await desk.open(files=())
    assert (await desk.row(view.id))["accepted_by"] == RESIDENT.name
    await desk.do(service.change_status, view.id, Status.IN_PROGRESS, actor=replace(IRINA, name=""))
    assert (await desk.events(view.id))[-1][1] == ""
