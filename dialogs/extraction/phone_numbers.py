"""Recognise phone numbers among the figures of a text: mobile, city and international ones, as E.164."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import phonenumbers

REGION = "RU"
MOST_GROUPS = 40  # of figures looked at in one run; more are a table
LONGEST_PHONE = 11  # groups of figures in one phone
LEAST_DIGITS = 5  # of a phone
BEFORE = 40  # characters before a number that may say what it is
BEFORE_CALLED = 45  # characters before a number that may call it a phone

RUN = re.compile(r"(?<!\d)\+?\d(?:[^\S\n]{0,2}[().\-–—‑]{0,2}[^\S\n]?\d)*")
_AHEAD, _BEHIND = re.compile(r"\d\W{0,3}$"), re.compile(r"\W{0,3}\d")  # more figures beside a number
_GROUP = re.compile(r"\d+")
# With dashes only a year of four digits makes a date: people write a city number as 22-11-10.
_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
NOT_PHONES = re.compile(
    rf"(?<![\d.]){_DAY}[./]{_MONTH}[./](?:19|20)?\d{{2}}(?![\d.]\d)|(?<!\d){_DAY}-{_MONTH}-(?:19|20)\d{{2}}(?!\d)"
    rf"|\b(?:19|20)\d{{2}}[./\-]{_MONTH}[./\-]{_DAY}\b|\b\d{{1,2}}:\d{{2}}\b"
)
# Lengths of the groups of figures in a city phone.
_CITY_SHAPES = frozenset({(2, 2, 2), (1, 2, 2), (3, 2, 2), (2, 3), (3, 3)})
# Numbers of these shapes may be of anything, unless they are called a phone.
_LOOSE_SHAPES = frozenset({(5,), (6,), (7,), (3, 3), (2, 3), (3, 4)})
_CALLED = re.compile(
    r"(?<![а-яёa-z])(?:тел\w*|т|моб\w*|сот\w*|домашн\w*|рабоч\w*|раб|городск\w*|звон\w+|звякн\w+|контакт\w*|связ\w*"
    r"|whats ?app|вотсап\w*|ватсап\w*|вайбер\w*|viber|телеграм\w*|номер|номеру|phone|call)"
    r"(?:[\s.,:№()/—–-]*(?:для|связи|по|на|мой|номер\w*|это|тел\w*|моб\w*|дом\w*|раб\w*|сот\w*))*[\s.,:№()/—–-]*$",
    re.IGNORECASE,
)
# A number right after one of these words is no city phone: flat, house, account, meter, sum, ticket ...
_OTHER = re.compile(
    r"(?:(?<![а-яё])(?:кв|квартир\w*|д|дом|доме|дома|корп\w*|эт\w*|под[ъь]езд\w*|сч[её]т\w*|л/с|лс|заявк\w*|показани\w*"
    r"|хол\w*|гор|горяч\w*|хвс|гвс|инн|акт\w*|договор\w*|сумм\w*|код\w*|домофон\w*|пароль|индекс)|№)[.,\s№:()-]*"
    r"(?:номер|№)?[.\s№:]*$",
    re.IGNORECASE,
)
# ... and after one of these not even eleven digits are a phone.
_ACCOUNT = re.compile(
    r"(?<![а-яё])(?:л/с|лс|лиц\w*(?:\s+сч\w*)?|(?:сч[её]т|сч[её]тчик\w*|заявк\w*|обращени\w*|прибор\w*)\s*(?:номер|№|n)"
    r"|инн|снилс|огрн\w*|бик|паспорт\w*|договор\w*|карт[аыуе]|р/с|завод\w*)[.\s№:]*(?:номер\w*|№)?[.\s№:]*$",
    re.IGNORECASE,
)
_SUM = re.compile(r"\s*(?:[.,]\d|руб|р\.|р\b|тыс|коп|₽|%|куб|квт|м3|м³)", re.IGNORECASE)

Group = tuple[int, int]  # where figures without a sign between them start and end
Groups = Sequence[Group]
Span = tuple[str, int, int]  # a phone as E.164, its start and its end
Kind = Callable[[str, Groups, "TownCode"], str]  # returns the phone that these groups are, or ''


@dataclass(frozen=True, slots=True)
class TownCode:
    """The area code of a town."""

    code: str  # digits; '': city phones are not recognised
    asked: bool = False  # the text answers the question for a phone: any number that may be one of the town is one


def phones_of_run(text: str, run: re.Match[str], town: TownCode, spoken: bool) -> list[Span]:
    """Return the phones of one run of figures, in order: the longest kinds are taken first, then what is left."""
    groups = [(match.start(), match.end()) for match in _GROUP.finditer(text, run.start(), run.end())][:MOST_GROUPS]
    if spoken:
        groups = _split_dictated(text, groups)
    free = [True] * len(groups)
    spans: list[Span] = []
    for kind in _KINDS:
        for first in range(len(groups)):
            if span := _span_from(text, groups, first, free, kind, town):
                spans.append(span)
    return sorted(spans, key=lambda span: span[1])


def _span_from(text: str, groups: Groups, first: int, free: list[bool], kind: Kind, town: TownCode) -> Span | None:
    """Return the shortest phone of one kind that starts at the group `first`, and mark its groups as used."""
    for last in range(first, min(len(groups), first + LONGEST_PHONE)):
        if not all(free[first : last + 1]):
            return None
        if phone := kind(text, groups[first : last + 1], town):
            free[first : last + 1] = [False] * (last + 1 - first)
            return phone, groups[first][0], groups[last][1]
    return None


def _split_dictated(text: str, groups: list[Group]) -> list[Group]:
    """Take "38 927 …" apart: dictated after a flat, "тридцать восемь девятьсот" is 30 and 8."""
    parts = list(groups)
    for index, (start, end) in enumerate(groups[:-1]):
        following = text[groups[index + 1][0] : groups[index + 1][1]]
        is_pair = end - start == 2 and text[start] > "1" and text[start + 1] in "78"
        if is_pair and following[0] == "9" and _digit_count(groups[index + 1 :]) == 10:
            parts[index : index + 1] = [(start, start + 1), (start + 1, end)]
    return parts


def _digit_count(groups: Groups) -> int:
    return sum(end - start for start, end in groups)


def _digits_of(text: str, groups: Groups) -> str:
    return "".join(text[start:end] for start, end in groups)


def _long_phone(text: str, groups: Groups, town: TownCode) -> str:
    """Return eleven digits that begin with 7 or 8, or an international number with its plus, as a phone; else ''."""
    number, start, end = _digits_of(text, groups), groups[0][0], groups[-1][1]
    if text[start - 1 : start] == "+" and not number.startswith("7"):
        return _international(number) if 10 <= len(number) <= 15 and not text[end : end + 1].isdigit() else ""
    if len(number) != 11 or number[0] not in "78" or number[1] not in "3489" or number[1:3] == "80":
        return ""
    if _is_part(text, start, end) or _ACCOUNT.search(text[max(0, start - BEFORE) : start]):
        return ""
    solid = len(groups) == 1 and text[start - 1 : start] != "+" and not (town.code and number.startswith(town.code, 1))
    if number[1] != "9" and solid and not _is_called(text, start):
        return ""  # an account, rather
    return f"+7{number[1:]}"


def _ten_digit_phone(text: str, groups: Groups, town: TownCode) -> str:
    """Return ten digits as a phone: a mobile one, or an area code in brackets and a number; else ''."""
    number, start, end = _digits_of(text, groups), groups[0][0], groups[-1][1]
    if len(number) != 10 or number[0] not in "3489" or number[:2] == "80" or groups[0][1] - start < 3:
        return ""
    if _is_part(text, start, end) or _ACCOUNT.search(text[max(0, start - BEFORE) : start]):
        return ""
    bracketed = text[start - 1 : start] == "(" and text[groups[0][1] : groups[0][1] + 1] == ")"
    return f"+7{number}" if number[0] == "9" or bracketed or _is_called(text, start) else ""


def _city_phone(text: str, groups: Groups, town: TownCode) -> str:
    """Return a number of the town as a phone, in a shape that phones have or called a phone; else ''."""
    number, start, end = _digits_of(text, groups), groups[0][0], groups[-1][1]
    if not town.code or len(number) + len(town.code) != 10 or number[0] in "018":
        return ""
    shape = tuple(group_end - group_start for group_start, group_end in groups)
    signs = {text[before[1] : after[0]].strip() for before, after in pairwise(groups)}
    is_alone = town.asked and not _AHEAD.search(text[:start]) and not _BEHIND.match(text, end)
    called = _is_called(text, start) or is_alone
    if len(signs) > 1 or (shape not in _CITY_SHAPES | _LOOSE_SHAPES and not called):
        return ""
    if _is_part(text, start, end, "-–—/.,") or _OTHER.search(text[max(0, start - BEFORE) : start]):
        return ""
    if _SUM.match(text, end):
        return ""
    is_loose = shape in _LOOSE_SHAPES or not signs & {"-", "–", "—", "‑", ""}
    if is_loose and not called and not _is_whole_answer(text, start, end):
        return ""
    return f"+7{town.code}{number}"


_KINDS = (_long_phone, _ten_digit_phone, _city_phone)


def _international(number: str) -> str:
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
    """Say whether the words before a number call it a phone."""
    return bool(_CALLED.search(text[max(0, start - BEFORE_CALLED) : start]))


def _is_whole_answer(text: str, start: int, end: int) -> bool:
    """Say whether a text is little but this number, so that it answers the question for a phone."""
    other_words = re.findall(r"\w+", text[:start] + " " + text[end:])
    return len(other_words) <= 3 and not any(any(map(str.isdigit, word)) for word in other_words)
