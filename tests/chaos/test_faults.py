"""A full disk, a database that is away: residents are told to come back, health is red, all goes on by itself."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.fake_server import FakeServer
from tests.chaos.fleet import Fleet, Node, fleet_of
from tests.chaos.residents import decode_event, living
from tests.chaos.run import read_postgres, read_sqlite
from tests.chaos.verdict import judge
from tests.support import postgres
from tests.support.tools import able

RESIDENTS = 40
# Makes a small disk of its own for the data folder, where nobody else sees it, and becomes the program.
IN_A_SMALL_BOX = (
    "import os, sys; os.execvp('unshare', ['unshare', '-rm', 'sh', '-c', "
    "'mount -t tmpfs -o size=48m none \"$1\" && shift && exec \"$@\"', 'sh', sys.argv[2], "
    "sys.executable, '-m', 'bot', 'run', *sys.argv[1:]])"
)


def has_boxes() -> bool:
    return shutil.which("unshare") is not None and subprocess.run(["unshare", "-rm", "true"]).returncode == 0


async def is_refusing(fleet: Fleet, node: Node) -> bool:
    """Whether a resident is told to come back and an administrator sees red."""
    told, health = await fleet.told(node, [decode_event(0, 0)]), await fleet.health(node)
    return told == 503 and health[0] == 503


def fill(disk: Path) -> Path:
    """Fill a disk to the last byte; return the file that does it."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (65536, 512, 1):
            with contextlib.suppress(OSError):  # no space left
                while file.write(b"x" * size) == size:
                    continue
    return filler


def read_frozen(node: Node, disk: Path, folder: Path) -> dict[str, Any]:
    """Copy the database of a process that is stopped in the middle of whatever it does; read the copy."""
    assert node.process
    node.process.send_signal(signal.SIGSTOP)
    folder.mkdir()
    for file in disk.glob("domovoy.db*"):
        shutil.copy(file, folder)
    node.process.kill()
    return read_sqlite(folder / "domovoy.db")


@pytest.mark.timeout(900)
async def test_a_full_disk_refuses_and_loses_nothing(tmp_path: Path) -> None:
    able(has_boxes(), "needs unshare and user namespaces")
    fake_server = FakeServer(keyed=True)
    await fake_server.open()
    fleet = fleet_of(tmp_path, 1, fake_server.base, keyed=True, databases={})
    (node,) = fleet.nodes
    node.command = ("-c", IN_A_SMALL_BOX)
    node.data.mkdir()
    async with living(fleet, fake_server, RESIDENTS) as residents:
        await fake_server.until(RESIDENTS)
        assert node.process
        disk = Path(f"/proc/{node.process.pid}/root{node.data}")
        filler = fill(disk)
        await fleet.until(partial(is_refusing, fleet, node))
        filler.unlink()
        await residents.silence()
        answers = read_frozen(node, disk, tmp_path / "copy")
        await node.up.wait()
    assert {name: count for name, count in judge(answers, residents, fake_server).items() if count} == {}


@pytest.mark.timeout(900)
async def test_a_database_that_is_away_refuses_and_loses_nothing(tmp_path: Path) -> None:
    fake_server = FakeServer(keyed=True)
    await fake_server.open()
    with postgres.server() as server:
        databases = {name: server.url() for name in ("node-1", "node-2")}
        fleet = fleet_of(tmp_path, 2, fake_server.base, keyed=True, databases=databases)
        async with living(fleet, fake_server, RESIDENTS) as residents:
            await fake_server.until(RESIDENTS)
            server.stop("fast")
            for node in fleet.nodes:
                await fleet.until(partial(is_refusing, fleet, node))
            server.start()
            await residents.silence()
        answers = await read_postgres(server.url())
    assert {name: count for name, count in judge(answers, residents, fake_server).items() if count} == {}
    assert [node.deaths for node in fleet.nodes] == [0, 0]
