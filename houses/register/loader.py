"""Load the register of served houses from a file: CSV, or the workbook that ГИС ЖКХ exports. One row per house.

Every wrong row is reported, not only the first. The caller decides whether the right rows are used all the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from errors import ConfigError
from houses.recognition.address_parser import read_register
from houses.register import gis_workbook
from houses.register.columns import COLUMNS, KNOWN, READERS
from houses.register.spreadsheets import Sheet, csv_sheet, is_workbook
from houses.types import House

_SIGNS = re.compile(r"[\W_]+")
_HEADINGS = {name: name for name in COLUMNS} | {
    heading: name for name, headings in COLUMNS.items() for heading in (name.replace("_", ""), *headings.split())
}

Details = dict[str, object]
Row = tuple[str, Details]


@dataclass(slots=True)
class Reading:
    """The rows of a file: right ones as (address, details), and one sentence per wrong one."""

    houses: list[Row] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def load_csv(path: Path) -> list[Row]:
    """Return (address, details) of each house; a workbook is read as well.

    Raises:
        ConfigError: as `read`, or a row is wrong; the text names the file and every wrong row.
    """
    reading = read(path)
    if reading.errors:
        raise ConfigError("\n".join(reading.errors))
    return reading.houses


def house_of(house_id: int, address: str, details: Mapping[str, object]) -> House:
    """Return a house for the recogniser from the details of the register."""
    entrances, flats = details.get("entrances"), details.get("flats")
    return House(
        id=house_id,
        address=address,
        entrances=entrances if isinstance(entrances, int) else 0,
        flats=flats if isinstance(flats, int) else 0,
    )


def read(path: Path) -> Reading:
    """Read all rows of a register.

    Raises:
        ConfigError: the file cannot be read, a column is unknown, or there is no house in it.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: список домов не читается: {error.strerror}; проверьте company.houses") from error
    sheet = gis_workbook.houses(path.name, data) if is_workbook(data) else csv_sheet(data)
    columns = _columns(path.name, sheet)
    reading, seen = Reading(), _Seen()
    for number, row in sheet.rows:
        if not any(value.strip() for value in row.values()):
            continue
        where = f"{path.name}, строка {number}"
        wrong: list[str] = []
        house = _house({columns[name]: value.strip() for name, value in row.items() if name in columns}, wrong)
        wrong += seen.again(house) if house and not wrong else ()
        reading.errors += (f"{where}: {reason}" for reason in wrong)
        if house and not wrong:
            reading.houses.append(house)
    if not reading.houses and not reading.errors:
        raise ConfigError(f"{path.name}: в файле нет ни одного дома; нужен адрес вида «ул. Садовая, д. 5»")
    return reading


def _columns(name: str, sheet: Sheet) -> dict[str, str]:
    """Return our name of each heading. Raises `ConfigError`."""
    columns: dict[str, str] = {}
    for heading in sheet.columns:
        known = _HEADINGS.get(heading) or _HEADINGS.get(_SIGNS.sub("", heading.lower().replace("ё", "е")))
        if known is None and not sheet.is_foreign:
            raise ConfigError(f"{name}: столбца {heading!r} нет; бывают: {', '.join(KNOWN)}")
        if known is not None and known not in columns.values():
            columns[heading] = known
    if "address" not in columns.values() and not {"street", "house"} <= set(columns.values()):
        raise ConfigError(
            f"{name}: в первой строке нужны названия столбцов, среди них `address`; бывают: {', '.join(KNOWN)}"
        )
    return columns


def _house(row: Mapping[str, str], wrong: list[str]) -> Row | None:
    """Return one house. A sentence for each mistake is added to `wrong`."""
    address = " ".join((row.get("address") or _put_together(row)).split())
    if read_register(address) is None:
        wrong.append(f"{address!r} не похоже на адрес; пишите так: «ул. Садовая, д. 5, корп. 1»")
    details: Details = {}
    for name, read_value in READERS.items():
        if value := row.get(name):
            try:
                details[name] = read_value(name, value)
            except ValueError as error:
                wrong.append(str(error))
    return address, details


def _put_together(row: Mapping[str, str]) -> str:
    """Return one address from the columns for its parts."""
    house = row.get("house", "")
    parts = [row.get("place", ""), row.get("street", ""), f"д. {house}" if house else ""]
    for name, short in (("building", "корп."), ("structure", "стр."), ("letter", "лит.")):
        if value := row.get(name):
            parts.append(f"{short} {value}")
    return ", ".join(part for part in parts if part)


class _Seen:
    """Finds houses that are in the file twice, by the address in any spelling, the code or the id."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, object]] = set()

    def again(self, house: Row) -> list[str]:
        address, details = house
        keys: list[tuple[str, object]] = [("address", read_register(address))]
        keys += [(name, details[name]) for name in ("fias_guid", "id") if name in details]
        twice = [key for key in keys if key in self._seen]
        self._seen.update(keys)
        if not twice:
            return []
        what = f"дом {address}" if twice[0][0] == "address" else f"{twice[0][0]} {twice[0][1]}"
        return [f"{what} встречается дважды; уберите одну из строк"]
