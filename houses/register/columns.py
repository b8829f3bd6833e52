"""Columns of a register: their headings, and readers of their values. Pure.

A reader takes the name of the column and a value that is not empty. It raises ValueError with a sentence for people.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import available_timezones

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


def _number(name: str, value: str) -> int:
    if not value.removesuffix(".0").isdecimal():
        raise ValueError(f"в столбце {name} нужно целое число, а стоит {value!r}")
    return int(value.removesuffix(".0"))


def _flag(name: str, value: str) -> bool:
    plain = value.lower().replace(" ", "")
    if plain not in _YES | _NO:
        raise ValueError(f"в столбце {name} нужно «да» или «нет», а стоит {value!r}")
    return plain in _YES


def _zone(name: str, value: str) -> str:
    if value not in available_timezones():
        raise ValueError(f"часового пояса {value!r} нет; пишите так: Europe/Moscow")
    return value


def _guid(name: str, value: str) -> str:
    if not _GUID.fullmatch(value.lower()):
        raise ValueError(f"в столбце {name} нужен код вида 8-4-4-4-12 знаков, например из ФИАС")
    return value.lower()


def _day(name: str, value: str) -> str:
    for form in ("%d.%m.%Y", "%Y-%m-%d", "%Y-%m-%d %H:%M:%S"):
        try:
            return datetime.strptime(value, form).date().isoformat()  # noqa: DTZ007  # a day has no zone
        except ValueError:
            continue
    raise ValueError(f"в столбце {name} нужна дата вида 01.09.2024, а стоит {value!r}")


def _text(name: str, value: str) -> str:
    return value


# Column -> reader of its value, in the order in which mistakes are reported.
READERS: Mapping[str, Callable[[str, str], object]] = {
    **dict.fromkeys(NUMBERS, _number),
    **dict.fromkeys(FLAGS, _flag),
    "timezone": _zone,
    "fias_guid": _guid,
    "managed_since": _day,
    "id": _text,
}
