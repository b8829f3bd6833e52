"""Loops of the program: kept alive while it runs, cancelled together when it stops."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from models.database.connection import Unavailable

logger = logging.getLogger(__name__)

PAUSE_AFTER_FAILURE = 1.0  # seconds

Work = Callable[[], Awaitable[None]]


class Supervisor:
    """Runs each loop in a task of its own."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, name: str, work: Work) -> None:
        """Run `work` from now on; what it raises is logged, and it starts again after a pause."""
        self._tasks.append(asyncio.create_task(_kept_alive(name, work), name=name))

    async def stop(self) -> None:
        """Cancel every loop and wait for its end."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _kept_alive(name: str, work: Work) -> None:
    while True:
        try:
            await work()
        except asyncio.CancelledError:
            raise
        except Unavailable as error:
            cause = type(error.__cause__).__name__
            logger.warning("the database is away", extra={"action": "database.away", "part": name, "error": cause})
        except Exception:
            logger.exception("a part failed and starts again", extra={"action": "app.restarted", "part": name})
        await asyncio.sleep(PAUSE_AFTER_FAILURE)
