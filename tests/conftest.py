"""Fixtures of all tests, and the list of what this machine could not run."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from playwright.async_api import Browser
from xdist.remote import Producer

from models.database import postgres as server
from models.database.database import Database, open_database
from tests.support import postgres, quick
from tests.support.browser import chromium
from tests.support.read_once import read_once
from tests.support.spreading import SlowestFirst, scheduler

NUMBERS = itertools.count()
SHARED = pytest.StashKey[str]()  # address of the PostgreSQL of all workers
# No example is judged by a clock: a busy machine is no fault of ours.
hypothesis.settings.register_profile(
    "unhurried", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("unhurried")
server.SERVER_SETTINGS["idle_in_transaction_session_timeout"] = "60s"  # programs of their own keep to the 3 s in use
read_once()


@pytest.fixture(scope="session")
def postgres_admin(pytestconfig: pytest.Config) -> Iterator[str]:
    """Address of a PostgreSQL in which databases can be made: all workers', or started when a test asks for it."""
    if shared := getattr(pytestconfig, "workerinput", {}).get("postgres"):
        yield shared
        return
    with postgres.administrator() as address:
        yield address


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Start one PostgreSQL for all workers of a whole run; with a path or `--quick` most runs need none."""
    config = node.config
    if config.args_source is pytest.Config.ArgsSource.ARGS or config.getoption("quick"):
        return
    if SHARED not in config.stash:
        stack = contextlib.ExitStack()
        config.add_cleanup(stack.close)
        config.stash[SHARED] = ""
        with contextlib.suppress(RuntimeError):  # it cannot be started: the tests that ask for it say so, each
            config.stash[SHARED] = stack.enter_context(postgres.administrator())
    node.workerinput["postgres"] = config.stash[SHARED]


@pytest.fixture
def postgres_url(postgres_admin: str) -> Iterator[str]:
    """Address of an empty database of this test's own."""
    name = f"test_{os.getpid()}_{next(NUMBERS)}"
    yield postgres.create(postgres_admin, name)
    postgres.drop(postgres_admin, name)


@pytest.fixture
def second_postgres_url(postgres_admin: str) -> Iterator[str]:
    """Address of one more empty database."""
    name = f"test_{os.getpid()}_{next(NUMBERS)}"
    yield postgres.create(postgres_admin, name)
    postgres.drop(postgres_admin, name)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty database; the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite://{tmp_path / 'test.db'}"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database with the whole schema."""
    opened = await open_database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name every test that was skipped, so that nobody takes a green run for a whole one."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.section("not run on this machine")
        for report in skipped:
            terminalreporter.line(report.nodeid)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help=f"leave out the slow kinds: {', '.join(quick.LEFT_OUT)}")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    quick.mark(items)
    if config.getoption("quick"):
        quick.leave_out(config, items)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand what a worker left out to the process that prints; all workers leave out the same."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["left_out"] = dict(quick.counted(session.config))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[quick.COUNTED] = Counter(getattr(node, "workeroutput", {}).get("left_out", {}))


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Say last what was left out, so that nobody takes a green run for a whole one."""
    counted = quick.counted(config)
    if counted and not hasattr(config, "workerinput"):
        print(quick.told(counted))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> SlowestFirst | None:
    return scheduler(config, log)
