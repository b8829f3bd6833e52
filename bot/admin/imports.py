"""Imports of `./domovoy import`: a register of houses or a knowledge base. An error in the file changes nothing."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.turns.served_houses import HouseRegister
from errors import ConfigError
from faq.base.loader import Base, load_base
from houses.register import loader as register
from models import houses as house_rows
from models.database.database import Database

logger = logging.getLogger(__name__)
MAX_LISTED_ERRORS = 200  # errors of one file


async def import_houses(
    database: Database, request: Mapping[str, Any], register_here: HouseRegister | None = None
) -> dict[str, Any]:
    """Take a file's houses into the register; register_here: what answers residents here, brought up to date.

    request: ``path``, ``partial`` (import the correct rows although others are wrong).

    Returns:
        ``{"added", "updated", "errors"}``; errors: one sentence per row left out.

    Raises:
        ConfigError: the file cannot be used, or a row is wrong and `partial` is not set; it names every row.
    """
    rows = await asyncio.to_thread(register.read, Path(str(request["path"])))
    if rows.errors and not (request.get("partial") and rows.houses):
        raise ConfigError(wrong_rows(rows.errors))
    added, updated = await database.transaction(lambda conn: house_rows.merge(conn, rows.houses))
    if register_here is not None:
        await register_here.load(database)
    logger.info("houses imported", extra={"action": "houses.imported", "count": added + updated})
    return {"added": added, "updated": updated, "errors": rows.errors}


def wrong_rows(errors: list[str]) -> str:
    """Return a message that lists the wrong rows and says what to do."""
    more = [f"… и ещё {len(errors) - MAX_LISTED_ERRORS}"] if len(errors) > MAX_LISTED_ERRORS else []
    head = f"ничего не изменено: неверных строк {len(errors)}; исправьте их или добавьте --partial, чтобы взять верные"
    return "\n  ".join([head, *errors[:MAX_LISTED_ERRORS], *more])


def faq_of(path: Path, placeholders: Mapping[str, str]) -> Base:
    """Read the file of a knowledge base by itself. Raises `ConfigError` when it cannot be used."""
    if not path.is_file():
        raise ConfigError(f"{path}: файла базы знаний нет; нужен файл YAML")
    return load_base(path, placeholders)


def import_faq(path: Path, place: Path, placeholders: Mapping[str, str]) -> int:
    """Check a knowledge base and put it into its place; return how many entries it answers.

    place: a folder gets the file under its own name, beside what is there; a file is replaced.

    Raises:
        ConfigError: it cannot be used, alone or beside the files that are there already; nothing is changed.
    """
    count = len(faq_of(path, placeholders).entries)
    if path.suffix.lower() not in (".yaml", ".yml"):
        raise ConfigError(f"{path.name}: имя файла базы знаний кончается на .yaml")
    target = place / f"{path.stem}.yaml" if place.is_dir() else place
    if target.exists() and target.samefile(path):
        return count
    previous = target.read_bytes() if target.exists() else None
    fresh = target.with_name(target.name + ".new")
    try:
        shutil.copyfile(path, fresh)
        fresh.replace(target)
        load_base(place, placeholders)
    except ConfigError:
        if previous is None:
            target.unlink()
        else:
            target.write_bytes(previous)
        raise
    except OSError as error:
        raise ConfigError(f"{target}: не записать базу знаний: {error.strerror}") from error
    return count
