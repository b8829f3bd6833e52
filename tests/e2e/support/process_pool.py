"""Programs that start fast and die on order; see `killed.py`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.support.program import AT_ANY_HOUR, ROOT, START_SECONDS, Program


@dataclass(slots=True)
class ProcessPool:
    process: subprocess.Popen[bytes]
    started: int = 0

    def order(self, **order: object) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        self.process.stdin.flush()


@contextmanager
def process_pool() -> Iterator[ProcessPool]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.support.killed"], cwd=ROOT, env=environment, stdin=subprocess.PIPE
    )
    try:
        yield ProcessPool(process)
    finally:
        assert process.stdin
        process.stdin.close()
        process.wait(timeout=30)


@dataclass(slots=True)
class Mortal(Program):
    """A program that is killed once and then started again by `keep_alive`."""

    process_pool: ProcessPool | None = None
    kill_at: int = 0
    killed: int = 0
    pid: int = 0
    output: asyncio.StreamReader | None = None
    line: asyncio.StreamWriter | None = None  # the other half of `output`

    @property
    def points(self) -> Path:
        return self.data.parent / "points"

    async def start(self, **environment: str) -> None:
        """Start a process; return when it answers, or when it has died before that."""
        assert self.process_pool
        connected: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.output, self.line = reader, writer
            connected.set_result(None)

        with tempfile.TemporaryDirectory() as folder:  # a short path: sockets allow 100 characters
            server = await asyncio.start_unix_server(connection, f"{folder}/out")
            self.process_pool.order(
                arguments=["demo", "--data", str(self.data), "--port", str(self.port)],
                environment={**AT_ANY_HOUR, **self.environment, **environment},
                socket=f"{folder}/out",
                errors=str(self.data.parent / "errors.log"),
                kill_at=self.kill_at,
                points=str(self.points),
            )
            async with asyncio.timeout(START_SECONDS):
                await connected
                assert self.output
                self.pid = int(await self.output.readline())
                self.said = ""
                while "Остановить:" not in self.said and (line := await self.output.readline()):
                    self.said += line.decode()
            server.close()
        if "Остановить:" in self.said:
            self.up.set()

    async def ended(self) -> int:
        assert self.output
        assert self.line
        await self.output.read()
        self.line.close()
        self.up.clear()
        return 0

    async def keep_alive(self) -> None:
        """Start the program again whenever it has died, without the bomb."""
        while True:
            await self.ended()
            self.killed += 1
            self.kill_at = 0
            await self.start()

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        if self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)
            await self.ended()
            self.pid = 0
        return 0


@asynccontextmanager
async def mortal(home: ProcessPool, folder: Path, kill_at: int, **environment: str) -> AsyncIterator[Mortal]:
    """A program that dies at its `kill_at`-th point and is started again; stopped at the end of the block."""
    made = Mortal(folder / "data", environment=environment, process_pool=home, kill_at=kill_at)
    await made.start()
    keeper = asyncio.create_task(made.keep_alive())
    try:
        yield made
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)
        await made.stop()
