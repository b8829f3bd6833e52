"""Turn the addresses of answers for some houses into ids of served houses. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from errors import ConfigError
from faq.base.loader import Base
from faq.types import FaqEntry, ForHouses

FindHouses = Callable[[str], Sequence[int]]  # address -> ids of the houses it may mean; clear when there is exactly one


def names_houses(base: Base) -> bool:
    """Say whether any answer is for some houses, so that the register is needed."""
    return any(entry.for_houses for entry in base.entries)


def with_house_ids(base: Base, find: FindHouses) -> Base:
    """Return the base with the ids of its houses.

    Raises:
        ConfigError: a house is not in the register, an address means several, or an entry names a house twice.
    """
    return replace(
        base, entries=tuple(_with_house_ids(entry, find) if entry.for_houses else entry for entry in base.entries)
    )


def _with_house_ids(entry: FaqEntry, find: FindHouses) -> FaqEntry:
    seen: dict[int, str] = {}
    answers = []
    for row in entry.for_houses:
        ids = set()
        for address in row.houses:
            house_id = _id_of(entry.id, address, find(address))
            if house_id in seen:
                both = f"{seen[house_id]!r} и {address!r}"
                raise ConfigError(f"запись {entry.id}: for_houses: {both} – один и тот же дом; оставьте его один раз")
            seen[house_id] = address
            ids.add(house_id)
        answers.append(ForHouses(houses=row.houses, answer=row.answer, ids=frozenset(ids)))
    return replace(entry, for_houses=tuple(answers))


def _id_of(entry_id: str, address: str, ids: Sequence[int]) -> int:
    where = f"запись {entry_id}: for_houses: дом {address!r}"
    if not ids:
        raise ConfigError(f"{where}: такого нет в списке домов; напишите адрес, как в списке")
    if len(ids) > 1:
        raise ConfigError(f"{where}: подходит несколько домов; напишите адрес полностью, как в списке")
    return ids[0]
