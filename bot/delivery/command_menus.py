"""The channels' lists of commands, set once per start by the process that sends through the channel."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from channels.contract import Channel, Command, Menu, SendError
from texts.catalog import Catalog

logger = logging.getLogger(__name__)

# `dialogs.buttons.words` understands each with a slash, on every channel.
NAMES = ("start", "report", "status", "question", "dispatcher", "privacy", "help")
LONGEST_PAUSE_SECONDS = 300.0


def commands(catalog: Catalog) -> list[Command]:
    """Return the list in the order it is shown."""
    return [Command(name, catalog.render(f"command-{name}", {})) for name in NAMES]


class Menus:
    """Sets the list of each channel that has one; what does not work is tried again and holds nobody up."""

    def __init__(self, shown: Sequence[Command], pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._shown = tuple(shown)
        self._pause = pause
        self._told: set[str] = set()

    async def beside(self, channel: Channel, work: Callable[[], Awaitable[None]]) -> None:
        """Do the work of a channel; meanwhile set its list unless this process has done so."""
        if not isinstance(channel, Menu) or channel.name in self._told:
            await work()
            return
        telling = asyncio.create_task(self._tell(channel, channel.name))
        try:
            await work()
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)

    async def _tell(self, channel: Menu, name: str) -> None:
        failures = 0
        while True:
            try:
                await channel.set_menu(self._shown)
            except SendError as error:
                failures += 1
                logger.warning(
                    "the list of commands was not set",
                    extra={"action": "menu.failed", "channel": name, "code": error.code},
                )
                if not error.retryable:
                    return
                seconds = min(2.0**failures, LONGEST_PAUSE_SECONDS)
                await self._pause(error.retry_after.total_seconds() if error.retry_after else seconds)
            except Exception:
                logger.exception("a channel broke its contract", extra={"action": "menu.bug", "channel": name})
                return
            else:
                self._told.add(name)
                logger.info("the list of commands is set", extra={"action": "menu.set", "channel": name})
                return
