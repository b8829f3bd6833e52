"""Parse an address: settlement, kind of street, name, house with letter, fraction, building. Pure.

Both sides use it: the register, where addresses are written with care, and the texts of residents.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from houses.recognition import street_kinds
from houses.recognition.street_kinds import KINDS, SETTLEMENT_KINDS

TOKEN = re.compile(r"\d+(?:-й(?![а-я]))?|[а-я]+")
# "1-я", "8го", "3-м доме": a single letter is an ending only before a word, else it may be a house's.
_ORDINAL = re.compile(
    r"(?<=\d)(?:\s?-\s?)?(?:(?:ый|ий|ой|ая|яя|ое|го|ого|му|ому|ом|ем|ую|ых|й)(?![а-я])|я(?=\s+[а-я]))|(?<=\d)-я(?![а-я])"
    r"|(?<=\d)-[ехмю](?=\s+[а-я])"
)
_YEARS = re.compile(r"(?<=\d)\s?-?\s?лет(?:ия|ие|ию)?(?![а-я])")
# A house number with its letter; й, ъ, ы, ь are no such letters. A letter behind a blank may also be a small word.
HOUSE = re.compile(
    r"""(?<![\d/:№·])(?<!\d[.,])(?P<number>\d{1,4})(?!\d)
    (?P<ordinal>-й(?![а-я]))?
    (?:\s?-?\s?["«'(](?P<quoted>[а-щэюя])["»')]
      |[\s,]*(?:лит(?:ера?|ер)?|литеры|буква)[\s.]*["«]?(?P<liter>[а-щэюя])["»]?(?![а-я])
      |\s?[-/](?P<joined>[а-щэюяa-z])(?![а-я])
      |(?![кс][\s.]*\d)(?P<letter>[а-щэюяa-z])(?![а-я\d])
      |\s(?P<loose>[а-щэюя])(?![а-я.](?!\s?\d)|[.]?\s?\d))?
    (?:\s?/\s?(?P<fraction>\d{1,4}(?:[а-щэюя](?![а-я]))?)(?!\d))?
    (?:[\s,.;-]*(?:корп(?:ус[а-я]*)?|к)[\s.№-]*(?P<building>\d{1,3}(?!\d)|["«]?[а-щэюя]["»]?(?![а-я])))?
    (?:[\s,.;-]*(?:строени[а-я]+|сооружени[а-я]+|стр|с)[\s.№-]*(?P<structure>\d{1,3})(?!\d|-й|\s?(?:до|по)\s))?
    (?:\s?-\s?(?P<second>\d{1,4})(?![\d/]|-й)(?:\s?-\s?(?P<third>\d{1,4})(?![\d-]))?)?""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Number:
    """A house number as written: ``12а``, ``12/1``, ``12к1``, ``12с2``, with the numbers behind it: ``-1-45``."""

    key: str  # how the register names it
    number: int
    start: int
    end: int
    ordinal: bool = False
    loose: str = ""  # "12 а": a letter behind a blank, not in `key`
    fraction: str = ""
    tail: tuple[str, ...] = ()  # "-45", "-1-45"


@dataclass(frozen=True, slots=True)
class Street:
    kind: str  # '' when the name says it itself: «4-я линия», «кв-л 7»
    words: tuple[str, ...]  # plain, numerals as digits; the last one names it


@dataclass(frozen=True, slots=True)
class Written:
    """An address of the register. settlements: those around the street, plain words joined by a blank."""

    settlements: tuple[str, ...]
    street: Street
    key: str
    number: int


def simple(text: str) -> str:
    """Return a text in lower case, е for ё, kinds like "пр-т" as one word, "40-летия" as "40 лет"."""
    lower = text.lower().replace("ё", "е")
    if "-" in lower:
        lower = street_kinds.joined(lower)
    if not any(map(str.isdigit, lower)):
        return lower
    return _YEARS.sub(" лет", lower)


def ordinals(text: str) -> str:
    """Write "1-я", "8го" and the like as "1-й"; letters that may belong to a house stay: "12е", "5-м"."""
    return _ORDINAL.sub("-й", text)


def numbers(text: str) -> list[Number]:
    """Return every house number a simple text may mean, in order."""
    return [_number(match) for match in HOUSE.finditer(text)]


def _number(match: re.Match[str]) -> Number:
    letter = match["quoted"] or match["liter"] or match["joined"] or match["letter"] or ""
    fraction, loose = match["fraction"] or "", match["loose"] or ""
    rest = "".join(
        (
            f"/{fraction}" if fraction else "",
            "к" + match["building"].strip('"«»') if match["building"] else "",
            f"с{match['structure']}" if match["structure"] else "",
        )
    )
    if rest and loose:
        letter, loose = loose, ""
    return Number(
        key=f"{int(match['number'])}{letter}{rest}",
        number=int(match["number"]),
        start=match.start(),
        end=match.end(),
        ordinal=match["ordinal"] is not None,
        loose=loose,
        fraction=fraction,
        tail=tuple(part for part in (match["second"], match["third"]) if part),
    )


_BEFORE_HOUSE = re.compile(
    r"[,\s]\s*(?:дом|д|двлд|домовладение|влд|вл|владение|зд|здание|уч|участок)\b\.?\s*№?\s*(?=\d)|,\s*№?\s*(?=\d)"
)
_LAST_NUMBER = re.compile(r"\s+(?=\d+\S*(?:\s*(?:корп|к|стр|с|лит)\.?\s*\S+)*$)")


def read_register(address: str) -> Written | None:
    """Parse an address of the register, ``г. Луговск, ул. 8 Марта, д. 12, корп. 1``; None when it is no address.

    «д.», «дом» or a comma stands before the house.
    """
    lower = " ".join(address.lower().replace("ё", "е").split())
    match = next(reversed([match for match in _BEFORE_HOUSE.finditer(lower) if "," not in match[0]]), None)
    match = match or next(_BEFORE_HOUSE.finditer(lower), None) or _LAST_NUMBER.search(lower)
    if match is None:
        return None
    settlements, street = _settlements_and_street(lower[: match.start()])
    number = _house(lower[match.end() :])
    if street is None or number is None:
        return None
    return Written(settlements, street, *number)


@lru_cache(maxsize=4096)
def _house(text: str) -> tuple[str, int] | None:
    candidates = numbers(text.replace(". ", "."))
    if not candidates or candidates[0].start > 1:
        return None
    number = candidates[0]
    key = number.key + number.loose + "".join(f"-{part}" for part in number.tail)
    return key, number.number


@lru_cache(maxsize=16384)
def _settlements_and_street(text: str) -> tuple[tuple[str, ...], Street | None]:
    """Split the part before the house into settlements and the street, which stands last."""
    parts = [part.strip() for part in text.split(",") if TOKEN.search(part)]
    parts = [part for part in parts if not re.fullmatch(r"\d{6}", part)]
    if not parts:
        return (), None
    settlements = (_place(part) for part in parts[:-1])
    return tuple(name for name in settlements if name), _street(parts[-1])


def _place(part: str) -> str:
    """Return the words of a settlement without its kind; '' for a region or a district."""
    every = TOKEN.findall(simple(part))
    if any(word in ("обл", "область", "край", "респ", "республика", "район", "рн", "россия", "рф") for word in every):
        return ""
    return " ".join(word for word in every if word not in SETTLEMENT_KINDS and word not in KINDS)


def _street(part: str) -> Street | None:
    plain = ordinals(simple(part))
    every = [word.removesuffix("-й") for word in TOKEN.findall(plain)]
    kind, words = "", every
    if len(every) > 1:  # only one word is the kind: «ул. Большая Набережная»
        place = next((place for place in (0, len(every) - 1) if every[place] in KINDS), None)
        if place is not None:
            kind = KINDS[every[place]]
            words = every[:place] + every[place + 1 :]
    if all(word.isdigit() for word in words):  # «кв-л 7»: the kind is the name
        words, kind = [*words, kind], ""
    words = [word for word in words if word.isdigit() or len(word) > 1] or words
    if not words or not words[-1]:
        return None
    return Street(kind, tuple(words))
