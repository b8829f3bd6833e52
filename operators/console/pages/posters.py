"""The page of posters: choose a house and channels, see a preview, download a PDF. For leaders only."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from houses.posters import layout as posters
from houses.posters.layout import MOST_CODES
from houses.posters.printer import NoLink, Printer
from models import houses
from operators.console.context import console_of, number_of, page
from operators.console.labels import CHANNELS
from operators.console.security import requires
from operators.permissions import Permission


def printer_for(request: web.Request) -> Printer:
    """Return the printer of posters. Raises 404 when none is configured."""
    printer = console_of(request).printer
    if printer is None:
        raise web.HTTPNotFound
    return printer


def chosen_channels(request: web.Request, printer: Printer) -> list[str]:
    """Return the chosen channels; empty, which means all, when none or only unknown ones are chosen."""
    return [name for name in request.query.getall("channel", []) if name in printer.channels][:MOST_CODES]


@requires(Permission.PRINT_POSTERS)
async def show(request: web.Request) -> web.Response:
    """Show the list of houses; with `?house=` also the preview of one."""
    printer, house_id = printer_for(request), request.query.get("house", "")
    rows = await console_of(request).database.transaction(houses.active)
    house = next((row for row in rows if str(row["id"]) == house_id), None)
    names, error = chosen_channels(request, printer), ""
    if house:
        try:
            await printer.poster(house["id"], house["address"], 0, names)
        except NoLink as no_link:
            error = str(no_link)
    values: dict[str, Any] = {
        "houses": rows,
        "house": house,
        "known": printer.known(),
        "chosen": names or printer.known(),
    }
    return await page(request, "posters.html", error=error, refused=bool(error), titles=CHANNELS, **values)


async def _house(request: web.Request) -> dict[str, Any]:
    number = number_of(request)
    rows = await console_of(request).database.transaction(houses.active)
    return next((row for row in rows if row["id"] == number), None) or _missing()


def _missing() -> dict[str, Any]:
    raise web.HTTPNotFound


@requires(Permission.PRINT_POSTERS)
async def preview(request: web.Request) -> web.Response:
    """Answer with the poster of the whole house as a picture."""
    printer, house = printer_for(request), await _house(request)
    try:
        poster = await printer.poster(house["id"], house["address"], 0, chosen_channels(request, printer))
    except NoLink:
        raise web.HTTPNotFound from None
    headers = {"Content-Security-Policy": "default-src 'none'; sandbox"}
    return web.Response(text=posters.svg(poster), content_type="image/svg+xml", headers=headers)


@requires(Permission.PRINT_POSTERS)
async def download(request: web.Request) -> web.Response:
    """Answer with one PDF: a page for the whole house and one for each entrance."""
    printer, house = printer_for(request), await _house(request)
    try:
        pages = await printer.posters(
            house["id"], house["address"], house["details"], chosen_channels(request, printer)
        )
    except NoLink:
        raise web.HTTPNotFound from None
    data = await asyncio.to_thread(posters.pdf, pages)
    headers = {
        "Content-Disposition": f'attachment; filename="house-{house["id"]}.pdf"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return web.Response(body=data, content_type="application/pdf", headers=headers)
