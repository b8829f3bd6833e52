"""Phone numbers in a resident's words, in figures or in words. They come out as E.164."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import phonenumbers

from dialogs.extraction.phone_owner import FOREIGN, UNMARKED, owner_of
from language.numerals import digits

REGION = "RU"
REMEMBERED = 256  # texts: one turn asks about the same text several times
MOST_HEAD, MOST_TAIL = 1800, 700  # characters searched: a contact stands near the start or at the very end
MOST_GROUPS = 40  # of figures one after another; more are a table

_RUN = re.compile(r"(?<!\d)\+?\d(?:[^\S\n]{0,2}[().\-–—‑]{0,2}[^\S\n]?\d)*")
_AHEAD, _BEHIND = re.compile(r"\d\W{0,3}$"), re.compile(r"\W{0,3}\d")  # more figures beside a number
_GROUP = re.compile(r"\d+")
# With dashes only a year of four digits makes a date: 22-11-10 is how people write a city number.
_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_HIDDEN = re.compile(
    rf"(?<![\d.]){_DAY}[./]{_MONTH}[./](?:19|20)?\d{{2}}(?![\d.]\d)|(?<!\d){_DAY}-{_MONTH}-(?:19|20)\d{{2}}(?!\d)"
    rf"|\b(?:19|20)\d{{2}}[./\-]{_MONTH}[./\-]{_DAY}\b|\b\d{{1,2}}:\d{{2}}\b"
)
_CITY_SHAPES = frozenset({(2, 2, 2), (1, 2, 2), (3, 2, 2), (2, 3), (3, 3)})
_LOOSE_SHAPES = frozenset(
    {(5,), (6,), (7,), (3, 3), (2, 3), (3, 4)}
)  # a number of anything, unless it is called a phone
_CALLED = re.compile(
    r"(?<![а-яёa-z])(?:тел\w*|т|моб\w*|сот\w*|домашн\w*|рабоч\w*|раб|городск\w*|звон\w+|звякн\w+|контакт\w*|связ\w*"
    r"|whats ?app|вотсап\w*|ватсап\w*|вайбер\w*|viber|телеграм\w*|номер|номеру|phone|call)"
    r"(?:[\s.,:№()/—–-]*(?:для|связи|по|на|мой|номер\w*|это|тел\w*|моб\w*|дом\w*|раб\w*|сот\w*))*[\s.,:№()/—–-]*$",
    re.IGNORECASE,
)
# A number right after one of these words is no city phone: flat, house, account, meter, sum, ticket.
_OTHER = re.compile(
    r"(?:(?<![а-яё])(?:кв|квартир\w*|д|дом|доме|дома|корп\w*|эт\w*|под[ъь]езд\w*|сч[её]т\w*|л/с|лс|заявк\w*|показани\w*"
    r"|хол\w*|гор|горяч\w*|хвс|гвс|инн|акт\w*|договор\w*|сумм\w*|код\w*|домофон\w*|пароль|индекс)|№)[.,\s№:()-]*"
    r"(?:номер|№)?[.\s№:]*$",
    re.IGNORECASE,
)
# ... and after one of these not even eleven digits are one.
_ACCOUNT = re.compile(
    r"(?<![а-яё])(?:л/с|лс|лиц\w*(?:\s+сч\w*)?|(?:сч[её]т|сч[её]тчик\w*|заявк\w*|обращени\w*|прибор\w*)\s*(?:номер|№|n)"
    r"|инн|снилс|огрн\w*|бик|паспорт\w*|договор\w*|карт[аыуе]|р/с|завод\w*)[.\s№:]*(?:номер\w*|№)?[.\s№:]*$",
    re.IGNORECASE,
)
_SUM = re.compile(r"\s*(?:[.,]\d|руб|р\.|р\b|тыс|коп|₽|%|куб|квт|м3|м³)", re.IGNORECASE)
_NOUGHTS = re.compile(r"(?<![а-яё])(?:(два|двойной)|(три))\s+(?:нуля|ноля|ноль|нуль)(?![а-яё])", re.IGNORECASE)
_PLUS = re.compile(r"(?<![а-яё])плюс\s+(?=7)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PhoneMatch:
    """A phone and where it stands in `PhoneText.text`. owner: as in `dialogs.extraction.phone_owner`."""

    phone: str
    start: int
    end: int
    owner: int = UNMARKED


@dataclass(frozen=True, slots=True)
class TownCode:
    """code: the area code, digits. asked: any number that can be a phone of the town is one."""

    code: str
    asked: bool = False


@dataclass(frozen=True, slots=True)
class PhoneText:
    """What was searched, and the phones in it, in order. text: numerals are figures where no phone is written so."""

    text: str
    phones: tuple[PhoneMatch, ...]


def find_phone(text: str, area_code: str = "", not_his: Sequence[str] = (), *, asked: bool = False) -> str:
    """Return the resident's phone in a text as E.164, or ''.

    Of several his own is taken, then one that is not called anybody's, then a relative's; always the first.

    area_code: of the town, so that a number of 5 to 7 digits is a city phone; '' if those are not recognised.
    not_his: the company's numbers, as written anywhere. asked: the text answers the question for a phone, so that
    anybody's is taken and any number that can be one is.
    """
    foreign = {one for number in not_his for one in _all(number, area_code)}
    found = [one for one in find_phones(text, area_code, asked=asked).phones if one.phone not in foreign]
    best = min(found, key=lambda one: one.owner, default=None)
    return best.phone if best and (best.owner < FOREIGN or asked) else ""


def _all(text: str, area_code: str) -> list[str]:
    return [one.phone for one in find_phones(text, area_code).phones]


def searched_part(text: str) -> str:
    """Return the start and the end of a long text: what `find_phone` and `names.find_name` look at."""
    if len(text) <= MOST_HEAD + MOST_TAIL:
        return text
    return f"{text[:MOST_HEAD]}\n{text[-MOST_TAIL:]}"


def find_phones(text: str, area_code: str = "", *, asked: bool = False) -> PhoneText:
    """Find all phones of a text; one said in words only where none is written in figures. asked: as in `find_phone`."""
    return _read(searched_part(text), TownCode(re.sub(r"\D", "", area_code), asked))


@lru_cache(maxsize=REMEMBERED)
def _read(text: str, town: TownCode) -> PhoneText:
    written = _phones(text, town)
    if written:
        return PhoneText(text, written)
    spoken = _in_figures(text)
    return PhoneText(spoken, _phones(spoken, town, spoken=spoken != text))


def _in_figures(text: str) -> str:
    """Write numerals in figures, "два нуля" as people dictate them."""
    noughts = _NOUGHTS.sub(lambda found: "0 0" if found[1] else "0 0 0", text)
    return _PLUS.sub("+", digits(noughts))


# --- numbers ---


def _phones(text: str, town: TownCode, *, spoken: bool = False) -> tuple[PhoneMatch, ...]:
    if sum(map(str.isdigit, text)) < 5:
        return ()
    hidden = _HIDDEN.sub(lambda match: "·" * len(match[0]), text)
    found: list[PhoneMatch] = []
    for run in _RUN.finditer(hidden):
        if run.end() - run.start() >= 5:
            found += _of_run(hidden, run, town, spoken)
    ends = [0, *(one.end for one in found)]
    return tuple(
        PhoneMatch(one.phone, one.start, one.end, owner_of(text, one.start, one.end, before))
        for one, before in zip(found, ends, strict=False)
    )


def _of_run(text: str, run: re.Match[str], town: TownCode, spoken: bool) -> list[PhoneMatch]:
    """Return the phones of one run of figures: those of eleven and ten digits first, then what is left of it."""
    groups = [(match.start(), match.end()) for match in _GROUP.finditer(text, run.start(), run.end())][:MOST_GROUPS]
    if spoken:
        groups = _split(text, groups)
    free = [True] * len(groups)
    found: list[PhoneMatch] = []
    for kind in (_long, _ten, _city):
        for first in range(len(groups)):
            for last in range(first, min(len(groups), first + 11)):
                if not all(free[first : last + 1]):
                    break
                if phone := kind(text, groups[first : last + 1], town):
                    free[first : last + 1] = [False] * (last + 1 - first)
                    found.append(PhoneMatch(phone, groups[first][0], groups[last][1]))
                    break
    return sorted(found, key=lambda one: one.start)


def _split(text: str, groups: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Take "38 927 …" apart: dictated after a flat, "тридцать восемь девятьсот" is 30 and 8."""
    parts = list(groups)
    for place, (start, end) in enumerate(groups[:-1]):
        begins = text[groups[place + 1][0] : groups[place + 1][1]]
        if end - start == 2 and text[start] > "1" and text[start + 1] in "78" and begins[0] == "9":
            rest = sum(stop - begin for begin, stop in groups[place + 1 :])
            if rest == 10:
                parts[place : place + 1] = [(start, start + 1), (start + 1, end)]
    return parts


Groups = Sequence[tuple[int, int]]


def _written(text: str, groups: Groups) -> str:
    return "".join(text[start:end] for start, end in groups)


def _long(text: str, groups: Groups, town: TownCode) -> str:
    """Eleven digits that begin with 7 or 8, or an international number with its plus."""
    number, start, end = _written(text, groups), groups[0][0], groups[-1][1]
    if text[start - 1 : start] == "+" and not number.startswith("7"):
        return _foreign(number) if 10 <= len(number) <= 15 and not text[end : end + 1].isdigit() else ""
    if len(number) != 11 or number[0] not in "78" or number[1] not in "3489" or number[1:3] == "80":
        return ""
    if _is_part(text, start, end) or _ACCOUNT.search(text[max(0, start - 40) : start]):
        return ""
    solid = len(groups) == 1 and text[start - 1 : start] != "+" and not (town.code and number.startswith(town.code, 1))
    if number[1] != "9" and solid and not _is_called(text, start):
        return ""  # an account, rather
    return f"+7{number[1:]}"


def _ten(text: str, groups: Groups, town: TownCode) -> str:
    """Ten digits: a mobile phone, or an area code in brackets and a number."""
    number, start, end = _written(text, groups), groups[0][0], groups[-1][1]
    if len(number) != 10 or number[0] not in "3489" or number[:2] == "80" or groups[0][1] - start < 3:
        return ""
    if _is_part(text, start, end) or _ACCOUNT.search(text[max(0, start - 40) : start]):
        return ""
    bracketed = text[start - 1 : start] == "(" and text[groups[0][1] : groups[0][1] + 1] == ")"
    return f"+7{number}" if number[0] == "9" or bracketed or _is_called(text, start) else ""


def _city(text: str, groups: Groups, town: TownCode) -> str:
    """A number of the town: in a shape that phones have, or called a phone."""
    number, start, end = _written(text, groups), groups[0][0], groups[-1][1]
    if not town.code or len(number) + len(town.code) != 10 or number[0] in "018":
        return ""
    shape = tuple(stop - begin for begin, stop in groups)
    signs = {text[before[1] : after[0]].strip() for before, after in pairwise(groups)}
    called = _is_called(text, start) or (
        town.asked and not _AHEAD.search(text[:start]) and not _BEHIND.match(text, end)
    )
    if len(signs) > 1 or (shape not in _CITY_SHAPES | _LOOSE_SHAPES and not called):
        return ""
    if _is_part(text, start, end, "-–—/.,") or _OTHER.search(text[max(0, start - 40) : start]) or _SUM.match(text, end):
        return ""
    if shape in _LOOSE_SHAPES or not signs & {"-", "–", "—", "‑", ""}:
        return f"+7{town.code}{number}" if called or _is_alone(text, start, end) else ""
    return f"+7{town.code}{number}"


def _foreign(number: str) -> str:
    try:
        parsed = phonenumbers.parse(f"+{number}", REGION)
    except phonenumbers.NumberParseException:
        return ""
    return f"+{number}" if phonenumbers.is_valid_number(parsed) else ""


def _is_part(text: str, start: int, end: int, signs: str = "") -> bool:
    """Say whether a number goes on, or belongs to a word: an e-mail address, a code."""
    before, after = text[max(0, start - 1) : start], text[end : end + 2]
    if before.isdigit() or after[:1].isdigit():
        return True
    if before and (before in "_@#/·" or (before.isascii() and before.isalpha())):
        return True
    if after and (after[0] in "_@" or (after[0].isascii() and after[0].isalpha())):
        return True
    if not signs:
        return False
    if before.isalpha() or after[:1].isalpha() or before in tuple("-–—/"):
        return True
    return after[:1] in tuple(signs) and after[1:2].isdigit()


def _is_called(text: str, start: int) -> bool:
    return bool(_CALLED.search(text[max(0, start - 45) : start]))


def _is_alone(text: str, start: int, end: int) -> bool:
    """Say whether a text is little but this number, so that it answers the question for a phone."""
    rest = re.findall(r"\w+", text[:start] + " " + text[end:])
    return len(rest) <= 3 and not any(any(map(str.isdigit, word)) for word in rest)


@lru_cache(maxsize=REMEMBERED)
def format_phone(phone: str) -> str:
    """Write an E.164 number as people read it: ``+7 927 123-45-67``."""
    try:
        number = phonenumbers.parse(phone, REGION)
    except phonenumbers.NumberParseException:
        return phone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
