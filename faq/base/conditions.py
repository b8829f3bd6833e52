"""Read the fields `seasonal` and `for_houses`: answers for a part of the year or for some houses. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from itertools import combinations
from typing import Any

from errors import ConfigError
from faq.types import ForHouses, MonthDay, Season

Fill = Callable[[str, str], str]  # (where, answer) -> the answer with the company's facts

_MONTH_DAY = re.compile(r"(\d{2})-(\d{2})")
_LEAP_YEAR = 2024  # the 29th of February can be named
_SEASON, _FOR_HOUSES = frozenset({"from", "to", "answer"}), frozenset({"houses", "answer"})


def seasons(where: str, rows: Any, fill: Fill) -> tuple[Season, ...]:
    """Read ``[{from: "05-01", to: "09-30", answer: …}]``; a season whose answer is empty is left out.

    Raises:
        ConfigError: a field is missing or unknown, a date does not exist, two seasons share a day.
    """
    read = []
    for row in _rows(f"{where}: seasonal", rows, _SEASON):
        begins, ends = (_month_day(f"{where}: seasonal: {field}", row[field]) for field in ("from", "to"))
        read.append(Season(begins=begins, ends=ends, answer=fill(where, _text(f"{where}: seasonal", row["answer"]))))
    for first, second in combinations(read, 2):
        if day := _shared(first, second):
            both = f"{_shown(first)} и {_shown(second)}"
            raise ConfigError(f"{where}: seasonal: {both} пересекаются: день {day} в обоих; исправьте даты")
    return tuple(season for season in read if season.answer)


def answers_for_houses(where: str, rows: Any, fill: Fill) -> tuple[ForHouses, ...]:
    """Read ``[{houses: ["Ленина, 12"], answer: …}]``; an empty answer is left out.

    Raises:
        ConfigError: a field is missing or unknown, or `houses` is no list of addresses.
    """
    answers = []
    for row in _rows(f"{where}: for_houses", rows, _FOR_HOUSES):
        houses = row["houses"]
        if not isinstance(houses, list) or not houses or not all(map(is_text, houses)):
            raise ConfigError(f'{where}: for_houses: в поле houses нужен список адресов: ["Ленина, 12", "Садовая, 7"]')
        answer = fill(where, _text(f"{where}: for_houses", row["answer"]))
        answers.append(ForHouses(houses=tuple(house.strip() for house in houses), answer=answer))
    return tuple(row for row in answers if row.answer)


def _rows(where: str, rows: Any, fields: frozenset[str]) -> list[dict[str, Any]]:
    if rows is None:
        return []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ConfigError(f"{where}: нужен список, в каждой строке поля {', '.join(sorted(fields))}")
    for row in rows:
        if unknown := {str(key) for key in row} - fields:
            raise ConfigError(f"{where}: поля {min(unknown)} нет; бывают: {', '.join(sorted(fields))}")
        if missing := fields - set(row):
            raise ConfigError(f"{where}: не хватает поля {min(missing)}")
    return rows


def _text(where: str, value: Any) -> str:
    if not is_text(value):
        raise ConfigError(f"{where}: поле answer пусто")
    return str(value)


def is_text(value: object) -> bool:
    """Say whether a field of an entry is a text that is not blank."""
    return isinstance(value, str) and bool(value.strip())


def _month_day(where: str, value: Any) -> MonthDay:
    match = _MONTH_DAY.fullmatch(value) if isinstance(value, str) else None
    try:
        day = date(_LEAP_YEAR, int(match[1]), int(match[2])) if match else None
    except ValueError:
        day = None
    if day is None:
        raise ConfigError(f'{where}: даты {value!r} нет; нужны месяц и день в кавычках, например "05-01"')
    return day.month, day.day


def _shared(first: Season, second: Season) -> str:
    """Return the first day of the year that both seasons hold, as the file writes it; '' when there is none."""
    year = (date(_LEAP_YEAR, 1, 1) + timedelta(days=number) for number in range(366))
    return next((f"{day:%m-%d}" for day in year if first.holds(day) and second.holds(day)), "")


def _shown(season: Season) -> str:
    (first, start), (last, end) = season.begins, season.ends
    return f"{first:02}-{start:02}…{last:02}-{end:02}"
