"""Three hosts: two nodes and PostgreSQL. A cable is pulled and plugged in again; nothing is lost."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest

from tests.chaos.fake_server import FakeServer
from tests.chaos.fleet import Fleet, fleet_of
from tests.chaos.hosts import NETWORK, Host, database_on, have_hosts, hosted, hosts
from tests.chaos.residents import living
from tests.chaos.run import read_postgres
from tests.chaos.verdict import judge
from tests.support.tools import able

RESIDENTS = 60


@pytest.mark.timeout(900)
async def test_a_node_is_cut_off_and_comes_back_and_nothing_is_lost(tmp_path: Path) -> None:
    able(have_hosts(), "needs root and `ip` (apt-get install iproute2) for network namespaces")
    fake_server = FakeServer(keyed=True)
    with hosts(3) as (first, second, third), database_on(third) as url:
        await fake_server.open(f"{NETWORK}.1")
        fleet = fleet_of(tmp_path, 2, fake_server.base, keyed=True, databases={"node-1": url, "node-2": url})
        fleet = Fleet([hosted(*pair) for pair in zip(fleet.nodes, (first, second), strict=True)], call_seconds=2.0)
        by_name = {"node-1": first, "node-2": second}
        async with living(fleet, fake_server, RESIDENTS) as residents:
            await fake_server.until(RESIDENTS)
            victim = fake_server.calls[-1][1]
            await cut_off(fleet, fake_server, by_name[victim], victim)
            await residents.silence()
        answers = await read_postgres(url)
    assert {name: count for name, count in judge(answers, residents, fake_server).items() if count} == {}
    assert {name for _, name in fake_server.calls} == {"node-1", "node-2"}
    assert [node.deaths for node in fleet.nodes] == [0, 0]


async def cut_off(fleet: Fleet, fake_server: FakeServer, host: Host, name: str) -> None:
    """Pull the cable of the node that sends; plug it in when the other one sends and this one says that it is ill."""
    node = next(node for node in fleet.nodes if node.name == name)

    async def is_red() -> bool:
        return await asyncio.to_thread(host.asks, f"{node.base}/healthz") == 503

    async def has_taken_over() -> bool:
        return fake_server.calls[-1][1] != name

    async def is_well() -> bool:
        return (await fleet.health(node))[0] == 200

    host.pull()
    pulled = time.monotonic()
    await fleet.until(has_taken_over)
    taken_over = time.monotonic() - pulled
    await fleet.until(is_red)
    red = time.monotonic() - pulled
    host.plug()
    plugged = time.monotonic()
    await fleet.until(is_well)
    back = time.monotonic() - plugged
    print(json.dumps({"taken_over_s": round(taken_over, 1), "red_s": round(red, 1), "back_s": round(back, 1)}))
