"""The list of tickets with its filter, and the same list as a CSV file."""

from __future__ import annotations

import csv
import io

from aiohttp import web

from operators.console import labels, templating
from operators.console.context import ConsoleContext, console_of, page, page_number
from operators.console.queries import tickets as ticket_rows
from operators.console.queries.search import PAGE
from operators.console.queries.tickets import LONGEST_EXPORT, Row, TicketFilter
from tickets.lifecycle.rules import FINISHED
from tickets.lifecycle.types import Priority, Status

COLUMNS = (
    *("Номер", "Создана", "Срок", "Статус", "Срочность", "Категория", "Адрес", "Квартира", "Имя", "Телефон"),
    *("Источник", "Исполнитель", "Визит", "Выполнена", "Закрыта", "Текст"),
)


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


async def export(request: web.Request) -> web.Response:
    """Answer with the filtered tickets as CSV, at most 10 000 rows; it opens in Excel (BOM, semicolons)."""
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
    """Quote a cell that a spreadsheet would run as a formula; phones keep their plus."""
    risky = text[:1] in ("=", "@", "-", "\t", "\r") or (text[:1] == "+" and not text[1:].isdecimal())
    return f"'{text}" if risky else text
