"""`./domovoy posters`: write posters of houses as files."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.admin.installation import open_installed
from bot.attachments.store import StoredFiles
from bot.factory import build_channels, printer_of
from bot.settings.schema import Settings
from errors import ConfigError
from houses.posters import layout as posters
from houses.posters.layout import MOST_CODES, Poster
from houses.posters.printer import Printer
from models import houses as house_rows
from models.database.database import Database


async def run(settings: Settings, data: Path, options: Namespace) -> int:
    """Write posters with the links of the channels that are switched on."""
    database = await open_installed(settings, data, migrate=False)
    try:
        written = await print_posters(
            database,
            settings,
            houses=options.houses,
            channels=options.channels,
            form=options.format,
            folder=options.out,
        )
    finally:
        await database.close()
    print(f"Плакаты готовы, файлов: {len(written)}. Папка: {options.out}")
    return 0


async def print_posters(
    database: Database, settings: Settings, *, houses: str, channels: str, form: str, folder: Path
) -> list[Path]:
    """Write the posters and return their files.

    houses: ids by comma, or ``all``. channels: names by comma; empty: all that have an address. form: ``pdf`` (one file
    per house, a page per entrance) or ``svg`` (a file per page).

    Raises:
        ConfigError, NoLink: a house or a channel cannot be used, or the folder cannot be written.
    """
    built = build_channels(settings, StoredFiles(database), database)
    try:
        printer = printer_of(settings, built)
        named = _channels(channels, printer)
        rows = _houses(houses, await database.transaction(house_rows.active))
        written = []
        for row in rows:
            pages = await printer.posters(row["id"], row["address"], row["details"], named)
            written += _write(folder, row["id"], pages, form)
        return written
    finally:
        for channel in built.values():
            await channel.close()


def _channels(text: str, printer: Printer) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if unknown := [name for name in names if name not in printer.channels]:
        known = ", ".join(printer.known()) or "таких каналов не включено"
        raise ConfigError(f"--channels {unknown[0]}: канал выключен или на него нельзя дать ссылку; можно: {known}")
    if len(names) > MOST_CODES:
        raise ConfigError(f"--channels: на плакате помещается не больше {MOST_CODES} кодов")
    return names


def _houses(text: str, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    if not rows:
        raise ConfigError("--houses: список домов пуст; он загружается при первом запуске (company.houses)")
    if text == "all":
        return list(rows)
    by_id = {str(row["id"]): row for row in rows}
    chosen = []
    for house_id in (part.strip() for part in text.split(",")):
        if house_id not in by_id:
            raise ConfigError(
                f"--houses {house_id}: дома с таким номером нет; номера показывает раздел «Плакаты» пульта"
            )
        chosen.append(by_id[house_id])
    return chosen


def _write(folder: Path, house_id: int, pages: Sequence[Poster], form: str) -> list[Path]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if form == "pdf":
            path = folder / f"house-{house_id}.pdf"
            path.write_bytes(posters.pdf(pages))
            return [path]
        paths = []
        for page in pages:
            name = f"house-{house_id}-{page.entrance}.svg" if page.entrance else f"house-{house_id}.svg"
            (folder / name).write_text(posters.svg(page), encoding="utf-8")
            paths.append(folder / name)
        return paths
    except OSError as error:
        raise ConfigError(f"--out {folder}: сюда не записать: {os.strerror(error.errno or 0)}") from error
