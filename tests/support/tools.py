"""Programs of the system that some tests need; a test without its program is skipped by name, in CI it fails."""

from __future__ import annotations

import os
import shutil

import pytest


def needed(program: str, package: str) -> str:
    """Return the path of a program, or skip the test that asks for it."""
    found = shutil.which(program) or ""
    able(bool(found), f"no {program} on this machine: apt-get install {package}")
    return found


def able(works: bool, otherwise: str) -> None:
    """Skip the test that asks, unless this machine can do what it needs; in CI it fails."""
    if works:
        return
    if os.environ.get("DOMOVOY_TEST_REQUIRE_ALL") == "1":
        pytest.fail(otherwise)
    pytest.skip(otherwise)
