"""The program with a bomb: it dies by SIGKILL at the N-th of its commits and sends.

A point lies right before and right after each commit that wrote something, and each send. Run as a module this is a
process pool: it imports everything once, and every line on standard input, a JSON order ``{"arguments", "environment",
"socket", "errors", "kill_at", "points"}``, becomes a process of its own that writes its standard output to the socket.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import socket
import sys
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from bot.commands.main import main
from channels.telegram.adapter import Telegram
from channels.web.adapter import WebChat
from models.database.connection import Connection
from models.database.database import Database
from models.database.transaction import TortoiseConnection
from models.queues.inbox import GroupCommit
from models.tables.registry import TABLE_MODULES
from tests.support.read_once import prepare

HEALTH_CHECK = "'checked'"  # its write comes as often as somebody asks, so it is no point


class Bomb:
    """Counts points from the first message that arrives."""

    armed = False
    passed = 0
    kill_at = 0  # 0: never
    points = Path(os.devnull)  # gets a line for every point passed

    def point(self, name: str) -> None:
        if not self.armed:
            return
        self.passed += 1
        with self.points.open("a", encoding="utf-8") as log:
            log.write(f"{self.passed} {name}\n")
        if self.passed == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)


BOMB = Bomb()


def note_writes(name: str) -> None:
    original = getattr(TortoiseConnection, name)

    async def noting(self: Any, sql: str, *args: Any) -> Any:
        changes = sql.lstrip()[:6].upper() in ("INSERT", "UPDATE", "DELETE")
        if changes and HEALTH_CHECK not in sql and (name != "many" or args[0]):
            self.wrote = True
        return await original(self, sql, *args)

    setattr(TortoiseConnection, name, noting)


def bomb_commits() -> None:
    original = Database._committed

    async def transaction(self: Database, work: Callable[[Connection], Awaitable[Any]], longest_seconds: float) -> Any:
        wrote = False

        async def noted(conn: Connection) -> Any:
            nonlocal wrote
            result = await work(conn)
            if wrote := getattr(conn, "wrote", False):
                BOMB.point("before commit")
            return result

        result = await original(self, noted, longest_seconds)
        if wrote:
            BOMB.point("after commit")
        return result

    Database._committed = transaction  # type: ignore[method-assign]


def bomb_sends(channel: Any) -> None:
    original = channel.send

    async def send(self: Any, message: Any) -> Any:
        BOMB.point("before send")
        result = await original(self, message)
        BOMB.point("after send")
        return result

    channel.send = send


def arm_at_first_message() -> None:
    original = GroupCommit.accept

    async def accept(self: GroupCommit, rows: Any) -> int:
        BOMB.armed = True
        return await original(self, rows)

    GroupCommit.accept = accept  # type: ignore[method-assign]


def child(order: dict[str, Any]) -> int:
    """Be one process of the program."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(order["socket"])
    sys.stdout = connection.makefile("w", buffering=1, encoding="utf-8")
    os.dup2(os.open(order["errors"], os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
    print(os.getpid(), flush=True)
    os.environ.update(order["environment"])
    BOMB.kill_at, BOMB.points = order["kill_at"], Path(order["points"])
    code = main(order["arguments"])
    sys.stdout.flush()
    return code


def process_pool() -> None:
    for heavy in ("bot.app", "bot.commands.dispatch", "bot.factory", *TABLE_MODULES):
        importlib.import_module(heavy)  # once, before the first fork
    prepare()
    for statement in ("fetch", "execute", "insert", "many"):
        note_writes(statement)
    bomb_commits()
    bomb_sends(WebChat)
    bomb_sends(Telegram)
    arm_at_first_message()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children are not waited for
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for line in sys.stdin:
        order = json.loads(line)
        if os.fork() == 0:
            code = 1
            try:
                code = child(order)
            except BaseException:  # noqa: BLE001  # a child must never come back into this loop
                traceback.print_exc()
            finally:
                os._exit(code)


if __name__ == "__main__":
    process_pool()
