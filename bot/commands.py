"""What the commands of `bot/cli.py` do."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

from bot.app import App, run_until_stopped
from bot.building import build_channels
from bot.logs import set_up_logs
from bot.settings import Settings
from channels.contract import ConfigError, Diagnose
from models.database import Database, open_database
from operators import accounts

DEMO_LOGIN = "demo"


async def demo(settings: Settings, data: Path) -> int:
    """Everything on one embedded database, on loopback only; prints addresses and the demo log-in."""
    set_up_logs(settings.log.level, quiet=True)
    server = replace(settings.server, host="127.0.0.1", public_url="")
    settings = replace(settings, server=server)
    password = await demo_account(settings, data)
    return await serve(settings, data, lambda app: greeting(app, password))


async def demo_account(settings: Settings, data: Path) -> str:
    """Create the demo dispatcher on the first start; return the password, or '' when it exists already."""
    database = await opened(settings, data)
    try:
        if await database.unit(accounts.any_user):
            return ""
        return await accounts.create_user(
            database, login=DEMO_LOGIN, name="Ирина (демо)", role="admin", now_ms=now_ms()
        )
    finally:
        await database.close()


def greeting(app: App, password: str) -> str:
    base = f"http://127.0.0.1:{app.port}"
    shown = password or f"показан при первом запуске; новый вход: ./domovoy user add ЛОГИН --data {app.data}"
    return (
        f"\nДомовой работает.\n"
        f"  Чат для жителей:       {base}/\n"
        f"  Пульт диспетчера:      {base}/console/\n"
        f"  Логин: {DEMO_LOGIN}   Пароль: {shown}\n"
        f"Остановить: Ctrl-C. Данные: {app.data}\n"
    )


async def run(settings: Settings, data: Path) -> int:
    """Production: what `config.yaml` and the environment say."""
    set_up_logs(settings.log.level, quiet=False)
    return await serve(settings, data, lambda app: f"Домовой работает, порт {app.port}. Остановить: Ctrl-C.")


async def serve(settings: Settings, data: Path, text: object) -> int:
    """Run until stopped; print `text(app)` once it answers."""
    app, stop = App(settings, data), asyncio.Event()
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
        raise ConfigError(f"server.port: {where} is taken; stop the other program or choose --port N") from error
    print("Остановлено, всё сохранено.", flush=True)
    return 0


async def add_user(settings: Settings, data: Path, login: str, name: str, role: str) -> int:
    """Create a dispatcher's account, or give a known one a new password; the password is shown once."""
    database = await opened(settings, data)
    try:
        password = await accounts.create_user(database, login=login, name=name, role=role, now_ms=now_ms())
    finally:
        await database.close()
    print(f"Логин: {login}\nПароль (больше не покажем): {password}")
    return 0


async def doctor(settings: Settings, data: Path) -> int:
    """Check settings, database and channels; print what helps. Returns 1 when something is wrong."""
    from bot.files import DiskFiles
    from bot.transcript import StoredTranscript
    from models.bell import LocalBell

    database = await opened(settings, data)
    problems: list[str] = []
    try:
        print("Настройки: прочитаны.\nБаза данных: открыта, схема новая.")
        transcript = StoredTranscript("web", database, LocalBell())
        channels = build_channels(settings, transcript, DiskFiles(data / "files", database))
        for channel in channels.values():
            found = list(await channel.diagnose()) if isinstance(channel, Diagnose) else []
            print(f"Канал {channel.name}: {'порядок' if not found else 'есть замечания'}")
            problems += [f"{channel.name}: {problem}" for problem in found]
            await channel.close()
    finally:
        await database.close()
    for problem in problems:
        print(f"  - {problem}", file=sys.stderr)
    return 1 if problems else 0


async def opened(settings: Settings, data: Path) -> Database:
    """Open the database of an installation."""
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"--data {data}: the folder cannot be used: {os.strerror(error.errno or 0)}") from error
    return await open_database(settings.database.url or f"sqlite://{(data / 'domovoy.db').resolve()}")


def now_ms() -> int:
    return int(time.time() * 1000)
