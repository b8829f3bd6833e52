"""Flat, entrance and floor in a resident's words, and what is no house number: phones, dates, times. Pure."""

from __future__ import annotations

import re

from houses.types import AddressFound

MOST_TEXT = 2000  # characters searched for an address

_WORDS = {"перв": "1", "втор": "2", "трет": "3", "четв": "4", "пят": "5", "шест": "6", "седьм": "7", "восьм": "8"}
_ORDINAL = r"(?:перв|втор|трет|четв[её]рт|пят|шест|седьм|восьм)[а-я]*"
# "дом 12 подъезд 2 этаж 5": the number behind is the entrance; "2 подъезд 3 этаж": it belongs to the next word.
_NEXT = r"(?:этаж[а-я]*+|эт\b\.?|кв[а-я]*+\.?|подъезд[а-я]*+)(?![\s.№:]*\d)"
_NOT_BEHIND = rf"(?![\s.№:]*\d{{1,4}}(?!\d|\s*-?(?:й|ый|ом|м|я)?\s*{_NEXT}))"
_FLAT = re.compile(r"\b(?:кв|квартир[а-я]*|апартамент[а-я]*)[\s.,№:]*(\d{1,4}[а-я]?)(?!\d)", re.IGNORECASE)
_FLAT_BEHIND = re.compile(r"\b(\d{1,4})(?:-?[яй])?\s+(?:кв\b\.?|квартир[а-я]*+)" + _NOT_BEHIND, re.IGNORECASE)
_ENTRANCE = re.compile(r"\b(?:подъезд[а-я]*|под|пд|парадн[а-я]*)[\s.,№:]*(\d{1,2})(?!\d)", re.IGNORECASE)
_ENTRANCE_BEHIND = re.compile(
    rf"\b(?:(\d{{1,2}})\s?-?\s?(?:й|ый|ой|ом|м|го|ого|ий|ем|я|ая)?|({_ORDINAL}))\s+(?:подъезд|парадн)[а-я]*+"
    + _NOT_BEHIND,
    re.IGNORECASE,
)
_FLOOR = re.compile(r"\b(?:этаж[а-я]*|эт)[\s.,№:]*(\d{1,2})(?!\d)", re.IGNORECASE)
_FLOOR_BEHIND = re.compile(
    rf"\b(?:(\d{{1,2}})\s?-?\s?(?:й|ый|ой|ом|м|го|ого|ий|ем)?|({_ORDINAL}))\s+эт(?:аж[а-я]*+|\b)(?![\s.№:]*\d)",
    re.IGNORECASE,
)
# Blanked out: a house number is none of these.
_OTHER = re.compile(
    r"""\+?\d[\d\s()\-]{8,}\d                                     # phones
    | \b\d{1,2}[.:]\d{2}(?:[.:]\d{2,4})?\b                        # dates and times
    | \b\d+\s?(?:час|мин|сут|дн[еяю]|день|недел|месяц|год|лет\sназад|руб|градус|°|%|раз)[а-я]*
    | \bдомофон[а-я]*[\s:]*\d+ | \bкод[а-я]*[\s:]*\d+""",
    re.VERBOSE | re.IGNORECASE,
)


def take(text: str) -> tuple[str, AddressFound]:
    """Return the text without flat, entrance and floor (dots in their place), and what they were."""
    apartment, text = _take(text, _FLAT, _FLAT_BEHIND)
    entrance, text = _take(text, _ENTRANCE_BEHIND, _ENTRANCE)
    floor, text = _take(text, _FLOOR_BEHIND, _FLOOR)
    rest = _OTHER.sub(lambda match: "·" * len(match.group()), text)
    return rest, AddressFound(apartment=apartment, entrance=entrance, floor=floor)


def _take(text: str, *patterns: re.Pattern[str]) -> tuple[str, str]:
    for pattern in patterns:
        if match := pattern.search(text):
            value = next(group for group in match.groups() if group)
            blank = text[: match.start()] + "·" * len(match.group()) + text[match.end() :]
            return _digits(value.lower()), blank
    return "", text


def _digits(value: str) -> str:
    if value[0].isdigit():
        return value
    return next((digits for start, digits in _WORDS.items() if value.replace("ё", "е").startswith(start)), "")
