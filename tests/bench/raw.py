"""What this machine can do at all: its disk, its web server, its PostgreSQL. To be measured in the run it judges."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import re
import subprocess
import time
from pathlib import Path

from tests.bench import load
from tests.bench.durability.webhooks import CONNECTIONS, update
from tests.bench.figures import Figure, check, note
from tests.bench.processes import node
from tests.support import postgres

PART = "limits of this machine"


def disk_commits_per_second(folder: Path, seconds: float = 1.0) -> float:
    """4 kB appends, each made durable by fdatasync."""
    block = b"x" * 4096
    descriptor = os.open(folder / "raw", os.O_CREAT | os.O_WRONLY)
    try:
        count, started = 0, time.perf_counter()
        while time.perf_counter() - started < seconds:
            os.write(descriptor, block)
            os.fdatasync(descriptor)
            count += 1
        return count / (time.perf_counter() - started)
    finally:
        os.close(descriptor)


async def web(seconds: float) -> list[Figure]:
    """aiohttp on uvloop: an empty page, and a Telegram update read as JSON."""
    note("aiohttp alone…")
    async with node("hello") as server:
        port = int((await server.line("ready")).split()[1])
        body = json.dumps(update(1, 1, "здравствуйте"), ensure_ascii=False).encode()
        found = []
        for what, one in (
            ("aiohttp hello", load.request("GET", "/")),
            ("aiohttp, webhook JSON read, nothing stored", load.request("POST", "/webhook", body)),
        ):
            answers = await load.closed(port, itertools.repeat(one), seconds, CONNECTIONS)
            check(set(answers.status) == {200}, what)
            found.append(Figure(part=PART, what=what, value=answers.per_second, unit="req/s"))
        return found


async def server(made: postgres.Server, seconds: float) -> list[Figure]:
    """PostgreSQL's own limit: one insert per commit, by pgbench."""
    url = await asyncio.to_thread(postgres.create, made.url(), "raw")
    script = made.folder / "insert.sql"
    script.write_text("INSERT INTO t (body) VALUES (repeat('x', 270));\n", encoding="utf-8")
    found = []
    for clients in (1, 16):
        note(f"PostgreSQL, an insert per commit, {clients} connections…")
        rate = await asyncio.to_thread(_pgbench, made, url, script, clients, seconds)
        what = f"PostgreSQL, insert per commit, {clients} connection{'s' if clients > 1 else ''}"
        found.append(Figure(part=PART, what=what, value=rate, unit="commits/s"))
    return found


def _pgbench(made: postgres.Server, url: str, script: Path, clients: int, seconds: float) -> float:
    address = url.replace("asyncpg://", "postgresql://")
    table = "CREATE TABLE IF NOT EXISTS t (id bigserial PRIMARY KEY, body text NOT NULL)"
    subprocess.run([made.programs / "psql", "-q", address, "-c", table], check=True, capture_output=True)
    command = [str(made.programs / "pgbench"), "-n", "-f", str(script), "-c", str(clients)]
    done = subprocess.run(
        [*command, "-T", str(max(1, round(seconds))), address], check=True, capture_output=True, text=True
    )
    match = re.search(r"tps = ([0-9.]+)", done.stdout)
    check(match is not None, f"pgbench: {done.stdout}")
    return float(match[1]) if match else 0.0
