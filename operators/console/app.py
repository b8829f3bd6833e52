"""The dispatchers' web console: an application to mount at `/console`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from aiohttp import web

import epoch
from channels.contract import Files
from houses.posters.printer import Printer
from models.coordination.wakeup import Wakeup
from models.database.database import Database
from models.queues.backlog import Storm
from operators.console import live_updates, security
from operators.console.context import CONSOLE, ConsoleContext
from operators.console.pages import (
    call_prompts,
    conversations,
    failures,
    identity,
    login,
    new_ticket,
    outages,
    posters,
    ticket_card,
    ticket_changes,
    tickets,
)
from operators.console.pages import (
    files as file_pages,
)
from operators.console.templating import STATIC, environment
from operators.handover.phone_calls import Prompter
from operators.handover.queue import ALERT_AFTER_MS
from tickets.classification.problems import shipped
from tickets.lifecycle.types import Problem

FORM_BYTES = 1_000_000  # what a form may hold besides its photo


def remote_address(request: web.Request) -> str:
    return request.remote or ""


def build_console(
    *,
    database: Database,
    wakeup: Wakeup,
    files: Files,
    problems: Sequence[Problem] | None = None,
    timezone: str = "Europe/Moscow",
    secure_cookies: bool = False,
    alert_ms: int = ALERT_AFTER_MS,
    photo_bytes: int = 10_000_000,
    storm: Storm | None = None,
    prompter: Prompter | None = None,
    printer: Printer | None = None,
    now_ms: Callable[[], int] = epoch.now_ms,
    client_address: Callable[[web.Request], str] = remote_address,
) -> web.Application:
    """Build the console as an application.

    Args:
        problems: the categories to choose from; by default those of the shipped classifier.
        timezone: IANA name; pages show and read times in it.
        secure_cookies: True when dispatchers come over HTTPS.
        alert_ms: a conversation that waits this long is shown as overdue.
        prompter: prompts for a dispatcher who types while talking; by default there are none.
        printer: makes posters; None: the section is absent.
        client_address: the address to throttle log-ins by; behind a proxy it is not that of the socket.
    """
    zone = ZoneInfo(timezone)
    app = web.Application(
        middlewares=[security.security_headers, security.error_pages, security.authentication],
        client_max_size=photo_bytes + FORM_BYTES,
    )
    app[CONSOLE] = ConsoleContext(
        database=database,
        wakeup=wakeup,
        files=files,
        templates=environment(zone),
        zone=zone,
        problems=tuple(shipped().values()) if problems is None else problems,
        secure_cookies=secure_cookies,
        alert_ms=alert_ms,
        photo_bytes=photo_bytes,
        storm=storm or Storm(),
        printer=printer,
        now_ms=now_ms,
        prompter=prompter or Prompter(),
        client_address=client_address,
    )
    app[live_updates.STREAMS] = set()
    app.on_shutdown.append(live_updates.close_streams)
    app.add_routes(ROUTES)
    app.router.add_static("/static", STATIC)
    return app


ROUTES = [
    web.get("/login", login.form),
    web.post("/login", login.log_in),
    web.post("/logout", login.log_out),
    web.get("/", conversations.queue),
    web.get("/parts/queue", conversations.queue_part),
    web.get("/parts/header", conversations.header_part),
    web.get("/events", live_updates.stream),
    web.get("/dialogs", conversations.all_conversations),
    web.get(r"/dialogs/{id:\d+}", conversations.conversation),
    web.get(r"/dialogs/{id:\d+}/lines", conversations.lines_part),
    web.get(r"/dialogs/{id:\d+}/strip", conversations.strip_part),
    web.get(r"/dialogs/{id:\d+}/side", conversations.side_part),
    web.post(r"/dialogs/{id:\d+}/claim", conversations.claim),
    web.post(r"/dialogs/{id:\d+}/release", conversations.release),
    web.post(r"/dialogs/{id:\d+}/reply", conversations.reply),
    web.get(r"/dialogs/{id:\d+}/same", identity.same_resident),
    web.post(r"/dialogs/{id:\d+}/same", identity.search),
    web.post(r"/dialogs/{id:\d+}/merge", identity.merge),
    web.post(r"/dialogs/{id:\d+}/merges/{merge:\d+}/undo", identity.undo),
    web.post(r"/dialogs/{id:\d+}/push", identity.push),
    web.get("/files/{name}", file_pages.file),
    web.get("/tickets", tickets.tickets),
    web.get("/tickets.csv", tickets.export),
    web.get("/tickets/new", new_ticket.new_form),
    web.post("/tickets/new", new_ticket.take),
    web.post("/tickets/new/hints", call_prompts.hints),
    web.get(r"/tickets/{id:\d+}", ticket_card.card),
    web.post(r"/tickets/{id:\d+}", ticket_card.show_code),
    web.post(r"/tickets/{id:\d+}/status", ticket_changes.change_status),
    web.post(r"/tickets/{id:\d+}/assign", ticket_changes.assign),
    web.post(r"/tickets/{id:\d+}/visit", ticket_changes.plan_visit),
    web.post(r"/tickets/{id:\d+}/comment", ticket_changes.comment),
    web.post(r"/tickets/{id:\d+}/told", ticket_changes.mark_informed),
    web.post(r"/tickets/{id:\d+}/problem", ticket_changes.correct_problem),
    web.get("/troubles", failures.show),
    web.post(r"/troubles/letters/{id:\d+}/retry", failures.retry_letter),
    web.post(r"/troubles/letters/{id:\d+}/dismiss", failures.dismiss_letter),
    web.post(r"/troubles/events/{id:\d+}/retry", failures.retry_event),
    web.post(r"/troubles/events/{id:\d+}/dismiss", failures.dismiss_event),
    web.get("/outages", outages.show),
    web.post("/outages", outages.announce),
    web.post(r"/outages/{id:\d+}/end", outages.end),
    web.post(r"/outages/{id:\d+}/until", outages.prolong),
    web.get("/posters", posters.show),
    web.get(r"/posters/{id:\d+}.svg", posters.preview),
    web.get(r"/posters/{id:\d+}.pdf", posters.download),
    web.get("/questions", failures.questions),
    web.post(r"/questions/{id:\d+}/delete", failures.delete_question),
]
