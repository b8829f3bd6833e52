"""Neighbours join one ticket: who may, what they are told, and what they are not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from errors import ConfigError
from models import erasure
from models.database.connection import TENANT
from tests.support.conversations import get_or_create
from tests.tickets.conftest import HOUR, NOW, RESIDENT, Desk
from tickets import service
from tickets.classification.problems import SHIPPED, load_problems, shipped
from tickets.lifecycle.types import Actor, Status, TicketView
from tickets.service import NewTicket

BOT = Actor(kind="bot", name="бот")


async def conversation(desk: Desk, address: str) -> dict[str, Any]:
    return await desk.database.transaction(
        lambda conn: get_or_create(conn, tenant=TENANT, channel="web", address=address, now_ms=NOW)
    )


async def opened(desk: Desk, **fields: Any) -> TicketView:
    owner = await conversation(desk, "visitor")
    return await desk.open(conversation_id=owner["id"], resident_id=owner["resident_id"], apartment="3", **fields)


async def join(desk: Desk, address: str = "neighbour", **fields: Any) -> TicketView | None:
    row = await conversation(desk, address)
    order = NewTicket(
        problem="hot_no_water",
        source="web",
        conversation_id=row["id"],
        resident_id=row["resident_id"],
        house_id=desk.house_id,
        apartment="17",
    )
    changed = replace(order, **{name: value for name, value in fields.items() if name != "now_ms"})
    return await desk.do(service.join_ticket, changed, actor=BOT, now_ms=fields.get("now_ms", NOW + HOUR))


async def test_neighbour_joins_the_open_ticket_of_the_house_and_sees_no_flat_of_its_opener(desk: Desk) -> None:
    view = await opened(desk)
    found = await join(desk, files=("a.jpg",))
    assert found
    assert (found.id, found.joined, found.address) == (view.id, True, "ул. Садовая, д. 5")
    assert await join(desk) == found  # a second time changes nothing
    assert [action for action, _, _ in await desk.events(view.id)] == ["ticket.opened", "ticket.follower.added"]
    assert [row["file"] for row in await desk.rows("SELECT file FROM ticket_file")] == ["a.jpg"]
    follower = await conversation(desk, "neighbour")
    seen = await desk.database.transaction(
        lambda conn: service.views_of_residents(conn, [follower["resident_id"], 1], NOW + HOUR)
    )
    assert seen == {follower["resident_id"]: (found,), 1: (view,)}


@pytest.mark.parametrize(
    "other",
    [
        {"problem": "cold_no_water"},
        {"house_id": 0},
        {"house_id": 999},
        {"now_ms": NOW + 7 * HOUR},
    ],
)
async def test_another_house_problem_or_day_is_not_joined(desk: Desk, other: dict[str, Any]) -> None:
    await opened(desk)
    assert await join(desk, **other) is None


@pytest.mark.parametrize("problem", ["flood_from_above", "gas_smell", "valve_leak", "lift_trapped"])
async def test_problem_of_a_flat_or_a_danger_is_never_joined(desk: Desk, problem: str) -> None:
    await opened(desk, problem=problem)
    assert await join(desk, problem=problem) is None


@pytest.mark.parametrize(("first", "second", "is_joined"), [("2", "2", True), ("2", "3", False), ("", "", False)])
async def test_problem_of_an_entrance_is_joined_within_it(desk: Desk, first: str, second: str, is_joined: bool) -> None:
    await opened(desk, problem="lift_stopped", entrance=first)
    assert (await join(desk, problem="lift_stopped", entrance=second) is not None) is is_joined


async def test_finished_ticket_is_not_joined(desk: Desk) -> None:
    view = await opened(desk)
    await desk.do(service.change_status, view.id, Status.CANCELLED, reason="ошибка")
    assert await join(desk) is None


async def test_who_opened_it_gets_it_back_and_does_not_follow(desk: Desk) -> None:
    view = await opened(desk)
    assert await join(desk, "visitor") == view
    assert await desk.rows("SELECT id FROM ticket_follower") == []


async def test_followers_are_told_of_every_status_but_not_of_the_dispatchers_letters(desk: Desk) -> None:
    view = await opened(desk)
    await join(desk)
    await join(desk, "another")
    changes: list[Callable[[], Awaitable[object]]] = [
        lambda: desk.do(service.change_status, view.id, Status.IN_PROGRESS),
        lambda: desk.do(service.add_comment, view.id, "Анна, будем в 17-й квартире", public=True),
        lambda: desk.do(service.change_status, view.id, Status.DONE),
        lambda: desk.do(service.change_status, view.id, Status.CLOSED, actor=RESIDENT),
    ]
    for change in changes:
        await change()
    rows = await desk.rows("SELECT conversation, count(*) AS told FROM inbox GROUP BY conversation ORDER BY 1")
    assert [(row["conversation"], row["told"]) for row in rows] == [("another", 3), ("neighbour", 3), ("visitor", 3)]
    news = [one for one in await desk.news() if one.get("joined")]
    assert {one["change"] for one in news} == {"status"}
    assert not any("actor_name" in one for one in news)


async def test_follower_who_is_forgotten_follows_no_longer(desk: Desk) -> None:
    view = await opened(desk)
    await join(desk)
    follower = await conversation(desk, "neighbour")
    await desk.database.transaction(lambda conn: erasure.forget_resident(conn, follower["resident_id"], NOW))
    await desk.do(service.change_status, view.id, Status.IN_PROGRESS)
    assert await desk.rows("SELECT id FROM ticket_follower") == []
    assert [one["key"] for one in await desk.news() if one.get("joined")] == []


def test_dangers_and_flats_have_no_scope() -> None:
    problems = shipped().values()
    assert not any(problem.scope and problem.safety for problem in problems)
    assert {"hot_no_water", "heating_none", "lift_stopped"} <= {one.code for one in problems if one.scope}


def test_danger_with_a_scope_is_refused(tmp_path: Path) -> None:
    text = SHIPPED.read_text(encoding="utf-8").replace(
        "        safety: gas\n", "        safety: gas\n        scope: house\n"
    )
    (tmp_path / "classifier.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="gas_smell: scope"):
        load_problems(tmp_path / "classifier.yaml")
