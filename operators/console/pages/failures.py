"""Pages of failures: undelivered messages, quarantined events, and questions without an answer."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from models.database.connection import TENANT, Connection
from models.queues import inbox, outbox
from operators.console.context import console_of, number_of, page, see
from operators.console.queries import failures as failure_rows
from operators.console.security import requires
from operators.permissions import Permission


async def show(request: web.Request) -> web.Response:
    async def work(conn: Connection) -> dict[str, Any]:
        unsure, announcements = await failure_rows.unsure_letters(conn)
        return {
            "dead": await failure_rows.dead_letters(conn),
            "unsure": unsure,
            "announcements": announcements,
            "quarantined": await failure_rows.quarantined(conn),
        }

    return await page(request, "failures.html", **await console_of(request).database.transaction(work))


async def retry_letter(request: web.Request) -> web.Response:
    """Queue an undelivered or unconfirmed message once more.

    The message keeps its key, so a channel that recognizes repeats drops it when it has arrived before.
    """
    console, number = console_of(request), number_of(request)
    await console.database.transaction(lambda conn: outbox.send_again(conn, number, console.now_ms()))
    console.notify("outbox", "console")
    return see("/troubles", "retried")


async def dismiss_letter(request: web.Request) -> web.Response:
    """Close a message that the dispatcher has handled another way."""
    console, number = console_of(request), number_of(request)
    await console.database.transaction(lambda conn: outbox.dismiss(conn, number))
    console.notify("console")
    return see("/troubles", "dismissed")


async def retry_event(request: web.Request) -> web.Response:
    """Queue a quarantined event once more."""
    console, number = console_of(request), number_of(request)
    await console.database.transaction(lambda conn: inbox.retry_quarantined(conn, number))
    console.notify("inbox", "console")
    return see("/troubles", "retried")


async def dismiss_event(request: web.Request) -> web.Response:
    console, number = console_of(request), number_of(request)
    await console.database.transaction(lambda conn: inbox.dismiss_quarantined(conn, number))
    console.notify("console")
    return see("/troubles", "dismissed")


@requires(Permission.READ_QUESTIONS)
async def questions(request: web.Request) -> web.Response:
    rows = await console_of(request).database.transaction(failure_rows.unanswered)
    return await page(request, "unanswered_questions.html", rows=rows)


@requires(Permission.READ_QUESTIONS)
async def delete_question(request: web.Request) -> web.Response:
    """Delete a question: it got an answer in the knowledge base, or needs none."""
    number = number_of(request)
    await console_of(request).database.transaction(
        lambda conn: conn.execute("DELETE FROM unanswered WHERE tenant = ? AND id = ?", TENANT, number)
    )
    return see("/questions", "dismissed")
