"""Phone numbers and names in a resident's words. Numbers come out as E.164."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers

REGION = "RU"
REMEMBERED = 256  # texts: one turn asks about the same text several times
MOST_TEXT = 1000  # characters searched; a phone stands near the start or in a short message

_RUN = re.compile(r"(?<![\w+])\+?\d(?:[\s().\-–—]{0,3}\d){4,14}(?!\w)")
# With dashes only a year of four digits makes a date: 22-11-10 is how people write a city number.
_DATE = re.compile(
    r"\b\d{1,2}[./]\d{1,2}[./](?:19|20)?\d{2}\b|\b\d{1,2}-\d{1,2}-(?:19|20)\d{2}\b"
    r"|\b(?:19|20)\d{2}[./\-]\d{1,2}[./\-]\d{1,2}\b"
)
_TIME = re.compile(r"\b\d{1,2}:\d{2}\b")
# A number right after one of these words is no phone: flat, house, account, meter, ticket.
_OTHER = re.compile(
    r"(?:\b(?:кв|квартир\w*|д|дом\w*|корп\w*|сч[её]т\w*|л/с|лс|сч[её]тчик\w*|заявк\w*|показани\w*)|№)[.\s№:]*$",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"(?:меня\s+зовут|мо[её]\s+имя|зовут\s+меня|my\s+name\s+is|обращаться)\s*[:—–-]?\s*"
    r"([A-ZА-ЯЁa-zа-яё][\w\-]+(?:\s+[A-ZА-ЯЁ][\w\-]+){0,2})",
    re.IGNORECASE,
)
_WORD = re.compile(r"^[A-ZА-ЯЁ][a-zа-яё]+(?:-[A-ZА-ЯЁ][a-zа-яё]+)?$")
_NOT_NAMES_WORDS = (
    "телефон мой номер тел моб сотовый мобильный вот это он звоните звонить и на да пожалуйста контакт связи для"
    " здравствуйте"
)
_NOT_NAMES = frozenset(_NOT_NAMES_WORDS.split())


def find_phone(text: str, area_code: str = "") -> str:
    """Return the first phone of a text as E.164, or ''.

    area_code: of the town, so that a number of 5 to 7 digits is a city phone; '' if those are not recognised.
    """
    found = _first(text[:MOST_TEXT], area_code)
    return found[0] if found else ""


@lru_cache(maxsize=REMEMBERED)
def _first(text: str, area_code: str) -> tuple[str, int, int] | None:
    hidden = _TIME.sub(_blank, _DATE.sub(_blank, text))
    for run in _RUN.finditer(hidden):
        if not _OTHER.search(hidden[: run.start()]) and (phone := _as_phone(run.group(), area_code)):
            return phone, run.start(), run.end()
    return None


def _blank(match: re.Match[str]) -> str:
    return "·" * len(match.group())


def _as_phone(written: str, area_code: str) -> str:
    digits = re.sub(r"\D", "", written)
    code = re.sub(r"\D", "", area_code)
    if written.startswith("+"):
        candidate = f"+{digits}"
    elif len(digits) == 11 and digits[0] in "78":
        candidate = f"+7{digits[1:]}"
    elif len(digits) == 10:
        candidate = f"+7{digits}"
    elif code and 5 <= len(digits) <= 7 and len(code) + len(digits) == 10:
        candidate = f"+7{code}{digits}"
    else:
        return ""
    try:
        number = phonenumbers.parse(candidate, REGION)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=REMEMBERED)
def shown(phone: str) -> str:
    """Write an E.164 number as people read it: ``+7 927 123-45-67``."""
    try:
        number = phonenumbers.parse(phone, REGION)
    except phonenumbers.NumberParseException:
        return phone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def find_name(text: str) -> str:
    """Return the name a resident gives with «меня зовут», or ''."""
    match = _NAME.search(text[:MOST_TEXT])
    return match.group(1).strip()[:60].title() if match else ""


def name_beside_phone(text: str, area_code: str = "") -> str:
    """Return what is left of an answer like "Анна Петрова, 8 927 …" when it looks like a name, else ''."""
    found = _first(text[:MOST_TEXT], area_code)
    if found is None:
        return ""
    _, start, end = found
    words = re.sub(r"[^\w\-]+", " ", text[:start] + " " + text[end:]).split()
    words = [word for word in words if word.lower() not in _NOT_NAMES]
    return " ".join(words) if 0 < len(words) <= 3 and all(_WORD.match(word) for word in words) else ""
