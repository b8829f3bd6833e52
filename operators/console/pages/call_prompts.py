"""Prompts for the form of a new ticket: known callers, houses, likely problems, and the text for a danger."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from houses.types import House
from operators.console import templating
from operators.console.context import ConsoleContext, console_of, fragment
from operators.console.form import Form
from operators.console.queries.tickets import Row
from operators.handover import phone_calls
from tickets.lifecycle.types import Problem

FIELDS = ("problem", "address", "apartment", "entrance", "floor", "name", "phone", "text", "resident", "push")
LONGEST_TEXT = 3000
MAX_HOUSES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompts:
    """Prompts for the form as it is filled in so far."""

    callers: list[Row]
    houses: tuple[House, ...]  # candidates for the address
    house: House | None  # set when the address is certain
    danger: str  # text to read aloud; empty: no emergency
    problems: tuple[Problem, ...]  # likely ones, best first
    phone: str  # as E.164; empty: not yet a whole number


async def prompts_of(console: ConsoleContext, typed: dict[str, str]) -> Prompts:
    prompter, phone = console.prompter, templating.e164(typed["phone"])
    callers = await console.database.transaction(lambda conn: phone_calls.callers(conn, phone)) if phone else []
    key = prompter.classifier.emergency(typed["text"]) if typed["text"] else ""
    named = prompter.classifier.classify(typed["text"]) if typed["text"] else None
    known = {problem.code for problem in console.problems}
    likely = tuple(problem for problem in (named.top if named else ()) if problem.code in known)
    danger = key or (named.problem.safety if named and named.sure else "")
    house = prompter.house(typed["address"])
    houses = prompter.addresses.find(typed["address"]).houses[:MAX_HOUSES] if typed["address"] and not house else ()
    return Prompts(
        callers=callers,
        houses=tuple(houses),
        house=house,
        danger=prompter.safety(danger) if danger else "",
        problems=likely,
        phone=phone,
    )


async def typed_of(request: web.Request) -> dict[str, str]:
    return (await Form.of(request)).texts(FIELDS, LONGEST_TEXT)


async def hints(request: web.Request) -> web.Response:
    """Answer with the prompts alone, for the script."""
    typed = await typed_of(request)
    return fragment(request, "parts/prompts.html", prompts=await prompts_of(console_of(request), typed), values=typed)


async def fill_in(console: ConsoleContext, typed: dict[str, str], do: str) -> dict[str, str]:
    """Fill in the offer of a prompt: ``take:<resident>``, ``house:<id>``, ``problem:<code>``. Others change nothing."""
    prompts = await prompts_of(console, typed)
    kind, _, value = do.partition(":")
    if kind == "take":
        for caller in prompts.callers:
            if str(caller["id"]) == value:
                typed |= known_fields(caller)
    elif kind == "house":
        meant = next((house.address for house in prompts.houses if str(house.id) == value), "")
        typed["address"] = meant or typed["address"]
    elif kind == "problem" and value in [problem.code for problem in prompts.problems]:
        typed["problem"] = value
    return typed


def known_fields(caller: Row) -> dict[str, str]:
    """Return the fields known about a resident; an unknown field is absent and stays as typed."""
    fields = {
        "resident": str(caller["id"]),
        "name": caller["name"],
        "address": caller["house_address"] or "",
        "apartment": caller["apartment"],
    }
    return {name: value for name, value in fields.items() if value}
