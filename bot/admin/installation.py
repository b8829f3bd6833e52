"""The data folder and the database of an installation, for commands that work beside a running program."""

from __future__ import annotations

import os
from pathlib import Path

from bot.settings.schema import Settings
from errors import ConfigError
from models.database.database import Database, open_database


def database_url(settings: Settings, data: Path) -> str:
    """Return the address of the installation's database: the configured one, else a file in the data folder."""
    return settings.database.url or f"sqlite://{(data / 'domovoy.db').resolve()}"


async def open_installed(settings: Settings, data: Path, *, migrate: bool = True) -> Database:
    """Open the database of an installation; migrate: as for `open_database`."""
    make_data_folder(data)
    return await open_database(database_url(settings, data), migrate=migrate)


def make_data_folder(data: Path) -> None:
    """Make the data folder. Raises `ConfigError`."""
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"--data {data}: папкой нельзя пользоваться: {os.strerror(error.errno or 0)}") from error
