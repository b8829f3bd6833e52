"""Questions and answers. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqEntry:
    id: str
    question: str
    answer: str  # placeholders already filled in
    follow_up: tuple[str, ...] = ()  # ids of entries offered as buttons
    problem: str = ""  # offer to open a ticket with this problem code
    topic: str = ""
    variants: tuple[str, ...] = ()  # other wordings of the question


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqMatch:
    """entry: the answer to give, or None. maybe: up to three for the grey zone, best first."""

    entry: FaqEntry | None
    score: float  # 0..1
    maybe: tuple[FaqEntry, ...] = ()
