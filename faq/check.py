"""Quality of a knowledge base: questions of different entries that an asker could not tell apart. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from faq.base import Base
from faq.matcher import APART, FaqMatcher, wordings_of
from language.learnt import Learnt


@dataclass(frozen=True, slots=True)
class Collision:
    """`text` is a wording of `entry`, but `other` answers it as well or better. score: of the other, 0..1."""

    entry: str
    other: str
    text: str
    score: float


def collisions(base: Base, problems: Learnt | None = None) -> list[Collision]:
    """Ask every wording of the base; report those that do not clearly lead to their own entry."""
    matcher = FaqMatcher(base, problems)
    found: list[Collision] = []
    for entry in base.entries:
        for text in wordings_of(entry):
            rated = matcher.rated(text)
            own = next((score for one, score in rated if one.id == entry.id), 0.0)
            other = next(((one, score) for one, score in rated if one.id != entry.id), None)
            if other and other[1] >= own * APART:
                found.append(Collision(entry.id, other[0].id, text, other[1]))
    return found
