"""The dispatchers' web console: an application to mount at `/console`."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from aiohttp import web

from channels.contract import Files
from houses.posters.printer import Printer
from models.coordination.wakeup import Bell
from models.database.database import Database
from models.queues.backlog import Storm
from operators import (
    call_pages,
    events,
    file_pages,
    guard,
    identity_pages,
    login_pages,
    outage_pages,
    poster_pages,
    talk_pages,
    ticket_pages,
    trouble_pages,
)
from operators.calls import Prompter
from operators.desk import DESK, Desk
from operators.handover import ALERT_AFTER_MS
from operators.render import STATIC, environment
from tickets.classification.problems import shipped
from tickets.lifecycle.types import Problem

FORM_BYTES = 1_000_000  # what a form may hold besides its photo


def remote_address(request: web.Request) -> str:
    return request.remote or ""


def build_console(
    *,
    database: Database,
    bell: Bell,
    files: Files,
    problems: Sequence[Problem] | None = None,
    timezone: str = "Europe/Moscow",
    secure_cookies: bool = False,
    alert_ms: int = ALERT_AFTER_MS,
    photo_bytes: int = 10_000_000,
    storm: Storm | None = None,
    prompter: Prompter | None = None,
    printer: Printer | None = None,
    now_ms: Callable[[], int] = lambda: int(time.time() * 1000),
    client_address: Callable[[web.Request], str] = remote_address,
) -> web.Application:
    """Make the console.

    Args:
        problems: for the lists of categories; by default those of the shipped classifier.
        timezone: IANA name; times are shown and typed in it.
        secure_cookies: True when dispatchers come over HTTPS.
        alert_ms: a conversation that waits this long is red.
        prompter: what helps a dispatcher who types while talking; by default nothing does.
        printer: makes posters; None: there are none.
        client_address: who asks, for throttling; behind a proxy the caller knows better than the socket.
    """
    zone = ZoneInfo(timezone)
    app = web.Application(
        middlewares=[guard.headers, guard.friendly, guard.door],
        client_max_size=photo_bytes + FORM_BYTES,
    )
    app[DESK] = Desk(
        database=database,
        bell=bell,
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
    app[events.STREAMS] = set()
    app.on_shutdown.append(events.close_streams)
    app.add_routes(ROUTES)
    app.router.add_static("/static", STATIC)
    return app


ROUTES = [
    web.get("/login", login_pages.form),
    web.post("/login", login_pages.log_in),
    web.post("/logout", login_pages.log_out),
    web.get("/", talk_pages.queue),
    web.get("/parts/queue", talk_pages.queue_part),
    web.get("/parts/header", talk_pages.header_part),
    web.get("/events", events.stream),
    web.get("/dialogs", talk_pages.all_talks),
    web.get(r"/dialogs/{id:\d+}", talk_pages.talk),
    web.get(r"/dialogs/{id:\d+}/lines", talk_pages.lines_part),
    web.get(r"/dialogs/{id:\d+}/strip", talk_pages.strip_part),
    web.get(r"/dialogs/{id:\d+}/side", talk_pages.side_part),
    web.post(r"/dialogs/{id:\d+}/claim", talk_pages.claim),
    web.post(r"/dialogs/{id:\d+}/release", talk_pages.release),
    web.post(r"/dialogs/{id:\d+}/reply", talk_pages.reply),
    web.get(r"/dialogs/{id:\d+}/same", identity_pages.same),
    web.post(r"/dialogs/{id:\d+}/same", identity_pages.search),
    web.post(r"/dialogs/{id:\d+}/merge", identity_pages.merge),
    web.post(r"/dialogs/{id:\d+}/merges/{merge:\d+}/undo", identity_pages.undo),
    web.post(r"/dialogs/{id:\d+}/push", identity_pages.push),
    web.get("/files/{name}", file_pages.file),
    web.get("/tickets", ticket_pages.tickets),
    web.get("/tickets.csv", ticket_pages.export),
    web.get("/tickets/new", call_pages.new_form),
    web.post("/tickets/new", call_pages.take),
    web.post("/tickets/new/hints", call_pages.hints),
    web.get(r"/tickets/{id:\d+}", ticket_pages.card),
    web.post(r"/tickets/{id:\d+}", ticket_pages.show_code),
    web.post(r"/tickets/{id:\d+}/status", ticket_pages.change_status),
    web.post(r"/tickets/{id:\d+}/assign", ticket_pages.assign),
    web.post(r"/tickets/{id:\d+}/visit", ticket_pages.plan_visit),
    web.post(r"/tickets/{id:\d+}/comment", ticket_pages.comment),
    web.post(r"/tickets/{id:\d+}/told", ticket_pages.told),
    web.post(r"/tickets/{id:\d+}/problem", ticket_pages.correct_problem),
    web.get("/troubles", trouble_pages.troubles),
    web.post(r"/troubles/letters/{id:\d+}/retry", trouble_pages.retry_letter),
    web.post(r"/troubles/letters/{id:\d+}/dismiss", trouble_pages.dismiss_letter),
    web.post(r"/troubles/events/{id:\d+}/retry", trouble_pages.retry_event),
    web.post(r"/troubles/events/{id:\d+}/dismiss", trouble_pages.dismiss_event),
    web.get("/outages", outage_pages.show),
    web.post("/outages", outage_pages.announce),
    web.post(r"/outages/{id:\d+}/end", outage_pages.end),
    web.post(r"/outages/{id:\d+}/until", outage_pages.prolong),
    web.get("/posters", poster_pages.show),
    web.get(r"/posters/{id:\d+}.svg", poster_pages.preview),
    web.get(r"/posters/{id:\d+}.pdf", poster_pages.download),
    web.get("/questions", trouble_pages.questions),
    web.post(r"/questions/{id:\d+}/delete", trouble_pages.delete_question),
]
