"""What channels of a messenger share: repeating what fails, sends under way, small answers beside the stream."""

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
    """Return how many seconds to wait after the n-th failure in a row: longer each time, at most a minute."""
    return min(2.0 ** min(failures, 6), LONGEST_PAUSE_SECONDS)


class SendsUnderWay:
    """Counts the sends of a channel, so that closing can wait for them: one cut off might arrive twice."""

    def __init__(self) -> None:
        self.closed = False
        self._count = 0
        self._all_sent = asyncio.Event()

    @contextlib.contextmanager
    def counted(self) -> Iterator[None]:
        """Send inside. Raises `SendError` when the channel is closed."""
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
        """Let no send begin any more, and wait a few seconds for those under way."""
        self.closed = True
        if self._count:
            self._all_sent.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._all_sent.wait(), CLOSE_SECONDS)


class Answers:
    """Small requests made beside the stream of events, which nobody waits for: the answers to pressed buttons."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def count_named(self, name: str) -> int:
        return sum(1 for task in self._tasks if task.get_name() == name)

    def start(self, request: Coroutine[Any, Any, None], name: str = "answer") -> None:
        """Make a request, which must raise nothing. name: to count it by."""
        task = asyncio.create_task(request, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class Failure:
    """A request that the service did not fulfil.

    code: for the log and for the words about it. pause_seconds: for how long the service wants silence; 0: unknown.
    at_least: whether the pause may be longer when failures repeat.
    """

    code: str
    pause_seconds: float = 0.0
    at_least: bool = False


class Supervisor:
    """Repeats what fails while a channel receives; says what is wrong and waits, longer each time.

    `trouble` is what keeps the channel from receiving at the moment, for `Diagnose`; empty: nothing.

    Args:
        log_not_stored: logs an error of ours; the events stay with the service.
        log_not_received: logs a failure of the service, by its code.
        diagnose: describes a failure of the service; None: it is ours.
        trouble_of: says what a code means and what helps.
        mend: tries what may help after a failure of the service; raises nothing.
        is_closed: a closed channel waits to be cancelled and says nothing.
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
        """Repeat a request until the service fulfils it. Raises what is no failure of the service."""
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
        """Take step after step: fetch, store, confirm. After a failure anywhere the same step is taken again."""
        failures = 0
        while True:
            try:
                await step()
            except Exception as error:  # noqa: BLE001  # whatever failed, the events must be asked for again
                failures += 1
                await self._recover(error, failures)
            else:
                failures, self.trouble = 0, ""

    async def _recover(self, error: Exception, failures: int) -> None:
        """Say what is wrong and wait: longer each time, but as long as the service asks."""
        if self._is_closed():
            await asyncio.Event().wait()  # our own doing: nothing to say, and the caller of `close` will cancel us
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
