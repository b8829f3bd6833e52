"""The form of a new ticket: what a dispatcher types while talking, with prompts for who calls and what it is about.

With the console's script the prompts come while typing; without it the button «Проверить» brings them. Phones and names
travel in the body of a POST only, never in an address.
"""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from houses.types import House
from models.database.connection import Connection
from models.residents import conversations
from operators.console import templating
from operators.console.context import ConsoleContext, console_of, fragment, page, see, session_of
from operators.console.form import Form, id_of
from operators.console.pages.tickets import LONGEST_TEXT, actor_of, topic_of
from operators.console.queries import conversations as conversation_rows
from operators.console.queries import tickets as ticket_rows
from operators.console.queries.tickets import Row
from operators.handover import phone_calls
from operators.handover import service as handover
from tickets import service
from tickets.lifecycle.types import Problem

FIELDS = ("problem", "address", "apartment", "entrance", "floor", "name", "phone", "text", "resident", "push")
MAX_HOUSES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompts:
    """What is prompted for a form as it is typed so far."""

    callers: list[Row]
    houses: tuple[House, ...]  # what the address may mean
    house: House | None  # what it surely means
    danger: str  # what to read aloud; empty: no emergency
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
    """The prompts alone, for the script."""
    typed = await typed_of(request)
    return fragment(request, "parts/prompts.html", prompts=await prompts_of(console_of(request), typed), values=typed)


async def new_form(request: web.Request) -> web.Response:
    return await _new_form(request)


async def _new_form(
    request: web.Request, *, status: int = 200, error: str = "", typed: dict[str, str] | None = None
) -> web.Response:
    console, dialog = console_of(request), _dialog_of(request)

    async def work(conn: Connection) -> tuple[Row | None, list[Row]]:
        return await conversation_rows.conversation(conn, dialog) if dialog else None, await ticket_rows.houses(conn)

    conversation, houses = await console.database.transaction(work)
    pushes = [*console.prompter.pushes, "none"]
    values = dict.fromkeys(FIELDS, "") | {"push": pushes[0]}
    if conversation:
        values |= {
            "name": conversation["resident_name"] or conversation["ticket_name"] or conversation["sender_name"],
            "phone": conversation["phone"] or conversation["ticket_phone"] or "",
            "apartment": conversation["apartment"] or "",
            "address": conversation["house_address"] or "",
        }
    values |= typed or {}
    return await page(
        request,
        "new_ticket.html",
        status=status,
        error=error,
        conversation=conversation,
        houses=houses,
        problems=console.problems,
        values=values,
        pushes=[] if conversation else pushes,
        prompts=await prompts_of(console, values),
    )


def _dialog_of(request: web.Request) -> int:
    return id_of(request.query.get("dialog", "")) or 0


async def take(request: web.Request) -> web.Response:
    """Open the ticket; a button of a prompt fills something in instead and shows the form again."""
    typed, do = await typed_of(request), (await Form.of(request)).text("do")
    if do:
        return await _new_form(request, typed=await _filled_in(console_of(request), typed, do))
    return await _open_ticket(request, typed)


async def _filled_in(console: ConsoleContext, typed: dict[str, str], do: str) -> dict[str, str]:
    """Take over what a prompt offers: ``take:<resident>``, ``house:<id>``, ``problem:<code>``; others only look."""
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
    """Return the fields that a known resident fills in; what is not known of them stays as typed."""
    fields = {
        "resident": str(caller["id"]),
        "name": caller["name"],
        "address": caller["house_address"] or "",
        "apartment": caller["apartment"],
    }
    return {name: value for name, value in fields.items() if value}


def _mistake(console: ConsoleContext, typed: dict[str, str]) -> str:
    """What cannot be used of what was typed, with what helps; empty when all is well."""
    if typed["problem"] not in [problem.code for problem in console.problems]:
        return "Выберите категорию из списка."
    if not typed["address"] or not typed["text"]:
        return "Заполните адрес и описание."
    phone = templating.e164(typed["phone"])
    if typed["phone"] and not phone:
        return "Не похоже на телефон. Напишите номер с кодом, например 8 900 000-00-00, или оставьте поле пустым."
    if (
        typed["push"] == "sms"
        and "sms" in console.prompter.channels
        and typed["phone"]
        and not phone_calls.takes_sms(phone)
    ):
        return "На городской номер СМС не придёт. Спросите мобильный или выберите «Не присылать»."
    return ""


async def _open_ticket(request: web.Request, typed: dict[str, str]) -> web.Response:
    """Open the ticket; when the dispatcher has the conversation, the resident gets its number at once."""
    console, me, dialog = console_of(request), session_of(request).user, _dialog_of(request)
    if mistake := _mistake(console, typed):
        return await _new_form(request, status=400, error=mistake, typed=typed)

    async def work(conn: Connection) -> tuple[int, str]:
        await conversations.lock_lane(conn, dialog)  # the conversation's resident may be merged right now
        conversation = await handover.conversation(conn, dialog) if dialog else None
        house_id, address = await _house(conn, console, typed["address"])
        resident, where = (
            (conversation["resident_id"], dialog) if conversation else await _caller(conn, console, typed, house_id)
        )
        order = service.NewTicket(
            problem=typed["problem"],
            conversation_id=where,
            resident_id=resident,
            source=conversation["channel"] if conversation else "phone",
            house_id=house_id,
            address=address,
            apartment=typed["apartment"],
            entrance=typed["entrance"],
            floor=typed["floor"],
            name=typed["name"],
            phone=templating.e164(typed["phone"]),
            text=typed["text"],
        )
        actor, now_ms = actor_of(me), console.now_ms()
        view = await service.open_ticket(conn, order, actor=actor, now_ms=now_ms)
        if conversation and conversation["claimed_by"] == me.id:
            due = f" Плановый срок: {templating.moment(view.due_ms, console.zone)}." if view.due_ms else ""
            text = f"Заявка № {view.number} принята: {view.problem_title}, {view.address}.{due}"
            await handover.reply(conn, conversation_id=dialog, user=me, text=text, now_ms=now_ms)
        elif not conversation and where:
            await service.notify_opened(conn, view.id, actor=actor, now_ms=now_ms)
        return view.id, await topic_of(conn, view.id)

    ticket_id, topic = await console.database.transaction(work)
    console.notify("inbox", "outbox", "console", topic)
    if dialog:
        return see(f"/tickets/{ticket_id}", "opened")
    push = typed["push"] if typed["push"] in console.prompter.pushes else "none"
    return see(f"/tickets/{ticket_id}?call={push}", "opened")


async def _house(conn: Connection, console: ConsoleContext, address: str) -> tuple[int, str]:
    """Return id and address of the served house that is meant; 0 and the address as typed for another."""
    known = {house["address"]: house["id"] for house in await ticket_rows.houses(conn)}
    if address not in known and (house := console.prompter.house(address)) and house.address in known:
        address = house.address
    return known.get(address, 0), address


async def _caller(conn: Connection, console: ConsoleContext, typed: dict[str, str], house_id: int) -> tuple[int, int]:
    """Return the resident a call's ticket belongs to, and the conversation that gets its news."""
    phone, now_ms = templating.e164(typed["phone"]), console.now_ms()
    if not phone:
        return 0, 0
    await conn.lock("identity")  # whoever is known by this number may be merged right now
    known = phone_calls.choose_caller(await phone_calls.callers(conn, phone), id_of(typed["resident"]) or 0)
    resident = (
        known["id"]
        if known
        else await phone_calls.new_resident(
            conn, name=typed["name"], phone=phone, house_id=house_id, apartment=typed["apartment"], now_ms=now_ms
        )
    )
    wanted = typed["push"] if typed["push"] in console.prompter.pushes else ""
    has_sms = "sms" in console.prompter.channels
    return resident, await phone_calls.conversation_for(conn, resident, wanted, phone, sms=has_sms, now_ms=now_ms)
