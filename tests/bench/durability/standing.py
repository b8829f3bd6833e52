"""What an installation costs before anybody writes: its start, its memory; and how long a dead owner is missed."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from tests.bench import load, processes
from tests.bench.figures import check, note
from tests.e2e.support.program import free_port


async def fail_over(url: str, kills: int) -> list[float]:
    """Return the milliseconds from each SIGKILL of a channel's owner until another process owns it."""
    note(f"fail-over, {kills} kills…")
    gone: list[float] = []
    owner = await contender(url)
    await owner.line("owned")
    try:
        for _ in range(kills):
            heir = await contender(url)
            try:
                killed = time.time()
                await owner.kill()
                gone.append((float((await heir.line("owned")).split()[1]) - killed) * 1000)
            finally:
                owner = heir
    finally:
        await owner.kill()
    check(len(gone) == kills and min(gone) > 0, "every kill had its heir")
    return gone


async def contender(url: str) -> processes.Node:
    made = await processes.start("-m", "tests.bench.durability.node", "owner", "--url", url)
    await made.line("ready")
    return made


async def start(data: Path, url: str = "", role: str = "all") -> tuple[float, float]:
    """Start the program; return the seconds until `/healthz` says 200, and its MiB when it has nothing to do."""
    note(f"start of the program, roles {role}…")
    port = free_port()
    settings = {"DOMOVOY_DATABASE__URL": url, "DOMOVOY_LOG__LEVEL": "WARNING"}
    command = ("-m", "bot", "run", "--data", str(data), "--port", str(port), "--role", role)
    started = time.perf_counter()
    process = await processes.start(*command, environment=settings)
    try:
        while not await healthy(port):
            check(process.running, "the program ended instead of starting")
            await asyncio.sleep(0.01)
        took = time.perf_counter() - started
        await asyncio.sleep(1)
        return took, resident_mib(process.pid)
    finally:
        await process.stop()


async def healthy(port: int) -> bool:
    try:
        connection = (await load.connect(port, 1))[0]
    except OSError:
        return False
    try:
        return await connection.ask(load.request("GET", "/healthz")) == 200
    finally:
        connection.close()


def resident_mib(pid: int) -> float:
    """Memory of a process, as the kernel counts it."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("the kernel does not tell the memory of a process")
