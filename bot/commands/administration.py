"""Commands of the administrator: accounts, diagnosis, retention and the register of houses.

A running program carries these requests out itself, because an SQLite file belongs to one process. Without a running
program the command opens the database and carries its request out here.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.admin import retention
from bot.admin.installation import open_installed
from bot.admin.requests import Answer, Installation, Request, answer_request
from bot.admin.socket import PATIENCE_SECONDS, ask_running
from bot.factory import build_channels
from bot.settings.schema import Settings
from models.database.database import Database

IMPORT_SECONDS = 600
RETENTION_SECONDS = 24 * 3600
CLOSED_ACCOUNT = " (вход закрыт)"


async def answer_of(
    settings: Settings,
    data: Path,
    request: Request,
    *,
    patience_seconds: float = PATIENCE_SECONDS,
    migrate: bool = False,
) -> Answer:
    """Let the running program answer a request; when none runs, answer it here.

    migrate: a database opened here is brought up to date first, as for `open_database`.
    """
    answer = await ask_running(data, request, patience_seconds)
    if answer is not None:
        return answer
    database = await open_installed(settings, data, migrate=migrate)
    try:
        return await answer_request(Installation(settings=settings, database=database), request)
    finally:
        await database.close()


async def user(settings: Settings, data: Path, options: Namespace) -> int:
    """Create, list or switch off the accounts of dispatchers."""
    request = account_request(options)
    print(account_report(request, await answer_of(settings, data, request)))
    return 0


def account_request(options: Namespace) -> dict[str, object]:
    """Return the request of `operators.accounts.administration.act` that the options mean."""
    request: dict[str, object] = {"action": options.action}
    if options.action != "list":
        request["login"] = options.login
    if options.action == "add":
        request |= {"name": options.name or options.login, "role": options.role, "reset": options.reset}
    return request


def account_report(request: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    """Return the result of a request for accounts as text for the terminal."""
    match request["action"]:
        case "add":
            return f"Логин: {request['login']}\nПароль (больше не покажем): {answer['password']}"
        case "off":
            return f"{request['login']}: вход закрыт."
    if not answer["users"]:
        return 'Диспетчеров пока нет. Завести: ./domovoy user add ЛОГИН --name "Имя"'
    return "\n".join(
        f"{account['login']:20} {account['role']:11} {account['name']}{CLOSED_ACCOUNT if not account['active'] else ''}"
        for account in answer["users"]
    )


async def import_houses(settings: Settings, data: Path, file: Path, *, partial: bool) -> int:
    """Import a register of houses; a running program answers residents by it at once."""
    request = {"action": "import", "path": str(file.resolve()), "partial": partial}
    answer = await answer_of(settings, data, request, patience_seconds=IMPORT_SECONDS, migrate=True)
    for line in answer["errors"]:
        print(f"  пропущена {line}", file=sys.stderr)
    print(f"Домов добавлено: {answer['added']}, обновлено: {answer['updated']}, пропущено: {len(answer['errors'])}.")
    return 0


async def forget_old(settings: Settings, data: Path, *, dry_run: bool) -> int:
    """Delete data whose retention period is over."""
    request = {"action": "retention", "dry_run": dry_run}
    answer = await answer_of(settings, data, request, patience_seconds=RETENTION_SECONDS)
    print(retention.report(settings, answer["gone"], dry_run=dry_run))
    return 0


async def doctor(settings: Settings, data: Path) -> int:
    """Check settings, database and channels; print what helps. Returns 1 when something does not work."""
    request = {"action": "doctor"}
    diagnosis = await ask_running(data, request)
    if diagnosis is None:
        diagnosis = await diagnose_stopped(settings, data, request)
    else:
        print("Домовой работает, спросил его самого.")
    print("\n".join(diagnosis["checked"]))
    for line in diagnosis["advice"]:
        print(f"  совет: {line}")
    for line in diagnosis["problems"]:
        print(f"  - {line}", file=sys.stderr)
    return 1 if diagnosis["problems"] else 0


async def diagnose_stopped(settings: Settings, data: Path, request: Request) -> Answer:
    """Examine an installation that does not run: its channels are built for the time of the check."""
    database = await open_installed(settings, data, migrate=False)
    try:
        return await diagnose_channels(settings, database, request)
    finally:
        await database.close()


async def diagnose_channels(settings: Settings, database: Database, request: Request) -> Answer:
    from bot.attachments.store import StoredFiles

    channels = build_channels(settings, StoredFiles(database), database)
    try:
        return await answer_request(Installation(settings=settings, database=database, channels=channels), request)
    finally:
        for channel in channels.values():
            await channel.close()
