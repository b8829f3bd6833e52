"""Questions and answers. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

MonthDay = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """An answer for a part of every year, both days included; a part that begins later than it ends holds New Year."""

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
    """An answer for some houses: as the file writes them, and (`faq.base.house_answers`) their ids in the register."""

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
    seasonal: tuple[Season, ...] = ()  # no two hold the same day
    for_houses: tuple[ForHouses, ...] = ()  # no two name the same house

    def answer_on(self, day: date, house_id: int = 0) -> str:
        """Return what to say on a day: of the resident's house (0: unknown), else of the season, else in general."""
        of_house = (one.answer for one in self.for_houses if house_id in one.ids) if house_id else iter(())
        of_season = (one.answer for one in self.seasonal if one.holds(day))
        return next(of_house, "") or next(of_season, "") or self.answer

    @property
    def answers(self) -> tuple[str, ...]:
        """Everything the entry may say."""
        return (self.answer, *(one.answer for one in self.seasonal), *(one.answer for one in self.for_houses))


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqMatch:
    """entry: the answer to give, or None. maybe: up to three for the grey zone, best first."""

    entry: FaqEntry | None
    score: float  # 0..1
    maybe: tuple[FaqEntry, ...] = ()
