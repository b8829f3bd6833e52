"""Log in and out."""

from __future__ import annotations

import hmac
import secrets

from aiohttp import web

from operators.accounts import sessions
from operators.console.context import ROOT, console_of, see, session_of
from operators.console.form import Form
from operators.console.security import COOKIE

FORM_COOKIE = "domovoy_login"  # ties the log-in form to the browser that asked for it


async def form(request: web.Request) -> web.Response:
    return _form(request)


def _form(request: web.Request, *, status: int = 200, error: str = "", login: str = "") -> web.Response:
    console = console_of(request)
    mark = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(24)
    text = console.templates.get_template("login.html").render(error=error, login=login, mark=mark)
    response = web.Response(text=text, content_type="text/html", status=status)
    response.set_cookie(
        FORM_COOKIE, mark, path=f"{ROOT}/login", httponly=True, samesite="Strict", secure=console.secure_cookies
    )
    return response


async def log_in(request: web.Request) -> web.Response:
    console = console_of(request)
    fields = await Form.of(request)
    login, password = fields.raw("login"), fields.raw("password")
    mark = request.cookies.get(FORM_COOKIE, "")
    if not mark or not hmac.compare_digest(fields.raw("mark").encode(), mark.encode()):
        return _form(request, status=403, error="Форма устарела. Введите логин и пароль ещё раз.", login=login)
    try:
        token = await sessions.log_in(
            console.database,
            login=login,
            password=password,
            address=console.client_address(request),
            now_ms=console.now_ms(),
        )
    except sessions.LoginThrottled as error:
        message = f"Слишком много неудачных попыток. Подождите {error.minutes} мин и попробуйте снова."
        return _form(request, status=429, error=message, login=login)
    except sessions.LoginRefused:
        return _form(request, status=401, error="Неверный логин или пароль.", login=login)
    response = see("/")
    response.set_cookie(COOKIE, token, path=ROOT, httponly=True, samesite="Strict", secure=console.secure_cookies)
    return response


async def log_out(request: web.Request) -> web.Response:
    console, session = console_of(request), session_of(request)
    await console.database.transaction(lambda conn: sessions.log_out(conn, session))
    response = see("/login")
    response.del_cookie(COOKIE, path=ROOT)
    return response
