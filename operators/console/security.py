"""Middlewares of the console: authentication, forged requests, error pages and security headers; route permissions."""

from __future__ import annotations

import functools
import hmac
import logging
from collections.abc import Callable
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from operators.accounts import sessions
from operators.console.context import CONSOLE, ROOT, SESSION, console_of, page, session_of, wants_json
from operators.console.form import Form
from operators.permissions import Permission, may
from operators.types import AlreadyClaimed, NotClaimed

logger = logging.getLogger(__name__)

COOKIE = "domovoy_console"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # "no-referrer" would make browsers send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
PUBLIC_PATHS = ("/static/", "/login")


@web.middleware
async def security_headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Add the security headers; browsers and proxies never cache pages."""
    try:
        response = await handler(request)
    except web.HTTPException as error:
        _add_headers(error)
        raise
    if not response.prepared:
        _add_headers(response)
    return response


def _add_headers(response: web.StreamResponse) -> None:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")


@web.middleware
async def authentication(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Admit logged-in users only; refuse forged POSTs before anything is changed."""
    if request.method not in ("GET", "HEAD") and not same_origin(request):
        raise web.HTTPForbidden(text="Запрос пришёл с чужой страницы. Откройте пульт заново.")
    if request.path.removeprefix(ROOT).startswith(PUBLIC_PATHS):
        return await handler(request)
    console = console_of(request)
    token = request.cookies.get(COOKIE, "")
    session = (
        await console.database.transaction(lambda conn: sessions.session_of(conn, token, console.now_ms()))
        if token
        else None
    )
    if session is None:
        if request.method == "GET" and not wants_json(request):
            return web.Response(status=303, headers={"Location": f"{ROOT}/login"})
        raise web.HTTPUnauthorized(text="Вход устарел. Войдите снова.")
    request[SESSION] = session
    if request.method not in ("GET", "HEAD"):
        await check_csrf(request, session.csrf)
    return await handler(request)


async def check_csrf(request: web.Request, expected: str) -> None:
    """Compare the token in the header or the form with the session's. Raises 403 when they differ."""
    sent = request.headers.get("X-CSRF-Token") or (await Form.of(request)).raw("csrf")
    if not hmac.compare_digest(sent.encode(), expected.encode()):
        logger.warning("a form without its token was refused", extra={"action": "console.csrf"})
        raise web.HTTPForbidden(text="Форма устарела. Обновите страницу и повторите.")


def same_origin(request: web.Request) -> bool:
    """Return False when the browser says that the request comes from another site."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


REFUSALS = {
    Permission.READ_QUESTIONS: "Этот раздел открыт старшему диспетчеру и администратору.",
    Permission.PRINT_POSTERS: "Плакаты печатает руководитель или администратор.",
}


def requires(permission: Permission) -> Callable[[Handler], Handler]:
    """Make a route answer 403 to users without the permission."""

    refusal = REFUSALS[permission]

    def guard(handler: Handler) -> Handler:
        @functools.wraps(handler)
        async def guarded(request: web.Request) -> web.StreamResponse:
            if not may(session_of(request).user.role, permission):
                raise web.HTTPForbidden(text=refusal)
            return await handler(request)

        return guarded

    return guard


@web.middleware
async def error_pages(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error into a page or a JSON answer that tells the dispatcher what to do."""
    try:
        return await handler(request)
    except AlreadyClaimed as error:
        return await problem(request, 409, f"Диалог уже взял(а) {error.name}.")
    except NotClaimed:
        return await problem(request, 409, "Диалог сейчас не у вас. Сначала возьмите его.")
    except KeyError:
        return await problem(request, 404, "Такой записи нет. Возможно, её удалили.")
    except web.HTTPRequestEntityTooLarge:
        return await problem(request, 413, "Файл слишком большой.")
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return await problem(request, error.status, MESSAGES.get(error.status) or error.text or error.reason)
    except Exception:
        logger.exception("a page failed", extra={"action": "console.failed"})
        return await problem(request, 500, "Не получилось: ошибка программы. Повторите или сообщите администратору.")


MESSAGES = {404: "Такой страницы нет.", 405: "Так эту страницу открыть нельзя."}


async def problem(request: web.Request, status: int, message: str) -> web.Response:
    """Answer with an error message: JSON for the script of the page, else a page."""
    if wants_json(request):
        return web.json_response({"error": message}, status=status)
    if SESSION in request:
        return await page(request, "problem.html", status=status, error=message)
    text = request.config_dict[CONSOLE].templates.get_template("logged_out.html").render(error=message)
    return web.Response(text=text, content_type="text/html", status=status)
