"""Processes of a benchmark: started, spoken to over their pipes, and gone at the end whatever happens."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0


class Node:
    """A process that talks in lines."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.pid = process.pid

    async def line(self, beginning: str = "") -> str:
        """Return the next line that begins so."""
        assert self._process.stdout
        async with asyncio.timeout(PATIENCE):
            while True:
                line = (await self._process.stdout.readline()).decode()
                if not line:
                    raise RuntimeError(f"a process of the benchmark ended with {await self._process.wait()}")
                if line.startswith(beginning):
                    return line.strip()

    def go(self) -> None:
        """Let it begin."""
        assert self._process.stdin
        self._process.stdin.write(b"go\n")

    async def kill(self) -> None:
        """SIGKILL; returns when it is gone."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        await self._process.wait()

    @property
    def running(self) -> bool:
        return self._process.returncode is None


async def start(*arguments: str, environment: Mapping[str, str] | None = None, log: Path | None = None) -> Node:
    """Start ``python …``; what it says on standard error goes to `log`, or nowhere."""
    settings = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **(environment or {})}
    errors = (log or Path(os.devnull)).open("ab")
    try:
        return Node(
            await asyncio.create_subprocess_exec(
                sys.executable,
                *arguments,
                cwd=ROOT,
                env=settings,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
            )
        )
    finally:
        errors.close()


def cpu_seconds(pid: int) -> float:
    """What a process has computed so far, in all its threads; unlike its speed, hardly a matter of its neighbours."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def node(*arguments: str, environment: Mapping[str, str] | None = None) -> AsyncIterator[Node]:
    """A process of `tests.bench.durability.node`, killed at the end of the block."""
    made = await start("-m", "tests.bench.durability.node", *arguments, environment=environment)
    try:
        yield made
    finally:
        await made.kill()
