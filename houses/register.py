"""The register of served houses from a CSV file: one row per house, all rows or none."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from zoneinfo import available_timezones

from channels.contract import ConfigError
from houses.address import read_register

# Besides `address`. Whole numbers: entrances, floors, flats (of the house), year.
NUMBERS = ("entrances", "floors", "flats", "year")
KNOWN = ("address", *NUMBERS, "timezone")

Details = dict[str, object]


def load_csv(path: Path) -> list[tuple[str, Details]]:
    """Return (address, details) of each house. UTF-8 or Windows-1251, separated by semicolon or comma.

    Raises:
        ConfigError: the file cannot be read, a column is unknown, or a row is wrong; the text names file and row.
    """
    text = _read(path)
    separator = ";" if ";" in text.partition("\n")[0] else ","
    rows = csv.DictReader(io.StringIO(text), delimiter=separator)
    _check_columns(path, rows.fieldnames or [])
    houses: dict[str, Details] = {}
    for number, row in enumerate(rows, 2):
        for address, details in _house(path, number, row):
            if address in houses:
                raise ConfigError(
                    f"{path.name}, строка {number}: дом {address} встречается дважды; уберите одну из строк"
                )
            houses[address] = details
    if not houses:
        raise ConfigError(f"{path.name}: в файле нет ни одного дома; нужен адрес вида «ул. Садовая, д. 5»")
    return list(houses.items())


def _read(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: список домов не читается: {error.strerror}; проверьте company.houses") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1251", "replace")  # what Excel writes on a Russian Windows


def _check_columns(path: Path, columns: object) -> None:
    names = list(columns) if isinstance(columns, list | tuple) else []
    if "address" not in names:
        raise ConfigError(
            f"{path.name}: в первой строке нужны названия столбцов, среди них `address`; бывают: {', '.join(KNOWN)}"
        )
    if unknown := [name for name in names if name not in KNOWN]:
        raise ConfigError(f"{path.name}: столбца {unknown[0]!r} нет; бывают: {', '.join(KNOWN)}")


def _house(path: Path, number: int, row: Mapping[str | None, str | None]) -> Iterator[tuple[str, Details]]:
    address = " ".join((row["address"] or "").split())
    if not any(value for value in row.values()):
        return
    street, house = read_register(address)
    if not street.words or house is None:
        raise ConfigError(
            f"{path.name}, строка {number}: {address!r} не похоже на адрес; пишите так: «ул. Садовая, д. 5, корп. 1»"
        )
    details: Details = {}
    for name in NUMBERS:
        if value := (row.get(name) or "").strip():
            if not value.isdecimal():
                raise ConfigError(
                    f"{path.name}, строка {number}: в столбце {name} нужно целое число, а стоит {value!r}"
                )
            details[name] = int(value)
    if zone := (row.get("timezone") or "").strip():
        if zone not in available_timezones():
            raise ConfigError(f"{path.name}, строка {number}: часового пояса {zone!r} нет; пишите так: Europe/Moscow")
        details["timezone"] = zone
    yield address, details
