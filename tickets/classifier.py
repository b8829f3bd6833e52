"""What a resident's words are about: rules for emergencies first, then likeness to the shipped examples.

Both read data only: `emergencies.yaml`, the titles and examples of `classifier.yaml`, and those of ``examples/``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np

from language.layout import russian
from language.lemmas import is_content
from language.reading import Reading, read
from tickets.emergencies import Emergencies
from tickets.likeness import Likeness
from tickets.problems import shipped
from tickets.types import Classification, Problem

RULES = Path(__file__).with_name("emergencies.yaml")
SURE = 0.28  # score from which nobody is asked, with a lead of APART over the next problem of another category
APART = 0.05
NOTHING = 0.13  # score below which a text names no problem
MOST_RATED = 4000  # characters
UNNAMED = 0.2  # score from which words that name nothing of housing are understood all the same
RATED = 12  # problems that are returned
REMEMBERED = 64  # texts: one turn asks about the same text several times
ONLY_BY_RULES = frozenset({"flood", "falling"})  # likeness alone raises no alarm: "соседи сверху орут"

Rated = list[tuple[str, float]]


class RuleClassifier:
    """Implements `dialogs.types.Classifier`."""

    def __init__(self, problems: Mapping[str, Problem], rules: Emergencies) -> None:
        self.problems = tuple(problems.values())
        self._by_code = dict(problems)
        self._rules = rules
        self._likeness = Likeness(self.problems)
        self._lately = lru_cache(maxsize=REMEMBERED)(self._classify)

    @classmethod
    @lru_cache(maxsize=1)
    def shipped(cls) -> RuleClassifier:
        """The classifier that comes with the program; built once."""
        return cls(shipped(), Emergencies.read(RULES))

    def emergency(self, text: str) -> str:
        """Return the key of the safety text, or ''. Rules only."""
        return self._rules.key(text)

    def problem(self, code: str) -> Classification | None:
        """Return a problem that somebody chose."""
        found = self._by_code.get(code)
        return Classification(problem=found, score=1.0, top=(found,), sure=True) if found else None

    def classify(self, text: str) -> Classification | None:
        """Return the likeliest problem with two more, or None when the text names none."""
        return self._lately(text)

    def rated(self, text: str) -> Rated:
        """Return the likeliest problem codes with scores 0..1, best first. text: in Russian letters."""
        return self._rated(read(text[:MOST_RATED]))

    def _rated(self, reading: Reading) -> Rated:
        scores = self._likeness.rated(reading)
        best = np.argsort(-scores, kind="stable")[:RATED]
        return [(self.problems[place].code, float(scores[place])) for place in best if scores[place] > 0]

    def _classify(self, text: str) -> Classification | None:
        key, reading = self.emergency(text), read(russian(text)[:MOST_RATED])
        rated = self._rated(reading)
        if key:
            rated = self._alarmed(rated, key)
        elif not says_something(reading, rated[0][1] if rated else 0.0):
            return None
        if not rated or (rated[0][1] < NOTHING and not key):
            return None
        top = tuple(self._by_code[code] for code, _ in rated[:3])
        other = next((score for code, score in rated[1:] if self._by_code[code].category != top[0].category), 0.0)
        score = min(1.0, rated[0][1])
        if top[0].safety in ONLY_BY_RULES and top[0].safety != key:
            return Classification(problem=top[0], score=score, top=top, emergency=key)
        sure = (bool(key) and top[0].safety == key) or (score >= SURE and score - other >= APART)
        return Classification(problem=top[0], score=score, top=top, emergency=key, sure=sure)

    def _alarmed(self, rated: Rated, key: str) -> Rated:
        """Put problems of the emergency first; there is at least one."""
        same = [item for item in rated if self._by_code[item[0]].safety == key]
        if not same:
            same = [(problem.code, NOTHING) for problem in self.problems if problem.safety == key][:1]
        return same + [item for item in rated if self._by_code[item[0]].safety != key]


def says_something(reading: Reading, score: float) -> bool:
    """Say whether a text can name a problem: a word with a meaning beside one of housing, or two like an example's."""
    meant = sum(map(is_content, reading.forms))
    return meant > 0 if reading.concepts else meant > 1 and score >= UNNAMED
