"""Parts shared by the messenger channels: the retry loop of receiving, sends under way, answers to presses."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any

from channels.contract import Overloaded, SendError

LONGEST_PAUSE_SECONDS = 60.0
CLOSE_SECONDS = 5.0  # for the sends under way


def pause_after(failures: int) -> float:
    """Return the seconds to wait after the n-th consecutive failure: longer each time, at most a minute."""
    return min(2.0 ** min(failures, 6), LONGEST_PAUSE_SECONDS)


class SendsUnderWay:
    """Counts the sends of a channel, so that closing waits for them. A send that is cut off might arrive twice."""

    def __init__(self) -> None:
        self.closed = False
        self._count = 0
        self._all_sent = asyncio.Event()

    @contextlib.contextmanager
    def counted(self) -> Iterator[None]:
        """Count a send made inside the context. Raises `SendError` when the channel is closed."""
        if self.closed:
            raise SendError("network", retryable=True, detail="the program stops")
        self._count += 1
        try:
            yield
        finally:
            self._count -= 1
            if not self._count:
                self._all_sent.set()

    async def close(self) -> None:
        """Refuse new sends and wait a few seconds for those under way."""
        self.closed = True
        if self._count:
            self._all_sent.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._all_sent.wait(), CLOSE_SECONDS)


class Answers:
    """Small background requests: the answers to pressed buttons. Nothing waits for their result."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def count_named(self, name: str) -> int:
        return sum(1 for task in self._tasks if task.get_name() == name)

    def start(self, request: Coroutine[Any, Any, None], name: str = "answer") -> None:
        """Start a request, which must never raise. name: the key for `count_named`."""
        task = asyncio.create_task(request, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class Failure:
    """A request that failed at the service.

    code: for the log and for `trouble_of`. pause_seconds: the pause requested by the service; 0: unknown.
    at_least: whether repeated failures may make the pause longer.
    """

    code: str
    pause_seconds: float = 0.0
    at_least: bool = False


class Supervisor:
    """Repeats failing requests while a channel receives. It logs each failure and waits, longer each time.

    trouble: the current failure of receiving, as a sentence for `Diagnose`; empty: none.

    Args:
        log_not_stored: logs an error of ours; the events stay with the service.
        log_not_received: logs a failure of the service, by its code.
        diagnose: describes a failure of the service; None: the failure is ours.
        trouble_of: returns the sentence for a code, with its remedy.
        mend: tries a remedy after a failure of the service; never raises.
        is_closed: whether the channel is closed; then it only waits to be cancelled.
        pause: a sleep, replaceable in tests.
    """

    def __init__(
        self,
        *,
        log_not_stored: Callable[[Exception], None],
        log_not_received: Callable[[str], None],
        diagnose: Callable[[Exception], Failure | None],
        trouble_of: Callable[[str], str],
        mend: Callable[[str], Awaitable[None]],
        is_closed: Callable[[], bool],
        pause: Callable[[float], Awaitable[None]],
    ) -> None:
        self.trouble = ""
        self._log_not_stored = log_not_stored
        self._log_not_received = log_not_received
        self._diagnose = diagnose
        self._trouble_of = trouble_of
        self._mend = mend
        self._is_closed = is_closed
        self._pause = pause

    async def until_done(self, call: Callable[[], Awaitable[None]]) -> None:
        """Repeat a request until it succeeds. Raises errors that are not failures of the service."""
        failures = 0
        while True:
            try:
                await call()
            except Exception as error:
                if self._diagnose(error) is None:
                    raise
                failures += 1
                await self._recover(error, failures)
            else:
                self.trouble = ""
                return

    async def forever(self, step: Callable[[], Awaitable[None]]) -> None:
        """Repeat a step: fetch, store, confirm. A failed step is made again from its start."""
        failures = 0
        while True:
            try:
                await step()
            except Exception as error:  # noqa: BLE001  # receiving must go on after any failure
                failures += 1
                await self._recover(error, failures)
            else:
                failures, self.trouble = 0, ""

    async def _recover(self, error: Exception, failures: int) -> None:
        """Log the failure, try to mend it, and wait: longer each time, or as long as the service asks."""
        if self._is_closed():
            await asyncio.Event().wait()  # caused by `close`: nothing to log, and its caller will cancel us
        failure = self._diagnose(error)
        code = failure.code if failure else "overloaded" if isinstance(error, Overloaded) else "not_stored"
        if code == "not_stored":
            self._log_not_stored(error)
        else:
            self._log_not_received(code)
        self.trouble = self._trouble_of(code)
        if failure:
            await self._mend(code)
        await self._pause(_seconds(failure, pause_after(failures)))


def _seconds(failure: Failure | None, usual: float) -> float:
    if failure is None or not failure.pause_seconds:
        return usual
    return max(usual, failure.pause_seconds) if failure.at_least else failure.pause_seconds
