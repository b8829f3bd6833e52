"""An address taken apart: street, kind of street, house with letter, fraction, building. Pure.

Used on both sides: on the register, where addresses are written with care, and on what residents type.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Word stems of kinds of streets -> the kind. «ул» is also what people say of an avenue, so it contradicts nothing.
KINDS = {
    **dict.fromkeys(("ул", "улиц", "улица", "улице", "улицы", "улицу"), "ул"),
    **dict.fromkeys(("пр", "просп", "проспект", "проспекте", "проспекта", "прт", "пркт"), "проспект"),
    **dict.fromkeys(("пер", "переулок", "переулке", "переулка"), "переулок"),
    **dict.fromkeys(("проезд", "проезде", "проезда", "прд"), "проезд"),
    **dict.fromkeys(("бул", "бульвар", "бульваре", "бульвара", "бр"), "бульвар"),
    **dict.fromkeys(("пл", "площадь", "площади"), "площадь"),
    **dict.fromkeys(("ш", "шоссе"), "шоссе"),
    **dict.fromkeys(("наб", "набережная", "набережной"), "набережная"),
    **dict.fromkeys(("мкр", "микрорайон", "микрорайоне", "мкрн"), "микрорайон"),
    **dict.fromkeys(("туп", "тупик"), "тупик"),
}
_JOINED = re.compile(r"\b(пр|б|пр-к|мк)-(т|кт|р|рн|д)\b")  # пр-т, пр-кт, б-р, мк-рн: one word each
TOKEN = re.compile(r"\d+|[а-я]+")
HOUSE = re.compile(
    r"""(?<![\d/:])(?<!\d[.,])(?P<number>\d{1,4})(?!\d)
    (?:-?(?P<letter>[а-яА-Я])(?![а-яА-Я\d])|\s?["«](?P<quoted>[а-яА-Я])["»]|\s(?P<capital>[А-Я])(?![а-яА-Я.]))?
    (?:\s?/\s?(?P<fraction>\d{1,3}[а-яА-Я]?)(?![\dа-яА-Я]))?
    (?:(?:(?<=\d)|[\s,]*\b)(?:к|корп|корпус|корпусе)[\s.]*(?P<building>\d{1,2}|[а-яА-Я](?![а-яА-Я])))?
    (?:(?:(?<=\d)|[\s,]*\b)(?:с|стр|строение)[\s.]*(?P<structure>\d{1,2})(?!\d))?
    (?:\s?-\s?(?P<flat>\d{1,4})(?![\d-]))?""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Number:
    """A house number in one spelling: ``12а``, ``12/1``, ``12к1``, ``12с2``."""

    number: int
    suffix: str  # letter, fraction, building, structure; '' for a plain number
    start: int
    end: int
    flat: str = ""  # of "12-45"


@dataclass(frozen=True, slots=True)
class Street:
    kind: str
    words: tuple[str, ...]  # plain, numerals as digits; the last one names it


def simple(text: str) -> str:
    """Lower case, е for ё, kinds like "пр-т" as one word; as long as the text where no such kind occurs."""
    lower = text.lower().replace("ё", "е")
    return _JOINED.sub(lambda match: f"{match[1]}{match[2]} ", lower)


def numbers(text: str) -> list[Number]:
    """Return every house number a text may mean, in order. Capitals count: «12 А» has a letter, «12 а» has none."""
    return [_number(match) for match in HOUSE.finditer(text)]


def _number(match: re.Match[str]) -> Number:
    letter = (match["letter"] or match["quoted"] or match["capital"] or "").lower()
    fraction = f"/{match['fraction'].lower()}" if match["fraction"] else ""
    building = f"к{match['building'].lower()}" if match["building"] else ""
    structure = f"с{match['structure']}" if match["structure"] else ""
    return Number(
        int(match["number"]),
        f"{letter}{fraction}{building}{structure}",
        match.start(),
        match.end(),
        match["flat"] or "",
    )


def read_register(address: str) -> tuple[Street, Number | None]:
    """Take an address of the register apart: ``ул. 8 Марта, д. 12, корп. 1``. «д.» or a comma precedes the house."""
    found = re.search(r",\s*(?:д\.?|дом)?\s*(?=\d)", address) or re.search(r"\b(?:д\.|дом)\s*(?=\d)", address)
    street, house = (address[: found.start()], address[found.end() :]) if found else (address, "")
    every = TOKEN.findall(simple(street))
    kind = next((KINDS[word] for word in every if word in KINDS), "ул")
    words = tuple(word for word in every if word not in KINDS and (word.isdigit() or len(word) > 1))
    found_numbers = numbers(house)
    return Street(kind, words), found_numbers[0] if found_numbers else None
