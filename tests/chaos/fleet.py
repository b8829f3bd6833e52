"""Processes of the program that are killed at any moment and started again, as a service manager would."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from tests.e2e.support.program import START_SECONDS, Program

PATIENCE = 120.0
DOWN = (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, ConnectionError, TimeoutError)
SECRET = "chaos has no secrets"


@dataclass(slots=True)
class Node(Program):
    """One process; `keep_alive` starts it again whenever it has ended."""

    name: str = "node-1"
    command: tuple[str, ...] = ("-m", "bot", "run")
    kills: int = 0
    deaths: int = 0  # ended by itself
    refusals: int = 0  # starts that failed

    async def keep_alive(self, fleet: Fleet) -> None:
        while True:
            if not await self._launch():
                self.refusals += 1
                await fleet.change(0.2)
                continue
            self.up.set()
            fleet.notice()
            assert self.process
            code = await self.process.wait()
            self.up.clear()
            self.deaths += code != -signal.SIGKILL

    async def _launch(self) -> bool:
        """Start a process; False when it ended before it said that it works."""
        self.process = await self.spawn()
        assert self.process.stdout
        self.said = ""
        async with asyncio.timeout(START_SECONDS):
            while "Остановить:" not in self.said:
                line = await self.process.stdout.readline()
                if not line:
                    await self.process.wait()
                    return False
                self.said += line.decode()
        return True

    def kill(self) -> None:
        assert self.process
        self.up.clear()
        self.kills += 1
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()


@dataclass(slots=True)
class Fleet:
    """All nodes of an installation. `change` wakes when one of them comes up."""

    nodes: list[Node]
    rng: random.Random = field(default_factory=lambda: random.Random(5))  # noqa: S311
    http: aiohttp.ClientSession = field(init=False)
    call_seconds: float = 15.0  # how long a resident waits for an acknowledgement
    refused: int = 0  # calls that got no acknowledgement and were repeated
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _keepers: list[asyncio.Task[None]] = field(default_factory=list)

    async def open(self) -> None:
        self.http = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=self.call_seconds), connector=aiohttp.TCPConnector(limit=64)
        )
        self._keepers += [asyncio.create_task(node.keep_alive(self)) for node in self.nodes]
        async with asyncio.timeout(START_SECONDS):
            for node in self.nodes:
                await node.up.wait()

    async def close(self) -> None:
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        await asyncio.gather(*(node.stop() for node in self.nodes if node.process))
        await self.http.close()

    def notice(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def change(self, most_seconds: float) -> None:
        """Wait until something has come up, at most so long."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), most_seconds)

    async def some_node(self) -> Node:
        """Return any node that is up; wait for one."""
        async with asyncio.timeout(PATIENCE):
            while not (up := [node for node in self.nodes if node.up.is_set()]):
                await self.change(0.2)
        return self.rng.choice(up)

    async def tell(self, events: list[dict[str, Any]]) -> None:
        """Send events of residents until a node acknowledges them."""
        async with asyncio.timeout(PATIENCE):
            while await self.told(await self.some_node(), events) != 200:
                self.refused += 1
                await self.change(0.05)

    async def told(self, node: Node, events: list[dict[str, Any]]) -> int:
        """Send events to one node once; return the status, 0 when there was no answer."""
        try:
            async with self.http.post(
                f"{node.base}/simulator/events", json=events, headers={"X-Simulator-Secret": SECRET}
            ) as response:
                text = await response.text()
        except DOWN:
            return 0
        assert response.status in (200, 503), text
        return response.status

    async def health(self, node: Node) -> tuple[int, dict[str, Any]]:
        """Return status and body of the node's health; status 0: it does not answer."""
        try:
            async with self.http.get(f"{node.base}/healthz") as response:
                return response.status, await response.json()
        except DOWN:
            return 0, {}

    async def until(self, holds: Callable[[], Awaitable[bool]]) -> None:
        """Ask again and again until something holds."""
        async with asyncio.timeout(PATIENCE):
            while not await holds():
                await self.change(0.05)

    async def until_quiet(self) -> None:
        """Wait until every node is up and well, and nothing waits in the inbox or the outbox."""
        async with asyncio.timeout(PATIENCE):
            for node in self.nodes:
                while not is_quiet(*(await self.health(node))):
                    await self.change(0.1)


def is_quiet(status: int, body: Mapping[str, Any]) -> bool:
    return status == 200 and body.get("inbox") == 0 and body.get("outbox") == 0


def settings_of(node: str, fake_server: str, *, keyed: bool) -> dict[str, str]:
    """Environment of one node; the web chat is off, so that nothing else writes."""
    section = "DOMOVOY_CHANNELS__SIMULATOR__"
    return {
        "DOMOVOY_LOG__LEVEL": "WARNING",
        "DOMOVOY_CHANNELS__WEB__ENABLED": "false",
        "DOMOVOY_DELIVERY__UNKNOWN_PAUSE_SECONDS": "1",
        "DOMOVOY_STORM__LAG_SECONDS": "0",  # short answers and joined tickets would change what is counted
        "DOMOVOY_THROTTLE__MESSAGES": "0",
        f"{section}ENABLED": "true",
        f"{section}ENDPOINT": f"{fake_server}/{node}",
        f"{section}SECRET": SECRET,
        f"{section}IDEMPOTENT": str(keyed).lower(),
        f"{section}PER_SECOND": "2000",
        f"{section}PER_CONVERSATION_SECOND": "1000",
        f"{section}IN_FLIGHT": "30",
        f"{section}TIMEOUT_SECONDS": "1",
    }


def fleet_of(folder: Path, count: int, fake_server: str, *, keyed: bool, databases: Mapping[str, str]) -> Fleet:
    """Make nodes ``node-1``... in folders of their own. databases: address by node; without one it is SQLite."""
    nodes = []
    for number in range(1, count + 1):
        name = f"node-{number}"
        environment = settings_of(name, fake_server, keyed=keyed)
        if name in databases:
            environment["DOMOVOY_DATABASE__URL"] = databases[name]
        (folder / name).mkdir()
        nodes.append(Node(folder / name / "data", name=name, environment=environment))
    return Fleet(nodes)
