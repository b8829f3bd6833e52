"""The card of one ticket, and the script that a dispatcher reads to a caller."""

from __future__ import annotations

from aiohttp import web

from models.database.connection import Connection
from models.residents import link_codes
from operators.console.context import ConsoleContext, console_of, number_of, page
from operators.console.queries import tickets as ticket_rows
from operators.console.queries.tickets import Row
from operators.handover import phone_calls
from tickets.lifecycle import rules
from tickets.lifecycle.rules import FINISHED
from tickets.lifecycle.types import Status

NEEDS_REASON = (Status.WAITING, Status.CANCELLED, Status.REOPENED)


async def card(request: web.Request) -> web.Response:
    return await show_card(request)


async def show_code(request: web.Request) -> web.Response:
    """Issue a code that the caller types in another messenger, and show it; each press issues a new one."""
    console, number, wanted = console_of(request), number_of(request), request.query.get("call", "")

    async def work(conn: Connection) -> str:
        row = await ticket_rows.ticket(conn, number)
        channel_name, resident_id = await phone_calls.channel_and_resident(conn, row["conversation_id"])
        if not _may_link(console, row, channel_name, resident_id, wanted):
            return ""
        return await link_codes.issue(conn, row["conversation_id"], console.now_ms())

    code = await console.database.transaction(work)
    error = "" if code else "Кода для этой заявки нет: о ней сообщают иначе."
    return await show_card(request, status=200 if code else 409, error=error, code=code)


async def show_card(request: web.Request, *, status: int = 200, error: str = "", code: str = "") -> web.Response:
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
    """Return the values of the script: the channel of the news, and the link of a messenger still to be opened."""
    channel_name, resident_id = await console.database.transaction(
        lambda conn: phone_calls.channel_and_resident(conn, row["conversation_id"])
    )
    is_missing = wanted in console.prompter.channels and wanted not in (console.prompter.by_phone, channel_name)
    return {
        "code": f"{code[:4]} {code[4:]}" if code else "",
        "may_link": _may_link(console, row, channel_name, resident_id, wanted),
        "channel": channel_name,
        "by_phone": channel_name in phone_calls.BY_PHONE,
        "wanted": wanted if is_missing else "",
        "link": await console.prompter.link(wanted) if is_missing else "",
    }


def _may_link(console: ConsoleContext, row: Row, channel_name: str, resident_id: int, wanted: str) -> bool:
    """Return whether the caller may get a code: news go to a one-way channel of the ticket's own resident."""
    channel = console.prompter.channels.get(channel_name)
    one_way = channel is not None and channel.capabilities.one_way
    return (
        one_way and resident_id == row["resident_id"] and wanted != channel_name and wanted in console.prompter.channels
    )
