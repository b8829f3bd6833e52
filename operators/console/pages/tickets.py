"""List of tickets, the ticket card with its changes, and the form of a new ticket.

Every change goes through `tickets/service.py`; this module only reads forms and shows what came of it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Awaitable, Callable

from aiohttp import web

from models.database.connection import Connection
from models.residents import link_codes
from operators.console import labels, templating
from operators.console.context import ConsoleContext, console_of, number_of, page, page_number, see, session_of
from operators.console.form import Form, FormError
from operators.console.queries import tickets as ticket_rows
from operators.console.queries.search import PAGE
from operators.console.queries.tickets import LONGEST_EXPORT, Row, TicketFilter
from operators.handover import phone_calls
from operators.handover.service import Dispatcher
from tickets import service
from tickets.lifecycle import rules
from tickets.lifecycle.rules import FINISHED
from tickets.lifecycle.types import Priority, Status, TransitionError
from tickets.service import Actor

NEEDS_REASON = (Status.WAITING, Status.CANCELLED, Status.REOPENED)
LONGEST_TEXT = 3000
LONGEST_EXECUTOR = 200


def actor_of(user: Dispatcher) -> Actor:
    return Actor(kind="dispatcher", id=user.id, name=user.name)


# --- list ----------------------------------------------------------------------------------------------------------


def filter_of(request: web.Request) -> TicketFilter:
    status, priority = request.query.get("status", "open"), request.query.get("priority", "")
    return TicketFilter(
        status=status if status in ("", "open", *Status) else "open",
        priority=priority if priority in list(Priority) else "",
        overdue=request.query.get("overdue") == "1",
        search=request.query.get("q", "").strip()[:100],
    )


async def tickets(request: web.Request) -> web.Response:
    console, chosen, number = console_of(request), filter_of(request), page_number(request)
    rows = await console.database.transaction(
        lambda conn: ticket_rows.tickets(conn, chosen, console.now_ms(), PAGE + 1, (number - 1) * PAGE)
    )
    return await page(
        request,
        "tickets.html",
        rows=rows[:PAGE],
        more=len(rows) > PAGE,
        page=number,
        chosen=chosen,
        finished=FINISHED,
    )


COLUMNS = (
    *("Номер", "Создана", "Срок", "Статус", "Срочность", "Категория", "Адрес", "Квартира", "Имя", "Телефон"),
    *("Источник", "Исполнитель", "Визит", "Выполнена", "Закрыта", "Текст"),
)


async def export(request: web.Request) -> web.Response:
    """CSV of what the filter shows, at most 10 000 rows; opens in Excel (BOM, semicolons)."""
    console, chosen = console_of(request), filter_of(request)
    rows = await console.database.transaction(
        lambda conn: ticket_rows.tickets(conn, chosen, console.now_ms(), LONGEST_EXPORT, 0)
    )
    output = io.StringIO()
    writer = csv.writer(output, delimiter=";")
    writer.writerow(COLUMNS)
    writer.writerows([safe_cell(cell) for cell in _cells(row, console)] for row in rows)
    return web.Response(
        body=("\ufeff" + output.getvalue()).encode(),
        content_type="text/csv",
        charset="utf-8",
        headers={"Content-Disposition": 'attachment; filename="tickets.csv"'},
    )


def _cells(row: Row, console: ConsoleContext) -> list[str]:
    def moment(name: str) -> str:
        return templating.moment(row[name], console.zone) if row[name] else ""

    return [
        row["number"],
        moment("created_ms"),
        moment("due_ms"),
        labels.STATUSES.get(row["status"], row["status"]),
        labels.PRIORITIES.get(row["priority"], row["priority"]),
        *(row[name] for name in ("problem_title", "address", "apartment", "name", "phone")),
        labels.CHANNELS.get(row["source"], row["source"]),
        row["executor"],
        *(moment(name) for name in ("visit_ms", "done_ms", "closed_ms")),
        row["text"],
    ]


def safe_cell(text: str) -> str:
    """A cell that a spreadsheet would run as a formula is kept as text; phones keep their plus."""
    risky = text[:1] in ("=", "@", "-", "\t", "\r") or (text[:1] == "+" and not text[1:].isdecimal())
    return f"'{text}" if risky else text


# --- card ----------------------------------------------------------------------------------------------------------


async def card(request: web.Request) -> web.Response:
    return await _card(request)


async def show_code(request: web.Request) -> web.Response:
    """Make the code that a caller types in another messenger, and show it; a new one for each press."""
    console, number, wanted = console_of(request), number_of(request), request.query.get("call", "")

    async def work(conn: Connection) -> str:
        row = await ticket_rows.ticket(conn, number)
        channel_name, resident_id = await phone_calls.channel_and_resident(conn, row["conversation_id"])
        if not _may_link(console, row, channel_name, resident_id, wanted):
            return ""
        return await link_codes.issue(conn, row["conversation_id"], console.now_ms())

    code = await console.database.transaction(work)
    error = "" if code else "Кода для этой заявки нет: о ней сообщают иначе."
    return await _card(request, status=200 if code else 409, error=error, code=code)


async def _card(request: web.Request, *, status: int = 200, error: str = "", code: str = "") -> web.Response:
    console, number = console_of(request), number_of(request)
    row = await console.database.transaction(lambda conn: ticket_rows.ticket(conn, number))
    call = request.query.get("call", "")
    return await page(
        request,
        "ticket.html",
        status=status,
        error=error,
        ticket=row,
        call_script=await _call_script(console, row, call, code) if call else None,
        next_statuses=[item for item in rules.ALLOWED[Status(row["status"])] if item != Status.ASSIGNED],
        can_assign=row["status"] not in FINISHED,
        needs_reason=NEEDS_REASON,
        problems=console.problems,
        overdue=0 < row["due_ms"] < console.now_ms() and row["status"] not in FINISHED,
    )


async def _call_script(console: ConsoleContext, row: Row, wanted: str, code: str) -> dict[str, str | bool]:
    """What to tell a caller: where news will come, and the link of a messenger they still have to open."""
    channel_name, resident_id = await console.database.transaction(
        lambda conn: phone_calls.channel_and_resident(conn, row["conversation_id"])
    )
    is_missing = wanted in console.prompter.channels and wanted not in ("sms", channel_name)
    return {
        "code": f"{code[:4]} {code[4:]}" if code else "",
        "may_link": _may_link(console, row, channel_name, resident_id, wanted),
        "channel": channel_name,
        "wanted": wanted if is_missing else "",
        "link": await console.prompter.link(wanted) if is_missing else "",
    }


def _may_link(console: ConsoleContext, row: Row, channel_name: str, resident_id: int, wanted: str) -> bool:
    """Whether a code may be told to who called: news go where nobody can answer, and to the ticket's own resident."""
    channel = console.prompter.channels.get(channel_name)
    one_way = channel is not None and channel.capabilities.one_way
    return (
        one_way and resident_id == row["resident_id"] and wanted != channel_name and wanted in console.prompter.channels
    )


Change = Callable[[Connection, int, Actor, int], Awaitable[object]]


async def _change(request: web.Request, work: Change) -> web.Response:
    """Carry out one change of the ticket and show the card again."""
    console, number = console_of(request), number_of(request)
    actor = actor_of(session_of(request).user)

    async def work_of(conn: Connection) -> str:
        await ticket_rows.ticket(conn, number)
        await work(conn, number, actor, console.now_ms())
        return await topic_of(conn, number)

    try:
        topic = await console.database.transaction(work_of)
    except TransitionError:
        return await _card(request, status=409, error="Так изменить статус нельзя. Возможно, его уже сменили.")
    except FormError as error:
        return await _card(request, status=400, error=str(error))
    console.notify("inbox", "outbox", "console", topic)
    return see(f"/tickets/{number}", "saved")


async def topic_of(conn: Connection, ticket_id: int) -> str:
    row = await conn.fetch_one(
        "SELECT c.channel, c.address FROM ticket t JOIN conversation c ON c.id = t.conversation_id WHERE t.id = ?",
        ticket_id,
    )
    return f"conversation:{row['channel']}:{row['address']}" if row else "console"


async def change_status(request: web.Request) -> web.Response:
    form = await Form.of(request)

    async def work(conn: Connection, number: int, actor: Actor, now_ms: int) -> None:
        status = Status(form.choice("status", list(Status), "Выберите статус из списка."))
        missing_reason = "Укажите причину: её увидит житель." if status in NEEDS_REASON else ""
        reason = form.text("reason", LONGEST_TEXT, required=missing_reason)
        await service.change_status(conn, number, status, actor=actor, now_ms=now_ms, reason=reason)

    return await _change(request, work)


async def assign(request: web.Request) -> web.Response:
    form = await Form.of(request)

    async def work(conn: Connection, number: int, actor: Actor, now_ms: int) -> None:
        executor = form.text("executor", LONGEST_EXECUTOR, required="Напишите, кто исполнитель: имя или организация.")
        await service.assign_ticket(conn, number, executor, actor=actor, now_ms=now_ms)

    return await _change(request, work)


async def plan_visit(request: web.Request) -> web.Response:
    console, form = console_of(request), await Form.of(request)

    async def work(conn: Connection, number: int, actor: Actor, now_ms: int) -> None:
        visit_ms = form.moment_ms("visit", console.zone, "Укажите дату и время визита.")
        if visit_ms < now_ms:
            raise FormError("Это время уже прошло. Укажите время в будущем.")
        await service.plan_visit(conn, number, visit_ms, actor=actor, now_ms=now_ms)

    return await _change(request, work)


async def comment(request: web.Request) -> web.Response:
    form = await Form.of(request)

    async def work(conn: Connection, number: int, actor: Actor, now_ms: int) -> None:
        text = form.text("text", LONGEST_TEXT, required="Напишите комментарий.")
        public = form.is_checked("public")
        await service.add_comment(conn, number, text, public=public, actor=actor, now_ms=now_ms)

    return await _change(request, work)


async def correct_problem(request: web.Request) -> web.Response:
    console, form = console_of(request), await Form.of(request)

    async def work(conn: Connection, number: int, actor: Actor, now_ms: int) -> None:
        code = form.choice("problem", [problem.code for problem in console.problems], "Выберите категорию из списка.")
        await service.set_problem(conn, number, code, actor=actor, now_ms=now_ms)

    return await _change(request, work)


async def mark_informed(request: web.Request) -> web.Response:
    """The dispatcher has read number and term aloud."""

    async def work(conn: Connection, number: int, actor: Actor, now_ms: int) -> None:
        await service.mark_informed(conn, number, actor=actor, now_ms=now_ms)

    return await _change(request, work)
