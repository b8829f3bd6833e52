"""Copies of frozen data with a few fields changed.

`dataclasses.replace` goes through ``__init__``, which sets each field of a frozen class by a call; a turn makes a dozen
copies of classes with up to twenty fields, which was a fifth of the dialog's time. So the classes copied here have no
slots: a copy is then a copy of one dictionary.
"""

from __future__ import annotations

from typing import Any, TypeVar

T = TypeVar("T")


def replace(thing: T, /, **changes: Any) -> T:
    """Return a dataclass (frozen, without slots and ``__post_init__``) with these fields changed.

    It is the same one when it has these very values already. Raises `AttributeError` for a field that it has not.
    """
    same = True
    for name, value in changes.items():
        if getattr(thing, name) is not value:
            same = False
    if same:
        return thing
    made: T = object.__new__(type(thing))
    made.__dict__.update(thing.__dict__, **changes)
    return made
