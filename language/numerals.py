"""Turn numerals in words into digits: "сорок два" is 42, "двадцать первый" is 21-й. Pure.

Only whole words count, in any case and gender. Numerals that do not form one number stay apart: "четырнадцать двадцать
два" is "14 22", as people dictate a house and a flat.
"""

from __future__ import annotations

import re
from functools import lru_cache

ORDINAL = "-й"  # behind the digits of an ordinal, whatever its ending was

_CARDINALS = {
    0: "ноль нуль ноля нуля",
    1: "один одна одну",
    2: "два две двух двум двумя",
    3: "три трех трем тремя",
    4: "четыре четырех четырем четырьмя",
    5: "пять пяти пятью",
    6: "шесть шести шестью",
    7: "семь семи семью",
    8: "восемь восьми восемью",
    9: "девять девяти девятью",
    10: "десять десяти десятью",
    11: "одиннадцать одинадцать одиннадцати",
    12: "двенадцать двенадцати",
    13: "тринадцать тринадцати",
    14: "четырнадцать четырнадцати",
    15: "пятнадцать пятнадцати",
    16: "шестнадцать шестнадцати",
    17: "семнадцать семнадцати",
    18: "восемнадцать восемнадцати",
    19: "девятнадцать девятнадцати",
    20: "двадцать двадцати",
    30: "тридцать тридцати",
    40: "сорок сорока",
    50: "пятьдесят пятдесят пятидесяти",
    60: "шестьдесят шестдесят шестидесяти",
    70: "семьдесят семдесят семидесяти",
    80: "восемьдесят восемдесят восьмидесяти",
    90: "девяносто девяноста",
    100: "сто ста",
    200: "двести двухсот",
    300: "триста трехсот",
    400: "четыреста четырехсот",
    500: "пятьсот пятисот",
    600: "шестьсот шестисот",
    700: "семьсот семисот",
    800: "восемьсот восьмисот",
    900: "девятьсот девятисот",
}
_ORDINALS = {
    1: "перв", 2: "втор", 3: "трет", 4: "четверт", 5: "пят", 6: "шест", 7: "седьм", 8: "восьм", 9: "девят",
    10: "десят", 11: "одиннадцат", 12: "двенадцат", 13: "тринадцат", 14: "четырнадцат", 15: "пятнадцат",
    16: "шестнадцат", 17: "семнадцат", 18: "восемнадцат", 19: "девятнадцат", 20: "двадцат", 30: "тридцат",
    40: "сороков", 50: "пятидесят", 60: "шестидесят", 70: "семидесят", 80: "восьмидесят", 90: "девяност",
    100: "сот", 200: "двухсот",
}  # fmt: skip
_ENDINGS = "ый ой ий ая ое ую ого ому ом ым"
_SOFT_ENDINGS = "ий ья ье ью ьего ьему ьем ьим ьей"  # третий

_VALUES = {word: (value, False) for value, words in _CARDINALS.items() for word in words.split()} | {
    root + ending: (value, True)
    for value, root in _ORDINALS.items()
    for ending in (_SOFT_ENDINGS if value == 3 else _ENDINGS).split()
}
_BEHIND_TENS = dict.fromkeys(("одного", "одному", "одной", "одном", "одно"), (1, False))  # alone they are no numbers
_JUBILEE = re.compile(  # "сорокалетия Победы"
    r"(?<![а-я])(десяти|двадцати|тридцати|сорока|пятидесяти|шестидесяти|семидесяти|восьмидесяти|девяноста|ста)лети[яею]"
)
_WORD = re.compile(r"[а-яё]+", re.IGNORECASE)
_ANY = re.compile("|".join(sorted({word[:4] for word in _VALUES})))
Piece = tuple[int, bool, int, int]  # value, is it an ordinal, start, end


@lru_cache(maxsize=1024)
def digits(text: str) -> str:
    """Return the text with its numerals in digits: "дом двенадцать" is "дом 12", "пятый дом" is "5-й дом"."""
    plain = text.lower().replace("ё", "е")
    if len(plain) != len(text) or not _ANY.search(plain):
        return text
    if jubilee := _JUBILEE.search(plain):
        years = f"{_VALUES[jubilee[1]][0]} лет"
        return digits(text[: jubilee.start()] + years + text[jubilee.end() :])
    parts: list[str] = []
    done = 0
    for value, ordinal, start, end in _numbers(plain):
        parts += (text[done:start], str(value), ORDINAL if ordinal else "")
        done = end
    return "".join((*parts, text[done:]))


def _numbers(plain: str) -> list[Piece]:
    """Return the numbers of a text; neighbours that continue from hundreds to tens to ones form one number."""
    pieces: list[Piece] = []
    for match in _WORD.finditer(plain):
        word, start, end = match.group(), match.start(), match.end()
        before = pieces[-1] if pieces and _is_joint(plain[pieces[-1][3] : start]) else None
        known = _VALUES.get(word) or (_BEHIND_TENS.get(word) if before and _takes(before, 1) else None)
        if known is None:
            continue
        value, ordinal = known
        if before and _takes(before, value):
            pieces[-1] = (before[0] + value, ordinal, before[2], end)
        else:
            pieces.append((value, ordinal, start, end))
    return pieces


def _takes(before: Piece, value: int) -> bool:
    """Say whether a number continues with the next value: 100 with 1..99, 20 with 1..9."""
    number, ordinal, *_ = before
    if ordinal or not value:
        return False
    if number and number % 100 == 0:
        return value < 100
    return number % 10 == 0 and number % 100 >= 20 and value < 10


def _is_joint(between: str) -> bool:
    return between.strip() in ("", "-") and "\n" not in between
