"""The clock of this computer may be wrong or jump; what is stored with it must not wait for a time that never was."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import epoch
from errors import ConfigError
from models import clock
from models.database.database import Database

logger = logging.getLogger(__name__)

FUTURE_MS = 600_000  # a record so much later than now means that the clock was or is wrong
APART_MS = 30_000  # what the clocks of a node and of its database server may differ


async def check_clock(database: Database, *, trusted: bool, now: Callable[[], int] = epoch.now_ms) -> None:
    """Compare this computer's clock with the newest record and with the database server's clock.

    trusted: the administrator says that the clock is right; then only the server's clock counts.

    Raises:
        ConfigError: they do not fit; nothing was changed.
    """
    server, newest = await database.transaction(clock.clocks)
    here = now()
    if server and abs(server - here) > APART_MS:
        raise ConfigError(
            f"часы этого компьютера и сервера базы расходятся на {abs(server - here) // 1000} с; включите"
            " синхронизацию времени на обоих (timedatectl set-ntp true) и запустите снова"
        )
    if newest - here > FUTURE_MS and not trusted:
        raise ConfigError(
            f"часы: сейчас {_shown(here)}, а последняя запись в базе сделана {_shown(newest)}; исправьте время"
            " (timedatectl set-ntp true), а если сейчас оно верное, запустите с ключом --trust-clock"
        )


def _shown(ms: int) -> str:
    return epoch.from_ms(ms).strftime("%d.%m.%Y %H:%M UTC")


class Jumps:
    """Notices jumps of the wall clock: what it moved beside the clock that only ever runs."""

    def __init__(self, wall: Callable[[], int] = epoch.now_ms, steady: Callable[[], float] = time.monotonic) -> None:
        self._wall, self._steady = wall, steady
        self._at = wall(), steady()

    def jumped_ms(self) -> int:
        """Return how far the clock jumped since the last call; 0: it did not, below 0: back."""
        (wall, steady), self._at = self._at, (self._wall(), self._steady())
        jump = self._at[0] - wall - round((self._at[1] - steady) * 1000)
        if abs(jump) < clock.JUMP_MS:
            return 0
        logger.warning("the clock jumped", extra={"action": "clock.jumped", "seconds": round(jump / 1000)})
        return jump
