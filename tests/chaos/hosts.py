"""Hosts on one machine: network namespaces on a bridge, whose cables can be pulled. Needs root and `ip`."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.fleet import Node
from tests.support import postgres

NETWORK = "10.213.77"  # .1 is this machine, where the residents live
CLONE_NEWNET = 0x40000000
BECOME_A_HOST = (
    "import os, sys; os.execvp('ip', ['ip', 'netns', 'exec', sys.argv[1], "
    "sys.executable, '-m', 'bot', 'run', *sys.argv[2:]])"
)


@dataclass(frozen=True, slots=True)
class Host:
    """One host with one cable."""

    name: str  # of the namespace
    cable: str  # our end
    address: str

    def pull(self) -> None:
        _ip("link", "set", self.cable, "down")

    def plug(self) -> None:
        _ip("link", "set", self.cable, "up")

    @contextmanager
    def inside(self) -> Iterator[None]:
        """This thread is on the host until the end of the block, and so is every process that it starts."""
        libc = ctypes.CDLL(None, use_errno=True)
        with Path("/proc/thread-self/ns/net").open() as home, Path(f"/run/netns/{self.name}").open() as there:
            _check(libc.setns(there.fileno(), CLONE_NEWNET))
            try:
                yield
            finally:
                _check(libc.setns(home.fileno(), CLONE_NEWNET))

    def asks(self, url: str) -> int:
        """Ask over HTTP on the host itself; return the status, 0 when nobody answers."""
        with self.inside():
            try:
                with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own address
                    return int(answer.status)
            except urllib.error.HTTPError as error:
                return error.code
            except OSError:
                return 0


def have_hosts() -> bool:
    """Whether this machine lets us make namespaces and bridges."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return False
    name = f"dmv{os.getpid() % 10000}x"
    made = subprocess.run(["ip", "link", "add", name, "type", "bridge"], capture_output=True).returncode == 0
    if made:
        _ip("link", "del", name)
    return made


@contextmanager
def hosts(count: int) -> Iterator[list[Host]]:
    """Make hosts that reach each other and this machine; everything is taken away at the end of the block."""
    mark = f"dmv{os.getpid() % 10000}"
    bridge = f"{mark}br"
    _clear_network()
    made = [Host(f"{mark}h{number}", f"{mark}c{number}", f"{NETWORK}.{number + 1}") for number in range(1, count + 1)]
    _ip("link", "add", bridge, "type", "bridge")
    try:
        _ip("address", "add", f"{NETWORK}.1/24", "dev", bridge)
        _ip("link", "set", bridge, "up")
        for host in made:
            _join(host, bridge)
        yield made
    finally:
        for host in made:
            with contextlib.suppress(subprocess.CalledProcessError):
                _ip("netns", "del", host.name)  # its cable goes with it
        _ip("link", "del", bridge)


def _clear_network() -> None:
    """Take away the hosts of a run that was killed: two bridges of one network reach nobody."""
    listed = subprocess.run(["ip", "-o", "link", "show", "type", "bridge"], check=True, capture_output=True, text=True)
    for bridge in re.findall(r"\d+: (dmv\d+br):", listed.stdout):
        for number in range(1, 4):
            with contextlib.suppress(subprocess.CalledProcessError):
                _ip("netns", "del", f"{bridge.removesuffix('br')}h{number}")
        _ip("link", "del", bridge)


def _join(host: Host, bridge: str) -> None:
    _ip("netns", "add", host.name)
    _ip("link", "add", host.cable, "type", "veth", "peer", "name", "eth0", "netns", host.name)
    _ip("link", "set", host.cable, "master", bridge, "up")
    for arguments in (
        ("address", "add", f"{host.address}/24", "dev", "eth0"),
        ("link", "set", "eth0", "up"),
        ("link", "set", "lo", "up"),
    ):
        _ip("-n", host.name, *arguments)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def _check(code: int) -> None:
    if code:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


@dataclass(slots=True)
class HostedNode(Node):
    """A node on a host of its own."""

    host: Host | None = None

    @property
    def base(self) -> str:
        assert self.host
        return f"http://{self.host.address}:{self.port}"


def hosted(node: Node, host: Host) -> HostedNode:
    """Move a node that has not started yet to a host."""
    moved = HostedNode(node.data, port=node.port, name=node.name, host=host)
    moved.command = ("-c", BECOME_A_HOST, host.name)
    moved.environment = {
        **node.environment,
        "DOMOVOY_SERVER__HOST": host.address,
        "DOMOVOY_CHANNELS__SIMULATOR__ALLOW_REMOTE": "true",
    }
    return moved


@contextmanager
def database_on(host: Host) -> Iterator[str]:
    """Run PostgreSQL on a host, for its whole network; return its address."""
    with contextlib.ExitStack() as stack:
        with host.inside():
            server = stack.enter_context(postgres.server())
            server.stop("fast")
            with (server.data / "postgresql.conf").open("a") as settings:
                settings.write(f"listen_addresses = '{host.address}'\n")
            with (server.data / "pg_hba.conf").open("a") as rules:
                rules.write(f"host all all {NETWORK}.0/24 trust\n")
            server.start()
        yield server.url().replace("127.0.0.1", host.address)
