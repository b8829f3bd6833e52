"""Lists of values inside a statement: ``... WHERE id IN (?, ?, ?)``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def placeholders(values: Sequence[object]) -> str:
    """Return one placeholder for each value."""
    return ", ".join("?" * len(values))


def literals(names: Sequence[str]) -> str:
    """Return names as SQL literals, for a statement whose text is made once; at least one.

    Raises:
        ValueError: a name holds anything but letters, digits and ``_``.
    """
    if not all(name.isidentifier() and name.isascii() for name in names):
        raise ValueError(f"not names: {names}")
    return ", ".join(f"'{name}'" for name in names) or "''"


def padded(ids: Sequence[T]) -> list[T]:
    """Repeat the last value up to a power of two.

    So there are few texts of a statement, and both databases have it prepared already.
    """
    size = 1 << max(len(ids) - 1, 0).bit_length()
    return [*ids, *[ids[-1]] * (size - len(ids))] if ids else []
