"""Programs of the system that some tests need; a test without its program is skipped by name, in CI it fails."""

from __future__ import annotations

import os
import shutil

import pytest


def needed(program: str, package: str) -> str:
    """Return the path of a program, or skip the test that asks for it."""
    found = shutil.which(program)
    if found:
        return found
    if os.environ.get("DOMOVOY_TEST_REQUIRE_ALL") == "1":
        pytest.fail(f"{program} is missing: apt-get install {package}")
    pytest.skip(f"no {program} on this machine: apt-get install {package}")
