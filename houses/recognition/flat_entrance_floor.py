"""Read flat, entrance and floor, and blank out numbers that are no house: phones, dates, times. Pure.

The text is a simple one (`houses.recognition.address_parser.simple`) with numerals in digits and ordinals as "5-й".
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet

from houses.types import AddressFound, House

MOST_TEXT = 2000  # characters searched for an address
BLANK = "·"
BLANK_BEHIND = "•"  # of "5 квартира", where a small word before it belongs to it: "в 5 квартире"

_AN = r"(?<![а-я])"  # the beginning of a word; a digit may stand right before it: "12кв3"
_FLATS = r"(?:квартир[а-я]*+|кварт|кв-?ра|кв|апартамент[а-я]*+|офис[а-я]*+|оф|комнат[а-я]*+|помещени[а-я]*+)(?![а-я])"
_ENTRANCES = r"(?:подъезд[а-я]*+|под[ьъ]?езд[а-я]*+|подьезд[а-я]*+|парадн[а-я]*+|под(?=\.|\s?\d)|пд|подъ)(?![а-я])"
_FLOORS = r"(?:этаж(?:а|е|у|ом)?|эт)(?![а-я])"
_NUMBER = r"(?:[\s.,:№\-(]|номер)*"
# "дом 12 подъезд 2 этаж 5": the number behind is the entrance; "2 подъезд 3 этаж": it belongs to the next word.
_NEXT = rf"(?:{_FLOORS}|{_FLATS}|{_ENTRANCES})(?!{_NUMBER}\d)"
_NOT_BEHIND = rf"\)?(?!{_NUMBER}\d{{1,4}}(?!\d|(?:-й)?\s*{_NEXT}))"
_BEFORE = r"(?<![\d/.:·•])"


def _around(words: str, digits: int, letter: str = "") -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the patterns "5 подъезд" and "подъезд 5". digits: how many a number has at most."""
    behind = rf"{_BEFORE}(?<!\d-)(\d{{1,{digits}}})(?:-й)?\s*\(?{_AN}{words}{_NOT_BEHIND}"
    ahead = rf"{_AN}{words}{_NUMBER}(\d{{1,{digits}}}{letter})(?:-й)?(?!\d|\s*{_NEXT})"
    return re.compile(behind), re.compile(ahead)


_FLOOR = _around(_FLOORS, 2)
_ENTRANCE = _around(_ENTRANCES, 2)
_FLAT = _around(_FLATS, 4, r"(?:-?[а-я](?![а-я]))?")
_SHORT_ENTRANCE = re.compile(r"(?<=[\d,;])\s*п\.?\s?(\d{1,2})(?![\d-])")
_MONTHS = "января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря"
_DATE = re.compile(rf"(?<!\d)(\d{{1,2}})(?:-й)?\s+({_MONTHS})(?![а-я])(?:\s+\d{{4}}(?!\d))?")
# Whole words: "12 разбито окно" and "12 частично нет света" are houses.
_UNITS = (
    "час(?:а|ов|ам|ами)? ч мин(?:ут[аыу]?)? сек(?:унд[аыу]?)? сут(?:ки|ок) дн(?:я|ей|и|ям) день недел[яиюь] "
    "месяц(?:а|ев)? год(?:а|у)? лет(?=\\s+(?:назад|живем|живу|нет)) руб(?:л(?:ь|я|ей))? коп(?:еек|ейки)? "
    "тыс(?:яч[аи]?)? градус(?:а|ов)? раз(?:а|ов)? человека? чел штук[аи]? шт литр(?:а|ов)? "
    "куб(?:а|ов|ометр[а-я]*)? метр(?:а|ов)? см мм км вольт ватт процент(?:а|ов)? семь[ия] семей реб[а-я]+ "
    "детей числа утра вечера ночи этажн[а-я]+ этажк[а-я]+ этажей подъездн[а-я]+ подъездов квартирн[а-я]+ "
    "комнатн[а-я]+"
)
# These numbers are blanked out: none of them is a house.
_OTHER = re.compile(
    rf"""(?<![\d·])(?:\+?[78][\s(\-]*)?\(?9\d\d\)?(?:[\s\-]*\d){{7}}(?!\d)              # mobile phones
    | (?<![\d·])\+?[78][\s(\-]+\d{{3,5}}[\s)\-]+(?:[\s\-]*\d){{5,7}}(?!\d)              # phones with an area code
    | (?<![\d·])\+?\d[\d()\-]{{8,}}\d
    | {_AN}(?:тел(?:ефон[а-я]*)?|т|звонит[а-я]*|моб[а-я]*|домашн[а-я]*|номер\sтелефона)[\s.:№]*
      \+?\d(?:[\s()\-]*\d){{4,11}}
    | (?<![\d\-·])(?<!\d\s)\d\d\s\d\d\s\d\d(?![\d\-])                                   # 45 12 30
    | (?<![\d\-·])\d\d\d-\d\d-\d\d(?![\d\-])
    | (?<!\d)\d{{1,2}}[.:]\d{{2}}(?:[.:]\d{{2,4}})?(?!\d)                               # dates and times
    | (?<!\d)(?:19|20)\d\d\s?г(?:ода?|\.|\b)
    | {_AN}(?:с|от)\s\d{{1,2}}(?:-й)?\s(?:до|по)\s\d{{1,2}}(?!\d)
    | {_AN}между\s\d+(?:-й)?\sи\s\d+
    | {_AN}(?:после|до|к|около|часов|в)\s\d{{1,2}}(?=\s?(?:час|утра|вечера|ночи|дня))
    | {_AN}после\s\d{{1,2}}(?![\d\-])
    | (?<!\d)\d+(?:[.,]\d+)?(?:-й|-)?\s?-?(?:{"|".join(_UNITS.split())})(?![а-я])
    | (?<!\d)\d+\s?[°%₽]
    | {_AN}(?:домофон[а-я]*|код[а-я]*)[\s:№.]*(?:домофон[а-я]*|двери)?[\s:№.]*[\dа-я]?\d[\dа-я*\#]*
    | {_AN}(?:показани[а-я]*|счетчик[а-я]*|хол|гор|хвс|гвс|горяч[а-я]+|холодн[а-я]+)[\s:№.\-]*\d+
    | {_AN}(?:заявк[а-я]*|обращени[а-я]*|талон[а-я]*|договор[а-я]*|акт[аеу]?|квитанц[а-я]*|заказ[а-я]*)
      [\s:]*(?:номер|№|n)?[\s:]*\d[\d/\-]*
    | {_AN}(?:лиц[а-я]*\sсч[а-я]*|л/с|лс)[\s:№.]*\d+""",
    re.VERBOSE,
)
# "кв. 48… нет, кв. 38": the second flat corrects the first.
_MENDED = re.compile(
    rf"{_AN}{_FLATS}{_NUMBER}\d{{1,4}}[а-я]?(?!\d)(?=[^\n]{{0,60}}?"
    rf"{_AN}(?:нет|ой|вернее|точнее|ошиб[а-я]+|извините|то есть)(?![а-я])[\s,.:—–-]*{_FLATS}{_NUMBER}\d)"
)
# "Садовая 11 кв 12 подъезд не моют": the number before the short word is the house, and 12 may be of either.
_EITHER = re.compile(rf"(?<=\d)(\s*{_AN}кв\.?\s?)(\d{{1,4}})\s+(?={_ENTRANCES}(?!{_NUMBER}\d))")
MONTHS = frozenset(_MONTHS.split("|"))


def take(text: str, dated: AbstractSet[tuple[str, str]] = frozenset()) -> tuple[str, AddressFound]:
    """Return the text with dots for flat, entrance, floor and other numbers, and the flat, entrance and floor.

    dated: streets named like a date, as ("8", "марта"); all other dates are blanked out.
    """
    if not any(map(str.isdigit, text)):
        return text, AddressFound()
    text = _MENDED.sub(_dots, text)
    text = _DATE.sub(lambda match: match[0] if (match[1], match[2]) in dated else _dots(match), text)
    rest = _OTHER.sub(_dots, text)
    floor, rest = _take(rest, *_FLOOR)
    entrance, rest = _take(rest, *_ENTRANCE)
    apartment, rest = _take(rest, *reversed(_FLAT))
    if not entrance:
        entrance, rest = _take(rest, _SHORT_ENTRANCE)
    return rest, AddressFound(apartment=apartment.replace("-", ""), entrance=entrance, floor=floor)


def other_reading(text: str) -> str:
    """Return "… 11 кв 12 подъезд" as "… 11 кв 12, подъезд"; the text itself when it can be read one way only."""
    return _EITHER.sub(r"\1\2, ", text)


def _dots(match: re.Match[str]) -> str:
    return BLANK * len(match[0])


def _take(text: str, *patterns: re.Pattern[str]) -> tuple[str, str]:
    for pattern in patterns:
        if match := pattern.search(text):
            dot = BLANK_BEHIND if match.start(1) == match.start() else BLANK
            return match[1], text[: match.start()] + dot * len(match[0]) + text[match.end() :]
    return "", text


def entrance_of(house: House, apartment: str) -> str:
    """Return the entrance of a flat if flats are spread evenly over the entrances; '' when it cannot be computed."""
    if not apartment.isdecimal() or not house.entrances or not house.flats or house.flats % house.entrances:
        return ""
    flat = int(apartment)
    if not 1 <= flat <= house.flats:
        return ""
    return str((flat - 1) // (house.flats // house.entrances) + 1)
