"""The register of served houses from a file: CSV, or the workbook that ГИС ЖКХ exports. One row per house.

Every wrong row is reported, not only the first one; whether the right ones are taken all the same is the caller's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from zoneinfo import available_timezones

from errors import ConfigError
from houses.recognition.address_parser import read_register
from houses.register import gis_workbook
from houses.register.spreadsheets import Sheet, csv_sheet, is_workbook
from houses.types import House

# Column -> other headings, compared without signs. Whole numbers: flats (of the house), floors, entrances, lifts, year.
COLUMNS = {
    "address": "адрес адресмкд адресдома полныйадрес",
    "street": "улица наименованиеулицы",
    "house": "дом номердома house_number",
    "building": "корпус корп",
    "structure": "строение",
    "letter": "литера литер",
    "place": "населенныйпункт город поселок",
    "id": "house_id houseid код коддома ид",
    "fias_guid": "fias фиас фиасguid кодфиас guidфиас идентификаторфиас",
    "entrances": "подъезды подъездов числоподъездов количествоподъездов колвоподъездов",
    "flats": "квартиры квартир числоквартир количествоквартир колвоквартир жилыхпомещений",
    "floors": "этажи этажей этажность числоэтажей количествоэтажей наибольшееколичествоэтажей",
    "lifts": "лифты лифтов числолифтов количестволифтов",
    "year": "год годпостройки годвводавэксплуатацию годввода",
    "gas": "газ газифицирован естьгаз",
    "chute": "мусоропровод естьмусоропровод",
    "timezone": "часовойпояс часоваязона",
    "managed_since": "вуправлениис датапринятиявуправление управляетсяс",
}
NUMBERS = ("entrances", "floors", "flats", "lifts", "year")
FLAGS = ("gas", "chute")
KNOWN = tuple(COLUMNS)
_YES = frozenset(("1", "да", "есть", "yes", "true", "+", "имеется"))
_NO = frozenset(("0", "нет", "no", "false", "-", "отсутствует"))
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SIGNS = re.compile(r"[\W_]+")
_HEADINGS = {name: name for name in COLUMNS} | {
    heading: name for name, headings in COLUMNS.items() for heading in (name.replace("_", ""), *headings.split())
}

Details = dict[str, object]
Row = tuple[str, Details]


@dataclass(slots=True)
class Reading:
    """What a file holds: right rows as (address, details), and one sentence per wrong one."""

    houses: list[Row] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def load_csv(path: Path) -> list[Row]:
    """Return (address, details) of each house; a workbook is read as well.

    Raises:
        ConfigError: as `read`, or a row is wrong; the text names the file and every wrong row.
    """
    found = read(path)
    if found.errors:
        raise ConfigError("\n".join(found.errors))
    return found.houses


def house_of(house_id: int, address: str, details: Mapping[str, object]) -> House:
    """Return the house that the recogniser knows, of what the register holds about it."""
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
    found, seen = Reading(), _Seen()
    for number, row in sheet.rows:
        if not any(value.strip() for value in row.values()):
            continue
        where = f"{path.name}, строка {number}"
        wrong: list[str] = []
        house = _house({columns[name]: value.strip() for name, value in row.items() if name in columns}, wrong)
        wrong += seen.again(house) if house and not wrong else ()
        found.errors += (f"{where}: {one}" for one in wrong)
        if house and not wrong:
            found.houses.append(house)
    if not found.houses and not found.errors:
        raise ConfigError(f"{path.name}: в файле нет ни одного дома; нужен адрес вида «ул. Садовая, д. 5»")
    return found


def _columns(name: str, sheet: Sheet) -> dict[str, str]:
    """Return our name of each heading. Raises `ConfigError`."""
    found: dict[str, str] = {}
    for heading in sheet.columns:
        known = _HEADINGS.get(heading) or _HEADINGS.get(_SIGNS.sub("", heading.lower().replace("ё", "е")))
        if known is None and not sheet.is_foreign:
            raise ConfigError(f"{name}: столбца {heading!r} нет; бывают: {', '.join(KNOWN)}")
        if known is not None and known not in found.values():
            found[heading] = known
    if "address" not in found.values() and not {"street", "house"} <= set(found.values()):
        raise ConfigError(
            f"{name}: в первой строке нужны названия столбцов, среди них `address`; бывают: {', '.join(KNOWN)}"
        )
    return found


def _house(row: Mapping[str, str], wrong: list[str]) -> Row | None:
    """Return one house; what is wrong with it is added to `wrong`."""
    address = " ".join((row.get("address") or _put_together(row)).split())
    if read_register(address) is None:
        wrong.append(f"{address!r} не похоже на адрес; пишите так: «ул. Садовая, д. 5, корп. 1»")
    details: Details = {}
    for name in NUMBERS:
        if value := row.get(name):
            if value.removesuffix(".0").isdecimal():
                details[name] = int(value.removesuffix(".0"))
            else:
                wrong.append(f"в столбце {name} нужно целое число, а стоит {value!r}")
    for name in FLAGS:
        if value := row.get(name):
            plain = value.lower().replace(" ", "")
            if plain in _YES | _NO:
                details[name] = plain in _YES
            else:
                wrong.append(f"в столбце {name} нужно «да» или «нет», а стоит {value!r}")
    if zone := row.get("timezone"):
        if zone in available_timezones():
            details["timezone"] = zone
        else:
            wrong.append(f"часового пояса {zone!r} нет; пишите так: Europe/Moscow")
    if guid := row.get("fias_guid", "").lower():
        if _GUID.fullmatch(guid):
            details["fias_guid"] = guid
        else:
            wrong.append("в столбце fias_guid нужен код вида 8-4-4-4-12 знаков, например из ФИАС")
    if since := row.get("managed_since"):
        if day := _day(since):
            details["managed_since"] = day.isoformat()
        else:
            wrong.append(f"в столбце managed_since нужна дата вида 01.09.2024, а стоит {since!r}")
    if own := row.get("id"):
        details["id"] = own
    return address, details


def _put_together(row: Mapping[str, str]) -> str:
    """Return one address of the columns for its parts."""
    house = row.get("house", "")
    parts = [row.get("place", ""), row.get("street", ""), f"д. {house}" if house else ""]
    for name, short in (("building", "корп."), ("structure", "стр."), ("letter", "лит.")):
        if value := row.get(name):
            parts.append(f"{short} {value}")
    return ", ".join(part for part in parts if part)


def _day(text: str) -> date | None:
    for form in ("%d.%m.%Y", "%Y-%m-%d", "%Y-%m-%d %H:%M:%S"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007  # a day has no zone
        except ValueError:
            continue
    return None


class _Seen:
    """Notices a house that stands in the file twice: by its address, however written, its code or its id."""

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
