"""Houses of a CSV for the checks: their ids are the file's own column ``house_id`` or ``id``, else row numbers."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from houses.recognition.recogniser import HouseRecogniser
from houses.register.loader import house_of, load_csv


@dataclass(frozen=True, slots=True)
class Register:
    """The recogniser of residents' addresses, and the ids of houses in the file."""

    addresses: HouseRecogniser
    names: Sequence[Any]  # by our id - 1

    def name_of(self, house_id: int) -> Any:
        """Return the file's id of a house; None for 0."""
        return self.names[house_id - 1] if house_id else None


def load(path: Path) -> Register:
    """Read the register. Raises `ConfigError` as `houses.register.loader.load_csv` does."""
    rows = load_csv(path)
    names = [details.get("id", number) for number, (_, details) in enumerate(rows, 1)]
    houses = [house_of(number, address, details) for number, (address, details) in enumerate(rows, 1)]
    register = Register(HouseRecogniser(houses), names)
    gc.collect()
    gc.freeze()  # as in a running program: the collector does not scan many houses again and again
    return register


def same_house_id(expected: Any, actual: Any) -> bool:
    """Compare ids: a CSV has texts where JSON has numbers; null equals a missing id."""
    return (expected is None and actual is None) or (
        expected is not None and actual is not None and str(expected) == str(actual)
    )
