"""Every route of the console, asked by a stranger and by each role: who is let in."""

from __future__ import annotations

import re
from typing import Any

import aiohttp
import pytest

from operators.console.app import ROUTES
from tests.operators.conftest import Console, Visitor

ANYBODY = {"stranger", "dispatcher", "manager", "admin"}
LOGGED_IN = {"dispatcher", "manager", "admin"}
LEADERS = {"manager", "admin"}

EXPECTED = {
    "GET /login": ANYBODY,
    "POST /login": ANYBODY,
    "POST /logout": LOGGED_IN,
    "GET /": LOGGED_IN,
    "GET /parts/queue": LOGGED_IN,
    "GET /parts/header": LOGGED_IN,
    "GET /events": LOGGED_IN,
    "GET /dialogs": LOGGED_IN,
    "GET /dialogs/1": LOGGED_IN,
    "GET /dialogs/1/lines": LOGGED_IN,
    "GET /dialogs/1/strip": LOGGED_IN,
    "GET /dialogs/1/side": LOGGED_IN,
    "POST /dialogs/1/claim": LOGGED_IN,
    "POST /dialogs/1/release": LOGGED_IN,
    "POST /dialogs/1/reply": LOGGED_IN,
    "GET /dialogs/1/same": LOGGED_IN,
    "POST /dialogs/1/same": LOGGED_IN,
    "POST /dialogs/1/merge": LOGGED_IN,
    "POST /dialogs/1/merges/1/undo": LOGGED_IN,
    "POST /dialogs/1/push": LOGGED_IN,
    "GET /files/1": LOGGED_IN,
    "GET /tickets": LOGGED_IN,
    "GET /tickets.csv": LOGGED_IN,
    "GET /tickets/new": LOGGED_IN,
    "POST /tickets/new": LOGGED_IN,
    "POST /tickets/new/hints": LOGGED_IN,
    "GET /tickets/1": LOGGED_IN,
    "POST /tickets/1": LOGGED_IN,
    "POST /tickets/1/status": LOGGED_IN,
    "POST /tickets/1/assign": LOGGED_IN,
    "POST /tickets/1/visit": LOGGED_IN,
    "POST /tickets/1/comment": LOGGED_IN,
    "POST /tickets/1/told": LOGGED_IN,
    "POST /tickets/1/problem": LOGGED_IN,
    "GET /troubles": LOGGED_IN,
    "POST /troubles/letters/1/retry": LOGGED_IN,
    "POST /troubles/letters/1/dismiss": LOGGED_IN,
    "POST /troubles/events/1/retry": LOGGED_IN,
    "POST /troubles/events/1/dismiss": LOGGED_IN,
    "GET /outages": LOGGED_IN,
    "POST /outages": LOGGED_IN,
    "POST /outages/1/end": LOGGED_IN,
    "POST /outages/1/until": LOGGED_IN,
    "GET /posters": LEADERS,
    "GET /posters/1.svg": LEADERS,
    "GET /posters/1.pdf": LEADERS,
    "GET /questions": LEADERS,
    "POST /questions/1/delete": LEADERS,
}


def addresses() -> list[str]:
    """Return every route as "METHOD /path" with 1 for each variable part."""
    return [f"{route.method} {re.sub(r'{[^}]*}', '1', route.path)}" for route in ROUTES]


def test_the_table_names_every_route() -> None:
    assert sorted(EXPECTED) == sorted(addresses())


async def outcome(visitor: Visitor, address: str) -> str:
    """Ask for one route: "in", "log in first", or "refused" for a role that may not."""
    method, _, path = address.partition(" ")
    data: Any = {"csrf": visitor.csrf} if method == "POST" else None
    async with visitor.http.request(
        method, visitor.base + path, data=data, allow_redirects=False, timeout=aiohttp.ClientTimeout(total=30)
    ) as answer:
        if answer.status == 401 or (answer.headers.get("Location") == "/console/login" and path != "/logout"):
            return "log in first"
        if answer.status != 403:
            return "in"
        text = await answer.text()  # a stale form is no refusal of the role
        return "refused" if "или администратор" in text or "и администратору" in text else "in"


@pytest.mark.usefixtures("conversation")
@pytest.mark.parametrize("role", sorted(ANYBODY))
async def test_each_role_opens_exactly_what_it_may(console: Console, role: str) -> None:
    visitor = console.stranger() if role == "stranger" else await console.visitor(role=role)
    last = "POST /logout"
    outcomes = {address: await outcome(visitor, address) for address in [*(EXPECTED.keys() - {last}), last]}
    closed = "log in first" if role == "stranger" else "refused"
    assert outcomes == {address: "in" if role in roles else closed for address, roles in EXPECTED.items()}


@pytest.mark.parametrize(("role", "links"), [("dispatcher", []), ("manager", ["questions", "posters"])])
async def test_header_links_to_what_the_role_may_open(console: Console, role: str, links: list[str]) -> None:
    visitor = await console.visitor(role=role)
    _, text = await visitor.get("/parts/header?at=")
    assert [name for name in ("questions", "posters") if f'id="nav-{name}"' in text] == links


@pytest.mark.parametrize(("role", "offered"), [("dispatcher", False), ("manager", True), ("admin", True)])
async def test_leaders_may_release_what_another_dispatcher_has(
    console: Console, conversation: dict[str, Any], role: str, offered: bool
) -> None:
    owner = await console.visitor("maria", "Мария")
    assert (await owner.post(f"/dialogs/{conversation['id']}/claim"))[0] == 200
    visitor = await console.visitor(role=role)
    _, strip = await visitor.get(f"/dialogs/{conversation['id']}/strip")
    assert ('id="release"' in strip) is offered
    status, _ = await visitor.post(f"/dialogs/{conversation['id']}/release")
    assert status == (200 if offered else 409)
