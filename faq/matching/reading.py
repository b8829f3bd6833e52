"""Read a question or an entry of a base: its words, topics and weights. Pure once built."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from faq.matching import topics as background
from language.features import Features, Word, features, word, words_of
from language.keyboard_layout import russian
from language.linear_model import LinearModel
from language.questions import is_question
from language.similarity import Floats
from language.spelling import Speller
from language.thesaurus import Thesaurus


@dataclass(frozen=True, slots=True)
class Query:
    """A question after reading. topics, problems: profiles of length 1, or all 0."""

    words: tuple[str, ...]
    lexemes: tuple[Word, ...]
    features: Features
    topics: Floats
    problems: Floats
    nothing: float  # how much it resembles texts that do not concern a house, about 0 to 1
    trouble: float  # how much it resembles a problem to be repaired
    near: float  # similarity to its nearest topic, about 0 to 1
    asks: bool


class QueryReader:
    """Reads texts with the model of the background topics and, if given, with the classifier's model of problems.

    problems: the last output is about emergencies and is not used.
    """

    def __init__(self, problems: LinearModel | None, vocabulary: Sequence[str]) -> None:
        self.topics = background.shipped()
        background.off_topic_words()  # loaded now, not while the first resident waits
        self._problems = problems
        known = [*vocabulary, *self.topics.vocabulary, *(problems.vocabulary if problems else ())]
        self._speller = Speller.cached("questions", [*known, *Thesaurus.shipped().words()])
        self._nothing = [subject == background.NOTHING for subject in self.topics.subjects]
        subjects = problems.subjects if problems else ()
        self._outside = [subject == background.NOTHING for subject in subjects]

    def read(self, text: str) -> Query:
        """Read a question after correcting its keyboard layout and its spelling."""
        words = [self._speller.meant(written) or written for written in words_of(russian(text))]
        return self.of_words(words, asks=is_question(russian(text)))

    def of_words(self, words: Sequence[str], *, asks: bool = True) -> Query:
        topics = self.topics.rate(words)
        nothing = float(topics[self._nothing].sum())
        problems, trouble = np.zeros(0), 0.0
        if self._problems:
            problems = self._problems.rate(words)[:-1]
            nothing = max(nothing, float(problems[self._outside].sum()))
            trouble = float(problems.max(initial=0.0))
        return Query(
            words=tuple(words),
            lexemes=tuple(map(word, words)),
            features=features(words),
            topics=profile(np.where(self._nothing, 0.0, topics)),
            problems=profile(problems),
            nothing=nothing,
            trouble=trouble,
            near=float(np.where(self._nothing, 0.0, topics).max(initial=0.0)),
            asks=asks,
        )

    def fingerprint(self) -> bytes:
        """Return bytes that change with the models that texts are read with."""
        return self.topics.fingerprint() + (self._problems.fingerprint() if self._problems else b"")

    def weight(self, form: str) -> float | None:
        """Return the weight of a dictionary form among topics and problems; None when no example has the form."""
        weight = self.topics.weight(form)
        return self._problems.weight(form) if weight is None and self._problems else weight


def profile(outputs: Floats) -> Floats:
    """Return the positive outputs, scaled to length 1; all 0 when there are none."""
    positive = np.maximum(outputs, 0.0)
    length = float(np.linalg.norm(positive))
    return positive / length if length else positive
