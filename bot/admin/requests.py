"""Requests of the administrator's commands, and the function that answers each of them.

A running program answers them through `bot/admin/socket.py`. A command that finds no running program answers its own
request by the same table.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import epoch
from bot.admin.corrections import act_on_corrections
from bot.admin.doctor import examine
from bot.admin.imports import import_houses
from bot.admin.retention import forget_old
from bot.settings.schema import Settings
from bot.turns.served_houses import HouseRegister
from channels.contract import Channel
from models.database.database import Database
from operators.accounts import administration

logger = logging.getLogger(__name__)

Request = Mapping[str, Any]  # plain JSON; "action" is a key of `HANDLERS`
Answer = dict[str, Any]  # plain JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """The parts that a request may need. houses: the register that answers residents here; None beside the program."""

    settings: Settings
    database: Database
    channels: Mapping[str, Channel] = field(default_factory=dict)
    houses: HouseRegister | None = None


Handler = Callable[[Installation, Request], Awaitable[Answer]]


async def answer_request(installation: Installation, request: Request) -> Answer:
    """Carry out one request.

    Raises:
        DomovoyError: the request cannot be carried out; the text is for the administrator.
    """
    return await HANDLERS.get(request["action"], change_accounts)(installation, request)


async def diagnose(installation: Installation, request: Request) -> Answer:
    return await examine(installation.settings, installation.database, installation.channels)


async def take_houses(installation: Installation, request: Request) -> Answer:
    return await import_houses(installation.database, request, installation.houses)


async def handle_corrections(installation: Installation, request: Request) -> Answer:
    return await act_on_corrections(installation.database, request)


async def apply_retention(installation: Installation, request: Request) -> Answer:
    dry_run = bool(request.get("dry_run"))
    return await forget_old(installation.settings, installation.database, dry_run=dry_run)


async def write_backup(installation: Installation, request: Request) -> Answer:
    await installation.database.snapshot(str(request["path"]))
    logger.info("backup written", extra={"action": "database.backup"})
    return {}


async def change_accounts(installation: Installation, request: Request) -> Answer:
    return await administration.act(installation.database, request, epoch.now_ms())


HANDLERS: Mapping[str, Handler] = {
    "doctor": diagnose,
    "import": take_houses,
    "corrections": handle_corrections,
    "retention": apply_retention,
    "backup": write_backup,
    "add": change_accounts,
    "list": change_accounts,
    "off": change_accounts,
}
