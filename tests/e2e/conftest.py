"""The program itself, one installation per test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.support.program import Program


@pytest.fixture
async def program(tmp_path: Path) -> AsyncIterator[Program]:
    """An installation that has not been started yet; whatever runs at the end of the test is stopped."""
    made = Program(tmp_path / "data")
    yield made
    if made.process is not None:
        await made.stop()
