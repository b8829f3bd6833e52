"""A question to the database that never keeps its asker waiting for long, and is never asked twice at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from models.database.connection import Connection
from models.database.database import Database

T = TypeVar("T")


class Probe(Generic[T]):
    """Asks `work` of the database.

    A transaction is shielded from cancellation, so a time limit around it would wait for its end all the same. Here the
    question goes on in a task of its own. Everybody who asks meanwhile waits for that one, `patience` seconds at most.

    keep_seconds: how long an answer serves those who ask later; failures are not kept.
    """

    def __init__(
        self,
        database: Database,
        work: Callable[[Connection], Awaitable[T]],
        *,
        patience: float = 2.0,
        keep_seconds: float = 0.0,
    ) -> None:
        self._database = database
        self._work = work
        self._patience = patience
        self._keep = keep_seconds
        self._task: asyncio.Task[T] | None = None
        self._answered = 0.0
        self.seconds = 0.0  # what the last answer took, with the wait for a connection

    async def ask(self) -> T:
        """Return the answer.

        Raises:
            TimeoutError: none came in time; the question is still under way.
            Exception: whatever the transaction raised.
        """
        if self._task is None or (self._task.done() and not self._is_fresh(self._task)):
            self._task = asyncio.create_task(self._asked())
            self._task.add_done_callback(_hear)
        done, _ = await asyncio.wait({self._task}, timeout=self._patience)
        if not done:
            raise TimeoutError
        return self._task.result()

    def _is_fresh(self, task: asyncio.Task[T]) -> bool:
        failed = task.cancelled() or task.exception() is not None
        return not failed and time.monotonic() - self._answered < self._keep

    async def _asked(self) -> T:
        started = time.monotonic()
        answer = await self._database.transaction(self._work)
        self._answered = time.monotonic()
        self.seconds = self._answered - started
        return answer


def _hear(task: asyncio.Task[T]) -> None:
    """A failure that nobody waited for is no news: the next asker gets one of their own."""
    if not task.cancelled():
        task.exception()
