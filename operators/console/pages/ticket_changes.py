"""Changes of a ticket from its card. Every change goes through `tickets/service.py`; this module reads the forms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from models.database.connection import Connection
from operators.console.context import console_of, number_of, see, session_of
from operators.console.form import Form, FormError
from operators.console.pages.ticket_card import NEEDS_REASON, show_card
from operators.console.queries import tickets as ticket_rows
from tickets import service
from tickets.lifecycle.types import Actor, Status, TransitionError

LONGEST_TEXT = 3000
LONGEST_EXECUTOR = 200

Change = Callable[[Connection, int, Actor, int], Awaitable[object]]


async def _change(request: web.Request, work: Change) -> web.Response:
    """Carry out one change of the ticket and show the card again.

    `work` reads the fields it needs: a wrong one changes nothing, and the card says what helps.
    """
    console, number = console_of(request), number_of(request)
    actor = session_of(request).user.actor()

    async def work_of(conn: Connection) -> str:
        await ticket_rows.ticket(conn, number)
        await work(conn, number, actor, console.now_ms())
        return await ticket_rows.topic_of(conn, number)

    try:
        topic = await console.database.transaction(work_of)
    except TransitionError:
        return await show_card(request, status=409, error="Так изменить статус нельзя. Возможно, его уже сменили.")
    except FormError as error:
        return await show_card(request, status=400, error=str(error))
    console.notify("inbox", "outbox", "console", topic)
    return see(f"/tickets/{number}", "saved")


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
    """Note that the dispatcher has read the number and the term to the caller."""

    async def work(conn: Connection, number: int, actor: Actor, now_ms: int) -> None:
        await service.mark_informed(conn, number, actor=actor, now_ms=now_ms)

    return await _change(request, work)
