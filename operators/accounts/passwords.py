"""Passwords: new random ones, and argon2id hashes made and checked outside the event loop."""

from __future__ import annotations

import asyncio
import functools
import secrets
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

PASSWORD_LETTERS = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # noqa: S105  letters

_hasher = PasswordHasher()
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")  # each hash takes 64 MiB, so few at once


def new_password() -> str:
    """Return sixteen letters and digits without look-alikes (1 l I, 0 O): easy to double-click and to read aloud."""
    return "".join(secrets.choice(PASSWORD_LETTERS) for _ in range(16))


async def hash_password(password: str) -> str:
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, password)


async def matches(hashed: str, password: str) -> bool:
    """Return whether the password has this hash; an empty hash (no such account) takes as long and never matches."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _matches, hashed, password)


def _matches(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed or _hash_of_no_account(), password) and bool(hashed)
    except (VerificationError, InvalidHashError):
        return False


@functools.cache
def _hash_of_no_account() -> str:
    """Return a hash to check unknown log-ins against, so that they take as long as known ones."""
    return _hasher.hash(secrets.token_urlsafe(12))
