"""The served houses of a running program: read from the database, and again after an import."""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import epoch
from houses.recognition.recogniser import HouseRecogniser
from houses.register.loader import house_of
from houses.types import AddressFound, House
from models import houses as house_rows
from models.database.database import Database

MANY = 10_000  # houses that the collector of garbage should not look through again and again


class HouseRegister:
    """Implements `dialogs.world.Addresses`; `load` swaps the whole register at once."""

    def __init__(self) -> None:
        self._current = HouseRecogniser([])
        self._addresses: dict[str, int] = {}  # ids by address, as `_spelled`
        self.zones: dict[int, ZoneInfo] = {}  # of houses that name one, by id; always the current ones

    def find(self, text: str) -> AddressFound:
        return self._current.find(text)

    def get(self, house_id: int) -> House | None:
        return self._current.get(house_id)

    def ids_of(self, address: str) -> Sequence[int]:
        """Return the ids of the houses that an address may mean.

        Exactly one when it is clear (`faq.base.house_answers.Find`).
        """
        if exact := self._addresses.get(_spelled(address)):
            return (exact,)
        found = self.find(address)
        return tuple(house.id for house in found.houses) if found.sure or len(found.houses) > 1 else ()

    @property
    def is_empty(self) -> bool:
        return not self._addresses

    def take(self, recogniser: HouseRecogniser, ids: Mapping[str, int]) -> None:
        """Answer from another register; ids: of its houses, by address."""
        self._current = recogniser
        self._addresses = {_spelled(address): house_id for address, house_id in ids.items()}

    async def load(self, database: Database) -> None:
        """Read the register anew; answers go on from the old one until it is ready."""
        rows = await database.transaction(house_rows.active)
        self.take(await asyncio.to_thread(_recogniser, rows), {row["address"]: row["id"] for row in rows})
        named = {row["id"]: epoch.zone_named(json.loads(row["details"]).get("timezone")) for row in rows}
        self.zones.clear()
        self.zones.update({house_id: zone for house_id, zone in named.items() if zone})
        if len(rows) > MANY:
            gc.collect()
            gc.freeze()


def _spelled(address: str) -> str:
    return " ".join(address.lower().replace("ё", "е").split())


def _recogniser(rows: list[dict[str, Any]]) -> HouseRecogniser:
    return HouseRecogniser([house_of(row["id"], row["address"], json.loads(row["details"])) for row in rows])
