"""`--quick`: what is left out between two saves of a file, by kind, and said at the end of the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
# Marker -> what its tests need; the whole suite runs them all.
LEFT_OUT = {
    "e2e": "the program, or a server, in a process of its own",
    "chaos": "processes that are killed, disks that fill up, cables that are pulled",
    "bench": "systems that are compared",
    "browser": "a Chromium",
    "mailbox": "a mail server",
    "postgres": "a PostgreSQL",
}
FOLDERS = ("e2e", "chaos")
MAIL = TESTS / "channels" / "mail"  # its fixture `world` has a mail server
COUNTED = pytest.StashKey[Counter[str]]()


def mark(items: Iterable[pytest.Item]) -> None:
    """Give every test the markers that follow from its folder and from what it asks for."""
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0]
        if folder in FOLDERS:
            item.add_marker(folder)
        if needs_postgres(item):
            item.add_marker("postgres")
        if item.path.parent == MAIL and "world" in getattr(item, "fixturenames", ()):
            item.add_marker("mailbox")


def needs_postgres(item: pytest.Item) -> bool:
    asked = getattr(item, "fixturenames", ())
    return "postgres" in item.name.partition("[")[2] or any("postgres" in name for name in asked)


def kind(item: pytest.Item) -> str:
    """Return the first marker for which a test is left out, or ''."""
    return next((name for name in LEFT_OUT if item.get_closest_marker(name)), "")


def leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    left = [item for item in items if kind(item)]
    config.stash[COUNTED] = Counter(map(kind, left))
    items[:] = [item for item in items if not kind(item)]
    config.hook.pytest_deselected(items=left)


def counted(config: pytest.Config) -> Counter[str]:
    """Return how many tests of each kind were left out."""
    return config.stash[COUNTED] if COUNTED in config.stash else Counter()


def told(left: Counter[str]) -> str:
    """Say in one line what was left out."""
    kinds = ", ".join(f"{left[name]} {name}" for name in LEFT_OUT if left[name])
    return f"--quick left out {left.total()} tests: {kinds}. All of them: ./domovoy test"
