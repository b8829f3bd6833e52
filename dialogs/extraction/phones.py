"""Find the phones in a resident's words, written in figures or said in words, as E.164."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

from dialogs.extraction.phone_numbers import LEAST_DIGITS, NOT_PHONES, REGION, RUN, Span, TownCode, phones_of_run
from dialogs.extraction.phone_owner import FOREIGN, UNMARKED, owner_of
from language.numerals import digits

REMEMBERED = 256  # texts: one turn asks about the same text several times
MOST_HEAD, MOST_TAIL = 1800, 700  # characters searched: a contact stands near the start or at the very end

_NOUGHTS = re.compile(r"(?<![а-яё])(?:(два|двойной)|(три))\s+(?:нуля|ноля|ноль|нуль)(?![а-яё])", re.IGNORECASE)
_PLUS = re.compile(r"(?<![а-яё])плюс\s+(?=7)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PhoneMatch:
    """A phone and where it stands in `PhoneText.text`."""

    phone: str  # E.164
    start: int
    end: int
    owner: int = UNMARKED  # as in `dialogs.extraction.phone_owner`


@dataclass(frozen=True, slots=True)
class PhoneText:
    """A text that was searched, and its phones."""

    text: str  # numerals are figures where no phone is written in figures
    phones: tuple[PhoneMatch, ...]  # in the order of the text

    def has_phone_beside(self, start: int, end: int, characters: int) -> bool:
        """Say whether a phone stands before `start` or behind `end`, at most so many characters away."""
        return any(
            0 <= phone.start - end <= characters or 0 <= start - phone.end <= characters for phone in self.phones
        )


def find_phone(text: str, area_code: str = "", not_his: Sequence[str] = (), *, asked: bool = False) -> str:
    """Return the resident's phone in a text as E.164, or ''.

    Of several phones the resident's own is taken, then one without an owner, then a relative's; of equal ones the
    first.

    area_code: of the town, so that a number of 5 to 7 digits is a city phone; '' if those are not recognised.
    not_his: numbers that are never the resident's (the company's), as written anywhere.
    asked: the text answers the question for a phone, so any owner's phone is taken, and any number that may be one.
    """
    excluded = {phone.phone for number in not_his for phone in find_phones(number, area_code).phones}
    phones = [phone for phone in find_phones(text, area_code, asked=asked).phones if phone.phone not in excluded]
    best = min(phones, key=lambda phone: phone.owner, default=None)
    return best.phone if best and (best.owner < FOREIGN or asked) else ""


def searched_part(text: str) -> str:
    """Return the start and the end of a long text: the part that `find_phone` and `find_name` look at."""
    if len(text) <= MOST_HEAD + MOST_TAIL:
        return text
    return f"{text[:MOST_HEAD]}\n{text[-MOST_TAIL:]}"


def find_phones(text: str, area_code: str = "", *, asked: bool = False) -> PhoneText:
    """Find all phones of a text; one said in words counts only where none is written in figures.

    asked: as in `find_phone`.
    """
    return _find_phones(searched_part(text), TownCode(re.sub(r"\D", "", area_code), asked))


@lru_cache(maxsize=REMEMBERED)
def _find_phones(text: str, town: TownCode) -> PhoneText:
    written = _phones(text, town)
    if written:
        return PhoneText(text, written)
    figures = _in_figures(text)
    return PhoneText(figures, _phones(figures, town, spoken=figures != text))


def _in_figures(text: str) -> str:
    """Write numerals in figures, "два нуля" as people dictate them."""
    noughts = _NOUGHTS.sub(lambda match: "0 0" if match[1] else "0 0 0", text)
    return _PLUS.sub("+", digits(noughts))


def _phones(text: str, town: TownCode, *, spoken: bool = False) -> tuple[PhoneMatch, ...]:
    if sum(map(str.isdigit, text)) < LEAST_DIGITS:
        return ()
    hidden = NOT_PHONES.sub(lambda match: "·" * len(match[0]), text)
    spans: list[Span] = []
    for run in RUN.finditer(hidden):
        if run.end() - run.start() >= LEAST_DIGITS:
            spans += phones_of_run(hidden, run, town, spoken)
    ends_before = [0, *(end for _, _, end in spans)]
    return tuple(
        PhoneMatch(phone, start, end, owner_of(text, start, end, end_before))
        for (phone, start, end), end_before in zip(spans, ends_before, strict=False)
    )


@lru_cache(maxsize=REMEMBERED)
def format_phone(phone: str) -> str:
    """Write an E.164 number as people read it: ``+7 927 123-45-67``."""
    try:
        number = phonenumbers.parse(phone, REGION)
    except phonenumbers.NumberParseException:
        return phone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
