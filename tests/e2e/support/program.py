"""The real program in a process of its own, started and stopped as a user would."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
AT_ANY_HOUR = {"DOMOVOY_DELIVERY__QUIET_FROM": "0", "DOMOVOY_DELIVERY__QUIET_TO": "0"}  # tests run at night, too
START_SECONDS = 180.0  # a guard against a hang


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@dataclass(slots=True)
class Program:
    """One installation: a data folder and, at most times, a process."""

    data: Path
    port: int = field(default_factory=free_port)
    environment: Mapping[str, str] = field(default_factory=dict)
    command: Sequence[str] = ("-m", "bot", "demo")
    process: asyncio.subprocess.Process | None = None
    said: str = ""
    password: str = ""
    up: asyncio.Event = field(default_factory=asyncio.Event)  # set while it answers

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self, **environment: str) -> None:
        """Start the process and wait until it says that it works; it must not end before."""
        self.process = await self.spawn(**environment)
        async with asyncio.timeout(START_SECONDS):
            await self.read_until("Остановить:")
        self.up.set()
        if found := re.search(r"Пароль: ([\w-]+)\n", self.said):
            self.password = found[1]

    async def spawn(self, **environment: str) -> asyncio.subprocess.Process:
        settings = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONUTF8": "1",
            **AT_ANY_HOUR,
            **self.environment,
            **environment,
        }
        arguments = [*self.command, "--data", str(self.data), "--port", str(self.port)]
        errors = (self.data.parent / "errors.log").open("ab")
        try:
            return await asyncio.create_subprocess_exec(
                sys.executable, *arguments, cwd=ROOT, env=settings, stdout=asyncio.subprocess.PIPE, stderr=errors
            )
        finally:
            errors.close()

    async def read_until(self, text: str) -> None:
        assert self.process
        assert self.process.stdout
        self.said = ""
        while text not in self.said:
            line = await self.process.stdout.readline()
            assert line, f"the program ended; it said: {self.said!r} and {self.errors()!r}"
            self.said += line.decode()

    def errors(self) -> str:
        log = self.data.parent / "errors.log"
        return log.read_text(encoding="utf-8")[-4000:] if log.exists() else ""

    async def ended(self) -> int:
        """Wait until the process has ended by itself (or was killed); return its exit code."""
        assert self.process
        code = await self.process.wait()
        self.up.clear()
        return code

    async def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Ask the process to end; return its exit code. What it still says is in `said`."""
        assert self.process
        if self.process.returncode is None:
            self.process.send_signal(number)
        output, _ = await self.process.communicate()
        self.said += output.decode()
        code = self.process.returncode
        self.process = None
        self.up.clear()
        return code if code is not None else -1

    def rows(self, sql: str, *args: object) -> list[dict[str, Any]]:
        """Read the database of a stopped program."""
        assert self.process is None
        connection = sqlite3.connect(self.data / "domovoy.db")
        connection.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in connection.execute(sql, args)]
        finally:
            connection.close()
