"""The form of a new ticket, which a dispatcher fills in while talking.

With the script of the console prompts appear while typing; without it the button «Проверить» shows them. Phones and
names travel in the body of a POST only, never in an address.
"""

from __future__ import annotations

from aiohttp import web

from models.database.connection import Connection
from models.residents import conversations
from operators.console import templating
from operators.console.context import ConsoleContext, console_of, page, see, session_of
from operators.console.form import Form, FormError, id_of
from operators.console.pages.call_prompts import FIELDS, fill_in, prompts_of, typed_of
from operators.console.queries import conversations as conversation_rows
from operators.console.queries import tickets as ticket_rows
from operators.console.queries.tickets import Row
from operators.handover import phone_calls
from operators.handover import service as handover
from tickets import service
from tickets.lifecycle.types import TicketView


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
    """Open the ticket. The button of a prompt fills in its offer instead and shows the form again."""
    typed, do = await typed_of(request), (await Form.of(request)).text("do")
    if do:
        return await _new_form(request, typed=await fill_in(console_of(request), typed, do))
    return await _open_ticket(request, typed)


def _check(console: ConsoleContext, typed: dict[str, str]) -> None:
    """Raise `FormError` for a field that cannot be used; the text says what helps."""
    if typed["problem"] not in [problem.code for problem in console.problems]:
        raise FormError("Выберите категорию из списка.")
    if not typed["address"] or not typed["text"]:
        raise FormError("Заполните адрес и описание.")
    if not typed["phone"]:
        return
    phone = templating.e164(typed["phone"])
    if not phone:
        raise FormError(
            "Не похоже на телефон. Напишите номер с кодом, например 8 900 000-00-00, или оставьте поле пустым."
        )
    if typed["push"] and typed["push"] == console.prompter.by_phone and not phone_calls.takes_sms(phone):
        raise FormError("На городской номер СМС не придёт. Спросите мобильный или выберите «Не присылать».")


async def _open_ticket(request: web.Request, typed: dict[str, str]) -> web.Response:
    console, dialog = console_of(request), _dialog_of(request)
    try:
        _check(console, typed)
    except FormError as error:
        return await _new_form(request, status=400, error=str(error), typed=typed)

    async def work(conn: Connection) -> tuple[int, str]:
        await conversations.lock_lane(conn, dialog)  # the conversation's resident may be merged right now
        conversation = await handover.conversation(conn, dialog) if dialog else None
        order = await _order(conn, console, typed, conversation)
        view = await service.open_ticket(conn, order, actor=session_of(request).user.actor(), now_ms=console.now_ms())
        await _inform_resident(conn, request, view, order, conversation)
        return view.id, await ticket_rows.topic_of(conn, view.id)

    ticket_id, topic = await console.database.transaction(work)
    console.notify("inbox", "outbox", "console", topic)
    if dialog:
        return see(f"/tickets/{ticket_id}", "opened")
    push = typed["push"] if typed["push"] in console.prompter.pushes else "none"
    return see(f"/tickets/{ticket_id}?call={push}", "opened")


async def _order(
    conn: Connection, console: ConsoleContext, typed: dict[str, str], conversation: Row | None
) -> service.NewTicket:
    """Return the ticket to open. Without a conversation it belongs to the caller."""
    house_id, address = await _house(conn, console, typed["address"])
    if conversation:
        resident_id, conversation_id = conversation["resident_id"], conversation["id"]
    else:
        resident_id, conversation_id = await _caller(conn, console, typed, house_id)
    return service.NewTicket(
        problem=typed["problem"],
        conversation_id=conversation_id,
        resident_id=resident_id,
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


async def _inform_resident(
    conn: Connection, request: web.Request, view: TicketView, order: service.NewTicket, conversation: Row | None
) -> None:
    """Send the number of the ticket: in the conversation that the dispatcher has, or to the caller."""
    console, user = console_of(request), session_of(request).user
    if conversation and conversation["claimed_by"] == user.id:
        due = f" Плановый срок: {templating.moment(view.due_ms, console.zone)}." if view.due_ms else ""
        text = f"Заявка № {view.number} принята: {view.problem_title}, {view.address}.{due}"
        await handover.reply(conn, conversation_id=conversation["id"], user=user, text=text, now_ms=console.now_ms())
    elif not conversation and order.conversation_id:
        await service.notify_opened(conn, view.id, actor=session_of(request).user.actor(), now_ms=console.now_ms())


async def _house(conn: Connection, console: ConsoleContext, address: str) -> tuple[int, str]:
    """Return id and address of the served house with this address; 0 and the typed address for any other."""
    known = {house["address"]: house["id"] for house in await ticket_rows.houses(conn)}
    if address not in known and (house := console.prompter.house(address)) and house.address in known:
        address = house.address
    return known.get(address, 0), address


async def _caller(conn: Connection, console: ConsoleContext, typed: dict[str, str], house_id: int) -> tuple[int, int]:
    """Return the resident who owns the ticket of a call, and the conversation that gets its news; 0 for none."""
    phone, now_ms = templating.e164(typed["phone"]), console.now_ms()
    if not phone:
        return 0, 0
    await conn.lock("identity")  # a resident with this number may be merged right now
    known = phone_calls.choose_caller(await phone_calls.callers(conn, phone), id_of(typed["resident"]) or 0)
    resident = (
        known["id"]
        if known
        else await phone_calls.new_resident(
            conn, name=typed["name"], phone=phone, house_id=house_id, apartment=typed["apartment"], now_ms=now_ms
        )
    )
    wanted = typed["push"] if typed["push"] in console.prompter.pushes else ""
    conversation_id = await phone_calls.conversation_for(
        conn, resident, wanted, phone, by_phone=console.prompter.by_phone, now_ms=now_ms
    )
    return resident, conversation_id
