"""What the commands of `bot/commands/parser.py` do."""

from __future__ import annotations

import asyncio
import os
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import epoch
from bot.admin import imports, retention
from bot.admin.doctor import advice as advice_for
from bot.admin.doctor import count, examine
from bot.admin.socket import ask_running
from bot.app import ROLES, App, run_until_stopped
from bot.commands import faq
from bot.factory import ROOT, build_channels, facts_of_company
from bot.monitoring.logging_setup import set_up_logs
from bot.process.clock_check import check_clock
from bot.settings.schema import Settings
from errors import ConfigError
from faq.base.loader import load_base
from faq.matching.matcher import FaqMatcher
from models.database.database import Database, open_database
from operators.accounts import accounts, administration
from tickets.classification.classifier import RuleClassifier

DEMO_LOGIN = "demo"
OFF = " (вход закрыт)"


async def demo(settings: Settings, data: Path) -> int:
    """Everything on one embedded database, on loopback only; prints addresses and the demo log-in."""
    set_up_logs(settings.log.level, quiet=True, node=settings.server.node_name)
    server = replace(settings.server, host="127.0.0.1", public_url="")
    settings = replace(settings, server=server)
    password = await demo_account(settings, data)
    return await serve(settings, data, lambda app: greeting(app, password))


async def demo_account(settings: Settings, data: Path) -> str:
    """Create the demo dispatcher on the first start; return the password, or '' when it exists already."""
    database = await opened(settings, data)
    try:
        if await database.transaction(accounts.any_user):
            return ""
        return await accounts.create_user(
            database, login=DEMO_LOGIN, name="Ирина (демо)", role="admin", now_ms=epoch.now_ms()
        )
    finally:
        await database.close()


def greeting(app: App, password: str) -> str:
    base = f"http://127.0.0.1:{app.port}"
    shown = password or f"показан при первом запуске; новый пароль: ./domovoy user add {DEMO_LOGIN} --reset"
    return (
        f"\nДомовой работает.\n"
        f"  Чат для жителей:       {base}/\n"
        f"  Пульт диспетчера:      {base}/console/\n"
        f"  Логин: {DEMO_LOGIN}   Пароль: {shown}\n"
        f"Остановить: Ctrl-C. Данные: {app.data}\n"
    )


async def run(settings: Settings, data: Path, role: str = "all", *, trust_clock: bool = False) -> int:
    """Production: what `config.yaml` and the environment say; `role` as on the command line."""
    roles = roles_of(role)
    set_up_logs(settings.log.level, quiet=False, node=settings.server.node_name, role=role)
    database = await opened(settings, data)
    try:
        await check_clock(database, trusted=trust_clock)
        found = advice_for(settings, await database.transaction(count))
    finally:
        await database.close()
    return await serve(settings, data, lambda app: started(app, found), roles)


def roles_of(text: str) -> frozenset[str]:
    """Read ``all`` or ``web,worker``. Raises `ConfigError`."""
    names = frozenset(text.replace(" ", "").split(","))
    if names == {"all"}:
        return ROLES
    if not names <= ROLES:
        raise ConfigError(f"--role {text}: бывают all, web, worker, delivery, clock; несколько – через запятую")
    return names


def started(app: App, found: Sequence[str]) -> str:
    """What `run` says once it answers: where, and what is still missing."""
    base = app.settings.server.public_url or f"http://{app.settings.server.host}:{app.port}"
    where = f"чат {base}/, пульт диспетчера {base}/console/" if "web" in app.roles else f"состояние {base}/healthz"
    if app.roles != ROLES:
        where = f"роли {', '.join(sorted(app.roles))}; {where}"
    lines = [f"Домовой работает: {where}", *(f"  совет: {one}" for one in found)]
    return "\n".join([*lines, "Остановить: Ctrl-C."])


async def serve(settings: Settings, data: Path, text: object, roles: frozenset[str] = ROLES) -> int:
    """Run until stopped; print `text(app)` once it answers."""
    app, stop = App(settings, data, roles), asyncio.Event()
    serving = asyncio.create_task(run_until_stopped(app, stop))
    ready = asyncio.create_task(app.ready.wait())
    await asyncio.wait({serving, ready}, return_when=asyncio.FIRST_COMPLETED)
    if app.ready.is_set() and callable(text):
        print(text(app), flush=True)
    ready.cancel()
    try:
        await serving
    except OSError as error:
        if error.errno is None or app.port:
            raise
        where = f"{settings.server.host}:{settings.server.port}"
        raise ConfigError(
            f"server.port: {where} занят; остановите другую программу или выберите другой порт: --port N"
        ) from error
    print("Остановлено, всё сохранено.", flush=True)
    return 0


async def user(settings: Settings, data: Path, request: Mapping[str, Any]) -> int:
    """Make, list or switch off dispatchers' accounts; a running program does it itself."""
    answer = await ask_running(data, request)
    if answer is None:
        database = await opened(settings, data, migrate=False)
        try:
            answer = await administration.act(database, request, epoch.now_ms())
        finally:
            await database.close()
    print(told(request, answer))
    return 0


def told(request: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    """Say what came of a request for accounts."""
    match request["action"]:
        case "add":
            return f"Логин: {request['login']}\nПароль (больше не покажем): {answer['password']}"
        case "off":
            return f"{request['login']}: вход закрыт."
    if not answer["users"]:
        return 'Диспетчеров пока нет. Завести: ./domovoy user add ЛОГИН --name "Имя"'
    rows = (
        f"{one['login']:20} {one['role']:11} {one['name']}{OFF if not one['active'] else ''}" for one in answer["users"]
    )
    return "\n".join(rows)


async def import_houses(settings: Settings, data: Path, file: Path, *, partial: bool) -> int:
    """Take a register of houses in; a running program does it itself and answers by it at once."""
    request = {"action": "import", "path": str(file.resolve()), "partial": partial}
    answer = await ask_running(data, request, patience_seconds=600)
    if answer is None:
        database = await opened(settings, data)
        try:
            answer = await imports.import_houses(database, request)
        finally:
            await database.close()
    for line in answer["errors"]:
        print(f"  пропущена {line}", file=sys.stderr)
    print(f"Домов добавлено: {answer['added']}, обновлено: {answer['updated']}, пропущено: {len(answer['errors'])}.")
    return 0


async def import_faq(settings: Settings, data: Path, file: Path) -> int:
    """Take a knowledge base in. It is read at the next start."""
    place, facts = ROOT / settings.company.faq, facts_of_company(settings)
    await faq.with_houses(imports.faq_of(file, facts), settings, address(settings, data))
    count = imports.import_faq(file, place, facts)
    print(f"Записей в файле: {count}. База знаний: {place}. Перезапустите программу, чтобы она отвечала по-новому.")
    return 0


def prepare(settings: Settings) -> int:
    """Learn from the shipped examples and index the knowledge base; what is learnt is kept for every start."""
    print("Учу примеры обращений и вопросов (один раз, до минуты)…", file=sys.stderr)
    base = load_base(ROOT / settings.company.faq, facts_of_company(settings))
    FaqMatcher(base, RuleClassifier.shipped().learnt)
    return 0


async def check_faq(settings: Settings, data: Path, options: Namespace) -> int:
    """Say what is wrong with a knowledge base. Returns 1 when something is."""
    return await faq.check(settings, options, address(settings, data))


async def doctor(settings: Settings, data: Path) -> int:
    """Check settings, database and channels; print what helps. Returns 1 when something does not work."""
    found = await ask_running(data, {"action": "doctor"})
    if found is None:
        found = await examine_stopped(settings, data)
    else:
        print("Домовой работает, спросил его самого.")
    print("\n".join(found["checked"]))
    for line in found["advice"]:
        print(f"  совет: {line}")
    for line in found["problems"]:
        print(f"  - {line}", file=sys.stderr)
    return 1 if found["problems"] else 0


async def forget_old(settings: Settings, data: Path, *, dry_run: bool) -> int:
    """Forget what has been kept long enough; a running program does it itself."""
    request = {"action": "retention", "dry_run": dry_run}
    answer = await ask_running(data, request, patience_seconds=24 * 3600)
    if answer is None:
        database = await opened(settings, data, migrate=False)
        try:
            answer = await retention.forget_old(settings, database, dry_run=dry_run)
        finally:
            await database.close()
    print(retention.report(settings, answer["gone"], dry_run=dry_run))
    return 0


async def examine_stopped(settings: Settings, data: Path) -> dict[str, Any]:
    """Look at an installation that does not run."""
    from bot.attachments.store import StoredFiles
    from bot.ports.transcript import StoredTranscript
    from models.coordination.wakeup import LocalWakeup

    database = await opened(settings, data, migrate=False)
    try:
        transcript = StoredTranscript("web", database, LocalWakeup())
        channels = build_channels(settings, transcript, StoredFiles(database), database)
        try:
            return await examine(settings, database, channels)
        finally:
            for channel in channels.values():
                await channel.close()
    finally:
        await database.close()


async def posters(settings: Settings, data: Path, options: Namespace) -> int:
    """Write posters with the links of the channels that are switched on."""
    from bot.commands.posters import print_posters

    database = await opened(settings, data, migrate=False)
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


async def migrate(settings: Settings, data: Path) -> int:
    """Bring the schema up to date, and the files of an older data folder into the database."""
    from bot.attachments.store import take_in

    database = await opened(settings, data)
    try:
        before, now = database.versions
        moved = await take_in(database, data / "files")
    finally:
        await database.close()
    print(f"Схема базы: была {before}, стала {now}." if before < now else f"Схема базы новая: {now}.")
    if moved:
        print(f"Файлы из {data / 'files'} перенесены в базу: {moved}.")
    return 0


async def opened(settings: Settings, data: Path, *, migrate: bool = True) -> Database:
    """Open the database of an installation; migrate: as for `open_database`."""
    made_folder(data)
    return await open_database(address(settings, data), migrate=migrate)


def address(settings: Settings, data: Path) -> str:
    """Where the database of an installation is."""
    return settings.database.url or f"sqlite://{(data / 'domovoy.db').resolve()}"


def made_folder(data: Path) -> None:
    """Make the data folder. Raises `ConfigError`."""
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"--data {data}: папкой нельзя пользоваться: {os.strerror(error.errno or 0)}") from error
