"""Lists of values inside a statement: ``... WHERE id IN (?, ?, ?)``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def placeholders(values: Sequence[object]) -> str:
    """Return one placeholder for each value."""
    return ", ".join("?" * len(values))


def padded(ids: Sequence[T]) -> list[T]:
    """Repeat the last value up to a power of two.

    So there are few texts of a statement, and both databases have it prepared already.
    """
    size = 1 << max(len(ids) - 1, 0).bit_length()
    return [*ids, *[ids[-1]] * (size - len(ids))] if ids else []
