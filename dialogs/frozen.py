"""Copies of frozen data with a few fields changed.

`dataclasses.replace` goes through ``__init__``, which sets each field of a frozen class by a call. A turn makes a dozen
copies of classes with up to twenty fields; this took a fifth of the dialog's time. The classes copied here therefore
have no slots: a copy is then the copy of one dictionary.
"""

from __future__ import annotations

from typing import Any, TypeVar

T = TypeVar("T")


def replace(original: T, /, **changes: Any) -> T:
    """Return a copy of a dataclass (frozen, without slots and ``__post_init__``) with these fields changed.

    Returns the original when it has these very values already. Raises `AttributeError` for an unknown field.
    """
    is_same = True
    for name, value in changes.items():
        if getattr(original, name) is not value:
            is_same = False
    if is_same:
        return original
    copy: T = object.__new__(type(original))
    copy.__dict__.update(original.__dict__, **changes)
    return copy
