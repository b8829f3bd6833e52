"""Entries of the knowledge base and matches of a question. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

MonthDay = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """An answer for a part of every year, both days included. `begins` after `ends` means that New Year is inside."""

    begins: MonthDay
    ends: MonthDay
    answer: str  # placeholders already filled in

    def holds(self, day: date) -> bool:
        today = (day.month, day.day)
        if self.begins <= self.ends:
            return self.begins <= today <= self.ends
        return today >= self.begins or today <= self.ends


@dataclass(frozen=True, slots=True, kw_only=True)
class ForHouses:
    """An answer for some houses: addresses as the file writes them, and ids added by `faq.base.house_answers`."""

    houses: tuple[str, ...]
    answer: str  # placeholders already filled in
    ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqEntry:
    id: str
    question: str
    answer: str  # placeholders already filled in
    follow_up: tuple[str, ...] = ()  # ids of entries offered as buttons
    problem: str = ""  # offer to open a ticket with this problem code
    topic: str = ""
    variants: tuple[str, ...] = ()  # other wordings of the question
    seasonal: tuple[Season, ...] = ()  # no two share a day
    for_houses: tuple[ForHouses, ...] = ()  # no two name the same house

    def answer_on(self, day: date, house_id: int = 0) -> str:
        """Return the answer of the resident's house (0: unknown), else of the day's season, else the general answer."""
        of_house = (row.answer for row in self.for_houses if house_id in row.ids) if house_id else iter(())
        of_season = (season.answer for season in self.seasonal if season.holds(day))
        return next(of_house, "") or next(of_season, "") or self.answer

    @property
    def answers(self) -> tuple[str, ...]:
        """Every answer the entry may give."""
        return (self.answer, *(season.answer for season in self.seasonal), *(row.answer for row in self.for_houses))


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqMatch:
    """entry: the answer to give, or None. maybe: up to three for the grey zone, best first."""

    entry: FaqEntry | None
    score: float  # 0..1
    maybe: tuple[FaqEntry, ...] = ()
