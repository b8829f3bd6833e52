"""Choose the number of a text that is the house of a street, and the served houses it may mean. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from houses.recognition.address_parser import TOKEN, Number
from houses.recognition.flat_entrance_floor import BLANK, MONTHS
from houses.recognition.street_kinds import HOUSE_WORDS, KINDS, SETTLEMENT_KINDS
from houses.recognition.street_match import Hit
from houses.types import House

NEAR = 40  # characters between street and house number
MOST_BUILDINGS = 9  # of one house number
UNSURE = 0.1  # penalty; a house with it is never sure in `recogniser`
_BEHIND = HOUSE_WORDS | SETTLEMENT_KINDS | frozenset(KINDS) | {"номер", "во", "на", "ном"}
_AHEAD = _BEHIND | {"по", "из", "у", "со", "от"}
_MARKED = re.compile(r"(?<![а-я])(?:дом[а-я]{0,2}|д|двлд|влд|вл|здание|зд)[\s.,:]*(?:№|номер)?[\s:]*$")
_HOUSE_BEHIND = re.compile(r"\s*(?:дом(?:е|у|ом)?|двлд)(?![а-я])|(?<=-й)\s*дома(?![а-я])")
_SOON = re.compile(r"[\s,.;:]{1,3}")
_ENDS = re.compile(rf"\s*(?:$|[,.;!?()\n{BLANK}\d/-])")
_AND_ANOTHER = re.compile(r"\d+[а-я]?\s*(?:и|или)\s*\d")
_OTHER_PART = re.compile(r"[\s,]*(?:блок|секци|соор|владени|очеред|бокс|гараж|участ)[а-я.]*\s*\d")
_YEARS = re.compile(r"\s*лет(?![а-я])")
_SMALL_WORDS = frozenset("авикосу")  # letters that are words too
_WHEN = frozenset(("с", "со", "до", "от", "к", "ко", "после", "по", "накануне", "числа", "уже", "вчера", "сегодня"))


@dataclass(frozen=True, slots=True)
class Choice:
    """The number of a street and the numbers right behind it. penalty: doubt that the number belongs to the street."""

    number: Number
    behind: tuple[Number, ...]
    penalty: float


@dataclass(frozen=True, slots=True)
class Meaning:
    """A house of the register that a number may mean."""

    key: str
    flat: str
    penalty: float
    is_near: bool = False  # another house of the same number


def choose(
    hit: Hit, hits: Sequence[Hit], text: str, numbers: Sequence[Number], settlement_words: Collection[str]
) -> Choice | None:
    """Return the number of a street: right behind its name, else right before it, else the one called «дом»."""
    free = _free(hit, hits, text, numbers)
    behind = next((number for number in free if number.start >= hit.end), None)
    ahead = next((number for number in reversed(free) if number.end <= hit.start), None)
    if behind and not _is_between(text[hit.end : behind.start], _BEHIND, settlement_words):
        behind = None
    if ahead and not _is_between(text[ahead.end : hit.start], _AHEAD, settlement_words):
        ahead = None
    marked = [number for number in free if is_marked(number, text)]
    chosen = behind or ahead or (marked[0] if marked else None)
    if chosen is None:
        near = next((number for number in free if _is_near(number, hit)), None)
        return Choice(near, (), 3 * UNSURE) if near and hit.score > 0.9 and hit.kinds else None
    penalty = 0.0
    if {number.key for number in marked} - {chosen.key} and not is_marked(chosen, text):
        penalty = UNSURE  # «дом 12 на Садовой 7»
    elif behind and ahead and _stands_before(ahead, hit, hits, text) and not is_marked(behind, text):
        penalty = UNSURE  # «4 Садовая 5»
    return Choice(chosen, _following(chosen, free, text), max(penalty, _doubt(hit, chosen, text)))


def _free(hit: Hit, hits: Sequence[Hit], text: str, numbers: Sequence[Number]) -> list[Number]:
    """Return the numbers that may be houses: those outside the names of streets as likely as this one."""
    names = [(other.start, other.end) for other in hits if other.score >= hit.score - 0.06]
    return [
        number
        for number in numbers
        if not _YEARS.match(text, number.end)
        and not any(start < number.end and number.start < end for start, end in names)
    ]


def _is_near(number: Number, hit: Hit) -> bool:
    return -NEAR <= number.start - hit.end <= NEAR or 0 <= hit.start - number.end <= NEAR


def _doubt(hit: Hit, number: Number, text: str) -> float:
    """Return the penalty of a number that may be one of two houses, a part of a house or a part of a date."""
    if _is_date(hit, number, text):
        return 3 * UNSURE
    return UNSURE if _AND_ANOTHER.match(text, number.start) or _OTHER_PART.match(text, number.end) else 0.0


def _stands_before(number: Number, hit: Hit, hits: Sequence[Hit], text: str) -> bool:
    """Say whether a number stands right before a name and belongs to no street before it."""
    if text[number.end : hit.start].strip():
        return False
    return not any(0 <= number.start - other.end <= 2 for other in hits)


def is_marked(number: Number, text: str) -> bool:
    """Say whether a number is called a house: «дом 12», «в 12-м доме»."""
    return bool(_MARKED.search(text[max(0, number.start - 20) : number.start]) or _HOUSE_BEHIND.match(text, number.end))


def _is_between(between: str, words: Collection[str], settlement_words: Collection[str]) -> bool:
    if len(between) > 3 * NEAR:
        return False
    return all(word in words or word in settlement_words or len(word) == 1 for word in TOKEN.findall(between))


def _is_date(hit: Hit, number: Number, text: str) -> bool:
    """Say whether «8 Марта 3» may be a date with some number behind it."""
    if (
        hit.street.words[-1] not in MONTHS
        or len(hit.street.words) != 2
        or hit.kinds
        or number.tail
        or is_marked(number, text)
    ):
        return False
    before = TOKEN.findall(text[max(0, hit.start - 20) : hit.start])
    return bool(before and before[-1] in _WHEN) or not _ENDS.match(text, number.end)


def _following(number: Number, free: Sequence[Number], text: str) -> tuple[Number, ...]:
    """Return the plain numbers right behind a house number: "5, 17", "12 1 99"."""
    following: list[Number] = []
    end = number.end
    for other in free:
        if other.start < end:
            continue
        if len(following) == 2 or not _SOON.fullmatch(text[end : other.start]):
            break
        if other.ordinal or is_marked(other, text):
            break
        if other.key != str(other.number) or (other.tail and following):
            break
        following.append(other)
        end = other.end
        if other.tail:
            break
    return tuple(following)


# --- meanings ---


def meanings(choice: Choice, known: Mapping[str, Sequence[House]], text: str, flat: str) -> list[Meaning]:
    """Return the served houses that a number may mean, best first; empty when there is none. flat: named elsewhere."""
    number = choice.number
    parts = number.tail or tuple(str(following.number) for following in choice.behind)
    if choice.behind and not number.tail and choice.behind[0].tail:
        parts = (str(choice.behind[0].number), *choice.behind[0].tail[:1])
    options = _bare(number, known, text) if not parts else _with_parts(_key(number, known), parts[:2], known, flat)
    if options:
        return options
    plain = str(number.number)
    written_so = number.key == f"{plain}/{number.fraction}" and plain in known and not flat
    if written_so and _is_flat(known[plain], number.fraction):
        return [Meaning(plain, number.fraction, UNSURE)]  # "Чехова 25/31": house and flat, as some write
    near = [key for key in known if key == plain or (key.startswith(plain) and not key[len(plain)].isdigit())]
    wanted = number.key + number.loose
    if number.fraction:  # «12/3» may be «12 корп. 3»
        near.sort(key=lambda key: (key != wanted.replace("/", "к"), key != plain))
    return [Meaning(key, "", 0.3, is_near=True) for key in near]


def _key(number: Number, known: Mapping[str, Sequence[House]]) -> str:
    return number.key + number.loose if number.key + number.loose in known else number.key


def _bare(number: Number, known: Mapping[str, Sequence[House]], text: str) -> list[Meaning]:
    """Return the meanings of a number with nothing behind it; «12 а» may be 12а, or 12 and a small word."""
    if not number.loose:
        return [Meaning(number.key, "", 0.0)] if number.key in known else []
    lettered = number.key + number.loose
    if number.loose in _SMALL_WORDS and text[number.end :].lstrip().startswith(BLANK):  # "12 в кв 5"
        doubt = 0.0 if number.key in known and number.loose not in "вс" else UNSURE
        return [Meaning(key, "", doubt if key == number.key else 0.0) for key in (lettered, number.key) if key in known]
    is_letter = number.loose not in _SMALL_WORDS or bool(_ENDS.match(text, number.end))
    if is_letter:
        return [Meaning(lettered, "", 0.0)] if lettered in known else []
    return [Meaning(key, "", 0.0) for key in (number.key, lettered) if key in known]


def _with_parts(key: str, parts: tuple[str, ...], known: Mapping[str, Sequence[House]], flat: str) -> list[Meaning]:
    """Return the meanings of «12-1» and «12-1-45»: the second number is a flat, a building or a fraction."""
    second, third = parts[0], parts[1] if len(parts) > 1 else ""
    behind = third or flat
    builds = [f"{key}{sign}{second}" for sign in ("к", "/", "с") if f"{key}{sign}{second}" in known]
    builds = [name for name in builds if _has_flat(known[name], behind)] or builds[: 1 if behind else None]
    if behind:
        if builds:
            return [Meaning(name, behind, 0.0) for name in builds]
        sure = key in known and not third and second == flat
        return [Meaning(key, behind if not third else "", 0.0 if sure else UNSURE)] if key in known else []
    options = [Meaning(name, "", 0.0 if key in known else UNSURE) for name in builds]
    if key in known:
        options.append(Meaning(key, second, 0.0))
    return options


def _is_flat(houses: Sequence[House], flat: str) -> bool:
    """Say whether a house is known to have so many flats; a small number rather tells a building."""
    return flat.isdecimal() and any(house.flats >= int(flat) > MOST_BUILDINGS for house in houses)


def _has_flat(houses: Sequence[House], flat: str) -> bool:
    return not flat.isdecimal() or any(not house.flats or int(flat) <= house.flats for house in houses)
