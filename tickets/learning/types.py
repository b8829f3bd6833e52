"""A correction: the problem that the classifier guessed and the one that a person chose. Pure."""

from __future__ import annotations

from dataclasses import dataclass

RESIDENT, DISPATCHER = "resident", "dispatcher"  # values of `Correction.who`


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """guessed, chosen: codes of problems. who: RESIDENT or DISPATCHER. learned_ms: 0: not learned from."""

    id: int
    text: str
    guessed: str
    chosen: str
    who: str
    at_ms: int
    learned_ms: int = 0
