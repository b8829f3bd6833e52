"""Roles of the console's users, and the one table of what each role may do. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

ROLES = ("dispatcher", "manager", "admin")
LEADERS = frozenset({"manager", "admin"})


class Permission(StrEnum):
    """Actions that not every user may take. Everything else is open to all logged-in users."""

    READ_QUESTIONS = "read_questions"  # questions may hold what residents wrote about themselves
    PRINT_POSTERS = "print_posters"
    RELEASE_OTHERS = "release_others"  # give a colleague's conversation back to the bot


ROLES_WITH: Mapping[Permission, frozenset[str]] = {
    Permission.READ_QUESTIONS: LEADERS,
    Permission.PRINT_POSTERS: LEADERS,
    Permission.RELEASE_OTHERS: LEADERS,
}


def may(role: str, permission: Permission) -> bool:
    """Return whether users of this role have the permission; an unknown role has none."""
    return role in ROLES_WITH[permission]
