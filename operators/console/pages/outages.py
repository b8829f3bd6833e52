"""The page of outages: announce, prolong and end them. The bot answers residents of these houses with them."""

from __future__ import annotations

import logging
from typing import Any

from aiohttp import web

from models import outages
from models.database.connection import Connection
from operators.console.context import ConsoleContext, console_of, number_of, page, see, session_of
from operators.console.form import Form, FormError
from tickets.lifecycle.types import Resource

logger = logging.getLogger(__name__)

FIELDS = ("resource", "houses", "everywhere", "from", "until", "text")
LONGEST_TEXT = 300
MOST_HOUSES = 500
TITLES: dict[str, str] = {
    Resource.HOT_WATER: "Горячая вода",
    Resource.COLD_WATER: "Холодная вода",
    Resource.HEATING: "Отопление",
    Resource.ELECTRICITY: "Электричество",
    Resource.GAS: "Газ",
    Resource.LIFT: "Лифт",
}


async def show(request: web.Request) -> web.Response:
    return await _show(request, {})


async def _show(
    request: web.Request,
    typed: dict[str, str],
    *,
    status: int = 200,
    error: str = "",
    rejected: tuple[int, str] = (0, ""),
) -> web.Response:
    """Show the page. rejected: an outage and the new end typed for it that cannot be used; it stays in its card."""
    console = console_of(request)
    rows = await console.database.transaction(lambda conn: outages.listed(conn, console.now_ms()))
    values: dict[str, Any] = dict.fromkeys(FIELDS, "") | typed
    return await page(
        request, "outages.html", status=status, error=error, rows=rows, titles=TITLES, values=values, rejected=rejected
    )


async def announce(request: web.Request) -> web.Response:
    """Announce an outage."""
    console, form = console_of(request), await Form.of(request)
    typed = form.texts(FIELDS)
    try:
        announcement = _read(console, form)
    except FormError as error:
        return await _show(request, typed, status=400, error=str(error))
    author = session_of(request).user.id

    async def work(conn: Connection) -> int:
        return await outages.announce(conn, **announcement, created_by=author, now_ms=console.now_ms())

    number = await console.database.transaction(work)
    logger.info("outage announced", extra={"action": "outage.announced", "outage": number, "user": author})
    return see("/outages", "saved")


def _read(console: ConsoleContext, form: Form) -> dict[str, Any]:
    """Return the arguments of `models.outages.announce`. Raises `FormError`."""
    resource = Resource(form.choice("resource", TITLES, "Выберите, что отключено."))
    now_ms, zone, text = console.now_ms(), console.zone, form.text("text")
    from_ms = form.moment_ms("from", zone, "Укажите, с какого времени.") if form.text("from") else now_ms
    until_ms = form.moment_ms("until", zone, "Укажите, до какого времени: житель спросит именно об этом.")
    if until_ms <= max(from_ms, now_ms):
        raise FormError("Окончание должно быть позже начала и позже, чем сейчас.")
    if until_ms - from_ms > outages.LONGEST_MS:
        raise FormError("Больше 60 дней подряд: проверьте даты.")
    if len(text) > LONGEST_TEXT:
        raise FormError(f"Пояснение длиннее {LONGEST_TEXT} знаков.")
    houses = None if form.text("everywhere") else _houses(console, form.text("houses"))
    return {"resource": resource, "text": text, "houses": houses, "from_ms": from_ms, "until_ms": until_ms}


def _houses(console: ConsoleContext, text: str) -> list[int]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise FormError("Напишите дома, по одному в строке, или отметьте «все дома».")
    if len(lines) > MOST_HOUSES:
        raise FormError(f"Домов больше {MOST_HOUSES}: отметьте «все дома» или разделите объявление.")
    houses_by_line = [(line, console.prompter.house(line)) for line in lines]
    if unknown := [line for line, house in houses_by_line if house is None]:
        raise FormError(f"Не нашёл дом: {'; '.join(unknown[:5])}. Напишите адрес, как в списке домов.")
    return [house.id for _, house in houses_by_line if house]


async def end(request: web.Request) -> web.Response:
    """End an outage, or cancel a planned one."""
    console, number = console_of(request), number_of(request)
    ended = await console.database.transaction(lambda conn: outages.end(conn, number, console.now_ms()))
    if not ended:
        return await _gone(request)
    user = session_of(request).user.id
    logger.info("outage ended", extra={"action": "outage.ended", "outage": number, "user": user})
    return see("/outages", "saved")


async def prolong(request: web.Request) -> web.Response:
    """Prolong an outage."""
    console, number = console_of(request), number_of(request)
    form = await Form.of(request)
    rows = await console.database.transaction(lambda conn: outages.listed(conn, console.now_ms(), number))
    if not rows:
        return await _gone(request)
    try:
        until_ms = _later(console, rows[0]["from_ms"], form)
    except FormError as error:
        rejected = (number, form.text("until"))
        return await _show(request, {}, status=400, error=f"{_title(rows[0])}: {error}", rejected=rejected)
    if not await console.database.transaction(lambda conn: outages.prolong(conn, number, until_ms, console.now_ms())):
        return await _gone(request)
    user = session_of(request).user.id
    logger.info("outage prolonged", extra={"action": "outage.prolonged", "outage": number, "user": user})
    return see("/outages", "saved")


def _later(console: ConsoleContext, from_ms: int, form: Form) -> int:
    """Return the new end of an outage that begins at `from_ms`. Raises `FormError`."""
    until_ms = form.moment_ms("until", console.zone, "укажите новое время окончания.")
    if until_ms <= max(from_ms, console.now_ms()):
        raise FormError("новое окончание должно быть позже начала и позже, чем сейчас.")
    if until_ms - from_ms > outages.LONGEST_MS:
        raise FormError("больше 60 дней с начала. Проверьте дату или объявите новое отключение.")
    return until_ms


def _title(row: dict[str, Any]) -> str:
    """Return the title of an outage's card, for example «Лифт (ул. Мира, д. 7)»."""
    return f"{TITLES.get(row['resource'], row['resource'])} ({row['address'] or 'все дома'})"


async def _gone(request: web.Request) -> web.Response:
    return await _show(request, {}, status=409, error="Это отключение уже закончилось.")
