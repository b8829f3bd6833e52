"""Parts shared by all pages of the console, and the three ways to answer: a page, a fragment, a redirect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from aiohttp import web
from jinja2 import Environment

from channels.contract import Files
from houses.posters.printer import Printer
from models.coordination.wakeup import Wakeup
from models.database.connection import Connection
from models.database.database import Database
from models.queues.backlog import Storm
from models.residents.conversations import SHOWN_ASIDE_MS
from operators.accounts.sessions import Session
from operators.console.queries import queue as queue_rows
from operators.console.queries.queue import Row
from operators.handover.phone_calls import Prompter
from operators.handover.service import topics
from operators.permissions import may
from tickets.lifecycle.types import Problem

ROOT = "/console"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleContext:
    """Parts and settings of the console; fixed while it runs."""

    database: Database
    wakeup: Wakeup
    files: Files
    templates: Environment
    zone: ZoneInfo
    problems: Sequence[Problem]
    secure_cookies: bool
    alert_ms: int  # a wait this long is red
    photo_bytes: int
    storm: Storm
    printer: Printer | None
    now_ms: Callable[[], int]
    prompter: Prompter
    client_address: Callable[[web.Request], str]

    def notify(self, *names: str) -> None:
        """Wake the listeners of these topics; call it after the commit."""
        for name in names:
            self.wakeup.notify(name)

    def notify_conversation(self, row: dict[str, object]) -> None:
        self.notify(*topics(row))


CONSOLE = web.AppKey("console", ConsoleContext)
SESSION = web.RequestKey("session", Session)

# Messages of a page after a redirect; the address holds only the key.
NOTICES = {
    "claimed": "Диалог ваш. Бот молчит, пока вы не вернёте ему диалог.",
    "released": "Диалог возвращён боту.",
    "sent": "Сообщение отправлено.",
    "opened": "Заявка создана.",
    "saved": "Сохранено.",
    "merged": "Теперь это один житель: диалоги и заявки общие.",
    "separated": "Объединение отменено.",
    "retried": "Поставлено в очередь ещё раз.",
    "dismissed": "Закрыто.",
}


def console_of(request: web.Request) -> ConsoleContext:
    return request.config_dict[CONSOLE]


def session_of(request: web.Request) -> Session:
    return request[SESSION]


def fragment(request: web.Request, template: str, **values: object) -> web.Response:
    """Answer with a part of a page, for the script that refreshes it."""
    return _html(request, template, 200, values)


async def page(
    request: web.Request, template: str, *, status: int = 200, error: str = "", **values: object
) -> web.Response:
    """Answer with a whole page, including the figures of the header; `error` appears above the content."""
    console, session = console_of(request), session_of(request)
    figures = await figures_of(console, session.user.id)
    values |= {"figures": figures, "error": error, "notice": NOTICES.get(request.query.get("ok", ""), "")}
    return _html(request, template, status, values)


async def figures_of(console: ConsoleContext, user_id: int) -> Row:
    """Return the figures of the header; check the backlog too."""

    async def work(conn: Connection) -> Row:
        await console.storm.look(conn, console.now_ms())
        return await queue_rows.figures(conn, user_id, console.now_ms(), console.alert_ms)

    return await console.database.transaction(work)


def _html(request: web.Request, template: str, status: int, values: dict[str, object]) -> web.Response:
    console, session = console_of(request), session_of(request)
    text = console.templates.get_template(template).render(
        me=session.user,
        may=partial(may, session.user.role),
        csrf=session.csrf,
        now_ms=console.now_ms(),
        alert_ms=console.alert_ms,
        aside_shown_ms=SHOWN_ASIDE_MS,
        storm=console.storm,
        path=request.path,
        **values,
    )
    return web.Response(text=text, content_type="text/html", status=status)


def see(path: str, ok: str = "") -> web.Response:
    """Redirect after a POST; `ok` is a key of `NOTICES`."""
    separator = "&" if "?" in path else "?"
    return web.Response(status=303, headers={"Location": f"{ROOT}{path}{separator}ok={ok}" if ok else f"{ROOT}{path}"})


def wants_json(request: web.Request) -> bool:
    """Return whether the script of the page sent the form and shows the answer itself."""
    return request.headers.get("X-Requested-With") == "fetch"


def number_of(request: web.Request, name: str = "id") -> int:
    """Return the number in the path. Raises 404 for a number that no row can have."""
    number = int(request.match_info[name])
    if number >= 2**63:
        raise web.HTTPNotFound
    return number


def page_number(request: web.Request) -> int:
    """Return the page of a list that the address names, from 1."""
    text = request.query.get("page", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 6 else 1
