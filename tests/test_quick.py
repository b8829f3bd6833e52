"""What `./domovoy test` does with its arguments."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support import spreading
from tests.support.quick import TESTS

pytestmark = pytest.mark.e2e  # each starts pytest in a process of its own


def run(*arguments: str) -> str:
    command = [sys.executable, str(TESTS / "run.py"), "-n0", "-q", "--collect-only", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=TESTS.parent).stdout


def test_quick_leaves_out_what_is_slow_and_says_so_last() -> None:
    said = run(
        "--quick", "tests/test_imports.py", "tests/bench/form/test_bench_form.py", "tests/models/queues/test_backlog.py"
    )
    assert "tests/test_imports.py::" in said
    assert "tests/models/queues/test_backlog.py::" in said
    assert "test_bench_form.py::" not in said
    assert "postgres" not in said.replace(said.splitlines()[-1], "")
    assert "left out" in said.splitlines()[-1]
    assert "2 bench" in said.splitlines()[-1]
    assert "postgres" in said.splitlines()[-1]


def test_a_path_runs_what_it_names_and_leaves_out_nothing() -> None:
    said = run("tests/bench/form/test_bench_form.py")
    assert said.count("test_bench_form.py::") == 2
    assert "left out" not in said


def test_the_places_of_slow_tests_exist() -> None:
    for beginning in (*spreading.SINGLY, *spreading.SLOWEST):
        assert (TESTS.parent / beginning).exists(), beginning
