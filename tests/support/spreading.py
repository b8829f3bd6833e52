"""Which worker runs what: a file at a time, the long ones first, so that no worker is left with a long one at the end.

Tests of the folders in `SINGLY` share nothing and take long, so each may run anywhere.
"""

from __future__ import annotations

from collections import OrderedDict

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

SINGLY = ("tests/e2e/", "tests/chaos/", "tests/bench/")
# By their beginnings: what takes minutes first, what takes seconds last. A test that is misplaced costs only time.
SLOWEST = (
    "tests/e2e/test_killed.py",
    "tests/bench/understanding/",
    "tests/e2e/test_backup.py",
    "tests/e2e/test_sewer_leak_telegram.py",
    "tests/channels/web/form/test_form_browser.py",
    "tests/chaos/",
    "tests/operators/console/test_screens.py",
    "tests/e2e/test_many_processes.py",
    "tests/bench/form/",
    "tests/e2e/",
    "tests/bench/",
    "tests/channels/web/",
    "tests/operators/",
    "tests/channels/mail/",
)

Units = OrderedDict[str, dict[str, bool]]  # the tests of each unit, and whether they are done


class SlowestFirst(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
    workqueue: Units

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if nodeid.startswith(SINGLY) else nodeid.partition("::")[0]

    def _assign_work_unit(self, node: object) -> None:
        if not any(self.assigned_work.values()):  # nothing is given out yet
            units = sorted(self.workqueue.items(), key=lambda unit: (rank(unit[0]), -len(unit[1])))
            self.workqueue = Units(units)
        super()._assign_work_unit(node)


def rank(nodeid: str) -> int:
    return next((place for place, start in enumerate(SLOWEST) if nodeid.startswith(start)), len(SLOWEST))


def scheduler(config: pytest.Config, log: Producer) -> SlowestFirst | None:
    """Answer the hook of xdist; another way of spreading than `tests.run` asks for is left to xdist."""
    return SlowestFirst(config, log) if config.getvalue("dist") == "loadfile" else None
