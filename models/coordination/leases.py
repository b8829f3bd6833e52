"""At most one process does some things: sending through one channel token, polling it, fetching files.

On SQLite there is only one process; `models.coordination.postgres_leases` is for many.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

Work = Callable[[], Awaitable[None]]


class Leases(Protocol):
    """Names of things that one process at a time may do."""

    async def hold_lease(self, name: str, work: Work) -> None:
        """Run `work` as soon as, and as long as, this process owns `name`; runs it again when it has to come back.

        Ends when `work` ends. `work` is cancelled when the ownership is lost.
        """

    def held(self) -> frozenset[str]:
        """What this process owns now."""
        ...

    async def close(self) -> None:
        """Let go of everything."""


class OnlyProcess:
    """`Leases` where no other process can exist."""

    def __init__(self) -> None:
        self._held: set[str] = set()

    async def hold_lease(self, name: str, work: Work) -> None:
        self._held.add(name)
        try:
            await work()
        finally:
            self._held.discard(name)

    def held(self) -> frozenset[str]:
        return frozenset(self._held)

    async def close(self) -> None:
        return
