"""How alike a text is to the examples of each problem: letters, words and their pairs, concepts. Pure once built."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from language import reading
from language.cosines import Cosines
from language.lemmas import is_known
from language.reading import Reading
from tickets.types import Problem

PARTS = (reading.letters, reading.topic_pairs, reading.form_pairs)  # weighed alike
NEXT = 0.5  # what the mean of the next two examples adds to the likest one
Scores = NDArray[np.float32]


class Likeness:
    """Rates problems by their titles and examples."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        texts = [(place, text) for place, problem in enumerate(problems) for text in wordings(problem)]
        read = [reading.read(text) for _, text in texts]
        self._first = np.searchsorted([place for place, _ in texts], np.arange(len(problems)))
        self._owner = np.array([place for place, _ in texts])
        self._vocabulary = {form for one in read for form in one.forms}
        self._sets = [Cosines([part(one) for one in read], list(self._owner)) for part in PARTS]

    def rated(self, text: Reading) -> Scores:
        """Return the score of each problem, 0..1: its likest example, and a little of the next two."""
        text = self._meant(text)
        alike = sum(cosines.scores(part(text)) for part, cosines in zip(PARTS, self._sets, strict=True)) / len(PARTS)
        best = []
        for _ in range(3):
            top = np.maximum.reduceat(alike, self._first)
            best.append(top)
            alike = np.where(alike >= top[self._owner], 0.0, alike)
        found: Scores = ((best[0] + NEXT * (best[1] + best[2]) / 2) / (1 + NEXT)).astype(np.float32)
        return found

    def _meant(self, text: Reading) -> Reading:
        """Leave out what no example has: numbers, streets, names; a word that no dictionary has may be a typo."""
        kept = [
            place
            for place, (word, form) in enumerate(zip(text.words, text.forms, strict=True))
            if form in self._vocabulary or (word.isalpha() and not is_known(word))
        ]
        return Reading(
            tuple(text.words[place] for place in kept), tuple(text.forms[place] for place in kept), text.concepts
        )


def wordings(problem: Problem) -> tuple[str, ...]:
    return (problem.title, *problem.examples)
