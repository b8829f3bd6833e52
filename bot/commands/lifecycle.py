"""Start the program (`demo`, `run`) and prepare an installation for it (`prepare`, `migrate`)."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import epoch
from bot.admin.doctor import advice as advice_for
from bot.admin.doctor import count_houses_and_users
from bot.admin.installation import open_installed
from bot.app import ROLES, App, run_until_stopped
from bot.factory import ROOT, facts_of_company
from bot.monitoring.logging_setup import set_up_logs
from bot.process.clock_check import check_clock
from bot.settings.schema import Settings
from errors import ConfigError
from faq.base.loader import load_base
from faq.matching.matcher import FaqMatcher
from operators.accounts import accounts
from tickets.classification.classifier import RuleClassifier

DEMO_LOGIN = "demo"


async def demo(settings: Settings, data: Path) -> int:
    """Run everything on one embedded database, on loopback only; print the addresses and the demo log-in."""
    set_up_logs(settings.log.level, quiet=True, node=settings.server.node_name)
    server = replace(settings.server, host="127.0.0.1", public_url="")
    settings = replace(settings, server=server)
    password = await demo_account(settings, data)
    return await serve(settings, data, lambda app: greeting_text(app, password))


async def demo_account(settings: Settings, data: Path) -> str:
    """Create the demo dispatcher on the first start; return the password, or '' when it exists already."""
    database = await open_installed(settings, data)
    try:
        if await database.transaction(accounts.any_user):
            return ""
        return await accounts.create_user(
            database, login=DEMO_LOGIN, name="Ирина (демо)", role="admin", now_ms=epoch.now_ms()
        )
    finally:
        await database.close()


def greeting_text(app: App, password: str) -> str:
    base = f"http://127.0.0.1:{app.port}"
    password_text = password or f"показан при первом запуске; новый пароль: ./domovoy user add {DEMO_LOGIN} --reset"
    return (
        f"\nДомовой работает.\n"
        f"  Чат для жителей:       {base}/\n"
        f"  Пульт диспетчера:      {base}/console/\n"
        f"  Логин: {DEMO_LOGIN}   Пароль: {password_text}\n"
        f"Остановить: Ctrl-C. Данные: {app.data}\n"
    )


async def run(settings: Settings, data: Path, role: str = "all", *, trust_clock: bool = False) -> int:
    """Run as `config.yaml` and the environment say. role: as on the command line."""
    roles = roles_of(role)
    set_up_logs(settings.log.level, quiet=False, node=settings.server.node_name, role=role)
    database = await open_installed(settings, data)
    try:
        await check_clock(database, trusted=trust_clock)
        advice = advice_for(settings, await database.transaction(count_houses_and_users))
    finally:
        await database.close()
    return await serve(settings, data, lambda app: started_text(app, advice), roles)


def roles_of(text: str) -> frozenset[str]:
    """Read ``all`` or ``web,worker``. Raises `ConfigError`."""
    names = frozenset(text.replace(" ", "").split(","))
    if names == {"all"}:
        return ROLES
    if not names <= ROLES:
        raise ConfigError(f"--role {text}: бывают all, web, worker, delivery, clock; несколько – через запятую")
    return names


def started_text(app: App, advice: Sequence[str]) -> str:
    """Return the message of a started program: its addresses and the settings that are still missing."""
    base = app.settings.server.public_url or f"http://{app.settings.server.host}:{app.port}"
    where = f"чат {base}/, пульт диспетчера {base}/console/" if "web" in app.roles else f"состояние {base}/healthz"
    if app.roles != ROLES:
        where = f"роли {', '.join(sorted(app.roles))}; {where}"
    lines = [f"Домовой работает: {where}", *(f"  совет: {line}" for line in advice)]
    return "\n".join([*lines, "Остановить: Ctrl-C."])


async def serve(settings: Settings, data: Path, text: object, roles: frozenset[str] = ROLES) -> int:
    """Run until stopped; print `text(app)` once the program answers requests."""
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


def prepare(settings: Settings) -> int:
    """Learn from the shipped examples and index the knowledge base; every later start uses the result."""
    print("Учу примеры обращений и вопросов (один раз, до минуты)…", file=sys.stderr)
    base = load_base(ROOT / settings.company.faq, facts_of_company(settings))
    FaqMatcher(base, RuleClassifier.shipped().model)
    return 0


async def migrate(settings: Settings, data: Path) -> int:
    """Bring the schema up to date, and the files of an older data folder into the database."""
    from bot.attachments.store import take_in

    database = await open_installed(settings, data)
    try:
        before, now = database.versions
        moved = await take_in(database, data / "files")
    finally:
        await database.close()
    print(f"Схема базы: была {before}, стала {now}." if before < now else f"Схема базы новая: {now}.")
    if moved:
        print(f"Файлы из {data / 'files'} перенесены в базу: {moved}.")
    return 0
